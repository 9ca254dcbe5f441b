/// `method SP request-target SP HTTP-version`, exactly (RFC 9112, section 3).
struct RequestLine: Sendable {
    static let longestMethod = 32

    let method: RequestHead.Method
    let path: ArraySlice<UInt8>
    let query: ArraySlice<UInt8>?
    let isVersion11: Bool

    init(_ text: ArraySlice<UInt8>, longestTarget: Int) throws(Refusal) {
        guard let space = text.firstIndex(of: 0x20), space > text.startIndex,
            space - text.startIndex <= Self.longestMethod, text[..<space].allSatisfy(Grammar.isToken)
        else { throw .requestLine }
        let word = String(decoding: text[..<space], as: UTF8.self)
        method = RequestHead.Method(rawValue: word) ?? .other

        let rest = text[(space + 1)...]
        // Without a second space this is HTTP/0.9, which had neither version nor fields.
        guard let end = rest.firstIndex(of: 0x20) else {
            throw rest.count > longestTarget ? .targetTooLong : .requestLine
        }
        let target = rest[..<end]
        if target.count > longestTarget { throw .targetTooLong }
        isVersion11 = try Self.version(rest[(end + 1)...])
        // What CONNECT names is no path: it is served nowhere, whatever it asks for.
        if method == .connect { throw .methodNotImplemented }
        (path, query) = try Self.parts(of: target)
    }

    /// `true` for 1.1, `false` for 1.0.
    private static func version(_ text: ArraySlice<UInt8>) throws(Refusal) -> Bool {
        let bytes = Array(text)
        guard bytes.count == 8, bytes.starts(with: "HTTP/".utf8), Grammar.isDigit(bytes[5]),
            bytes[6] == UInt8(ascii: "."), Grammar.isDigit(bytes[7])
        else { throw .requestLine }
        guard bytes[5] == UInt8(ascii: "1"), bytes[7] <= UInt8(ascii: "1") else { throw .version }
        return bytes[7] == UInt8(ascii: "1")
    }

    /// Origin-form, absolute-form (RFC 9112, section 3.2.2: the host in it decides nothing here), or `*`.
    private static func parts(of target: ArraySlice<UInt8>) throws(Refusal) -> (ArraySlice<UInt8>, ArraySlice<UInt8>?) {
        guard target.allSatisfy({ (0x21...0x7E).contains($0) && $0 != UInt8(ascii: "#") }) else { throw .target }
        var rest = target
        if target.first != UInt8(ascii: "/") {
            if target.elementsEqual("*".utf8) { return (target, nil) }
            guard let scheme = schemeLength(target) else { throw .target }
            rest = target.dropFirst(scheme)
            let path = rest.firstIndex { $0 == UInt8(ascii: "/") || $0 == UInt8(ascii: "?") } ?? rest.endIndex
            guard path > rest.startIndex else { throw .target }
            rest = rest[path...]
        }
        guard let mark = rest.firstIndex(of: UInt8(ascii: "?")) else { return (rest, nil) }
        return (rest[..<mark], rest[(mark + 1)...])
    }

    private static func schemeLength(_ target: ArraySlice<UInt8>) -> Int? {
        if Grammar.equals(target.prefix(7), "http://") { return 7 }
        if Grammar.equals(target.prefix(8), "https://") { return 8 }
        return nil
    }
}
