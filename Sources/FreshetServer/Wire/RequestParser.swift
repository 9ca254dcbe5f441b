package import NIOCore

/// Reads requests off one connection, one after the other, by RFC 9112 and nothing more lenient.
///
/// Written here rather than taken from NIO's decoder because each input needs its one exact answer: that decoder has one
/// error for a long target and large fields, repairs bytes in values that signatures are checked against, forgives
/// several spaces in a request line, and does not bound chunk extensions. It feeds on any cut of the bytes with the same
/// result. Nothing is read behind the end of a request, so one that was refused never starts another.
///
/// Sources: RFC 9112 sections 2 to 7, RFC 9110 sections 5.5, 5.6 and 7.2. Faults are `Refusal`s; after one the parser
/// must not be used again.
package struct RequestParser {
    package struct Limits: Sendable {
        /// Longest target, in bytes.
        package var target = 8 * 1024
        /// All field lines together with their line ends, trailers included.
        package var fieldBytes = 16 * 1024
        package var fieldCount = 64
        package init() {}
    }

    package enum Step: Sendable {
        case needsMore
        /// Answer with `acceptBody(limit:)` to go on.
        case head(RequestHead)
        /// The request is complete.
        case end(body: [UInt8])
    }

    private enum State {
        case requestLine, fields, headDone
        case fixed(left: Int)
        case chunkSize
        case chunkData(left: Int)
        case chunkEnd, trailers
    }

    private let limits: Limits
    private var state = State.requestLine
    /// Bytes of the pending line that have been looked at.
    private var scanned = 0
    private var blankLines = 0
    private var fieldBytes = 0
    private var fieldCount = 0
    private var extensionBytes = 0
    private var line: RequestLine?
    private var fields: [(name: String, value: [UInt8])] = []
    private var framing = RequestHead.Framing.none
    private var body: [UInt8] = []
    private var bodyLimit = 0

    package init(limits: Limits = Limits()) { self.limits = limits }

    /// Between two requests, with nothing of the next one seen.
    package var isIdle: Bool {
        if case .requestLine = state { return scanned == 0 }
        return false
    }

    /// The head has not been complete yet.
    var isInHead: Bool {
        switch state {
        case .requestLine, .fields: true
        default: false
        }
    }

    /// The path as far as it is known, for counting a request that fails in its fields.
    var pathSeen: ArraySlice<UInt8>? { line?.path }

    /// Allows the body of the head just handed out. Throws where the declared length is over `limit` already.
    package mutating func acceptBody(limit: Int) throws(Refusal) {
        guard case .headDone = state else { return }
        bodyLimit = limit
        switch framing {
        case .none: state = .fixed(left: 0)
        case .length(let length):
            if length > limit { throw .bodyTooLarge }
            state = .fixed(left: length)
        case .chunked: state = .chunkSize
        }
    }

    /// Goes on to the next request although this one was not answered by reading it; only for a head without a body.
    mutating func skipBody() { self = RequestParser(limits: limits) }

    /// Takes what it can from `buffer`; call again until it needs more.
    package mutating func next(_ buffer: inout ByteBuffer) throws(Refusal) -> Step {
        while true {
            switch state {
            case .headDone: return .needsMore
            case .requestLine:
                guard let text = try takeLine(&buffer, longest: limits.target + 64, tooLong: .targetTooLong) else {
                    return .needsMore
                }
                if text.isEmpty {
                    // RFC 9112, section 2.2: at least one empty line before the request line is to be ignored.
                    blankLines += 1
                    if blankLines > 4 { throw .requestLine }
                    continue
                }
                line = try RequestLine(text, longestTarget: limits.target)
                state = .fields
            case .fields:
                guard let text = try takeFieldLine(&buffer) else { return .needsMore }
                if text.isEmpty { return .head(try finishHead()) }
                fields.append(try Self.field(text))
            case .fixed(let left):
                let taken = take(left, from: &buffer)
                if taken < left {
                    state = .fixed(left: left - taken)
                    return .needsMore
                }
                return finish()
            case .chunkSize:
                guard let text = try takeLine(&buffer, longest: 1024, tooLong: .chunk) else { return .needsMore }
                let size = try chunkSize(text)
                if size == 0 {
                    state = .trailers
                } else {
                    if size > bodyLimit - body.count { throw .bodyTooLarge }
                    state = .chunkData(left: size)
                }
            case .chunkData(let left):
                let taken = take(left, from: &buffer)
                if taken < left {
                    state = .chunkData(left: left - taken)
                    return .needsMore
                }
                state = .chunkEnd
            case .chunkEnd:
                guard let ending = buffer.getBytes(at: buffer.readerIndex, length: min(2, buffer.readableBytes)) else {
                    return .needsMore
                }
                if let first = ending.first, first != 0x0D { throw .chunk }
                guard ending.count == 2 else { return .needsMore }
                if ending[1] != 0x0A { throw .chunk }
                buffer.moveReaderIndex(forwardBy: 2)
                state = .chunkSize
            case .trailers:
                guard let text = try takeFieldLine(&buffer) else { return .needsMore }
                if text.isEmpty { return finish() }
                // Checked and thrown away: nobody may smuggle a header in behind the body.
                _ = try Self.field(text)
            }
        }
    }

    // MARK: - Lines

    /// The next line without its end, or `nil` while it is incomplete. A control character fails where it stands, so
    /// that a sender of garbage is not waited for.
    private mutating func takeLine(
        _ buffer: inout ByteBuffer, longest: Int, tooLong: Refusal
    ) throws(Refusal) -> ArraySlice<UInt8>? {
        if case .requestLine = state, let first = buffer.getInteger(at: buffer.readerIndex, as: UInt8.self),
            first != 0x0D, !Grammar.isToken(first)
        {
            throw .requestLine
        }
        // No further than a line may be, so that every cut of the bytes finds the same fault first.
        let start = scanned
        let scan = buffer.withUnsafeReadableBytes {
            Self.scanLine(UnsafeRawBufferPointer(rebasing: $0.prefix(longest + 2)), from: start)
        }
        switch scan {
        case .incomplete(let count):
            scanned = count
            if count > longest {
                if case .requestLine = state, !startsWithMethod(buffer) { throw .requestLine }
                throw tooLong
            }
            return nil
        case .fault(let refusal): throw refusal
        case .line(let length):
            scanned = 0
            if length > longest { throw tooLong }
            let bytes = buffer.readBytes(length: length) ?? []
            buffer.moveReaderIndex(forwardBy: 2)
            return bytes[...]
        }
    }

    private enum Scan {
        case incomplete(Int)
        case line(Int)
        case fault(Refusal)
    }

    /// A line ends with CR LF and holds no other control character than a tab (RFC 9112, section 2.2; RFC 9110, 5.5).
    private static func scanLine(_ bytes: UnsafeRawBufferPointer, from start: Int) -> Scan {
        var at = start
        while at < bytes.count {
            let byte = bytes[at]
            if byte >= 0x20 && byte != 0x7F || byte == 0x09 {
                at += 1
            } else if byte == 0x0D {
                guard at + 1 < bytes.count else { return .incomplete(at) }
                return bytes[at + 1] == 0x0A ? .line(at) : .fault(.lineEnd)
            } else {
                return .fault(byte == 0x0A ? .lineEnd : .controlCharacter)
            }
        }
        return .incomplete(at)
    }

    private func startsWithMethod(_ buffer: ByteBuffer) -> Bool {
        let view = buffer.readableBytesView.prefix(RequestLine.longestMethod + 1)
        guard let space = view.firstIndex(of: 0x20) else { return false }
        return space > view.startIndex && view[..<space].allSatisfy(Grammar.isToken)
    }

    private mutating func takeFieldLine(_ buffer: inout ByteBuffer) throws(Refusal) -> ArraySlice<UInt8>? {
        guard
            let text = try takeLine(&buffer, longest: limits.fieldBytes - fieldBytes, tooLong: .fieldsTooLarge)
        else { return nil }
        guard !text.isEmpty else { return text }
        fieldBytes += text.count + 2
        fieldCount += 1
        if fieldBytes > limits.fieldBytes || fieldCount > limits.fieldCount { throw .fieldsTooLarge }
        return text
    }

    /// `name ":" OWS value OWS`. A line that begins with white space is the obsolete folding and refused with the rest.
    private static func field(_ text: ArraySlice<UInt8>) throws(Refusal) -> (name: String, value: [UInt8]) {
        guard let colon = text.firstIndex(of: UInt8(ascii: ":")), colon > text.startIndex,
            text[..<colon].allSatisfy(Grammar.isToken)
        else { throw .fieldLine }
        let raw = text[..<colon]
        let name = String(unsafeUninitializedCapacity: raw.count) { target in
            for (index, byte) in raw.enumerated() { target[index] = Grammar.lowered(byte) }
            return raw.count
        }
        return (name, Array(Grammar.trimmed(text[(colon + 1)...])))
    }

    // MARK: - Head

    private mutating func finishHead() throws(Refusal) -> RequestHead {
        guard let line else { throw .requestLine }
        framing = try Self.framing(of: fields, isVersion11: line.isVersion11)
        try Self.checkHost(fields, isVersion11: line.isVersion11)
        state = .headDone
        var head = RequestHead(
            method: line.method, path: Array(line.path), query: line.query.map { Array($0) },
            isVersion11: line.isVersion11, fields: fields, framing: framing, wantsClose: !line.isVersion11,
            expectsContinue: false)
        if !head.wantsClose {
            head.wantsClose = Grammar.list(head.values("connection"), holds: "close")
            head.expectsContinue = Grammar.list(head.values("expect"), holds: "100-continue")
        }
        return head
    }

    /// RFC 9112, section 6.3, with every doubtful case refused instead of repaired.
    private static func framing(
        of fields: [(name: String, value: [UInt8])], isVersion11: Bool
    ) throws(Refusal) -> RequestHead.Framing {
        var length: [UInt8]?
        var coding: [UInt8]?
        for field in fields {
            if field.name == "content-length" {
                if length != nil { throw .contentLength }
                length = field.value
            } else if field.name == "transfer-encoding" {
                if coding != nil { throw .transferCoding }
                coding = field.value
            }
        }
        if let coding {
            guard isVersion11, length == nil, Grammar.equals(coding, "chunked") else { throw .transferCoding }
            return .chunked
        }
        guard let length else { return .none }
        guard !length.isEmpty, length.allSatisfy(Grammar.isDigit) else { throw .contentLength }
        let digits = length.drop { $0 == UInt8(ascii: "0") }
        // More than 18 digits would overflow; it is over any limit all the same.
        guard digits.count <= 18 else { return .length(.max) }
        return .length(digits.reduce(0) { $0 * 10 + Int($1 - UInt8(ascii: "0")) })
    }

    /// RFC 9112, section 3.2: one Host field with a plausible value, which HTTP/1.0 may leave out.
    private static func checkHost(
        _ fields: [(name: String, value: [UInt8])], isVersion11: Bool
    ) throws(Refusal) {
        var count = 0
        for field in fields where field.name == "host" {
            count += 1
            let isPlausible = field.value.allSatisfy { byte in
                switch byte {
                case 0...0x20, 0x7F..., UInt8(ascii: "/"), UInt8(ascii: "?"), UInt8(ascii: "#"), UInt8(ascii: "@"),
                    UInt8(ascii: "\\"), UInt8(ascii: "<"), UInt8(ascii: ">"), UInt8(ascii: "\""), UInt8(ascii: ","):
                    false
                default: true
                }
            }
            guard isPlausible else { throw .host }
        }
        guard count == 1 || count == 0 && !isVersion11 else { throw .host }
    }

    // MARK: - Body

    /// Moves up to `count` bytes into the body; how many it were.
    private mutating func take(_ count: Int, from buffer: inout ByteBuffer) -> Int {
        let available = min(count, buffer.readableBytes)
        guard available > 0 else { return 0 }
        if body.isEmpty, let bytes = buffer.readBytes(length: available) {
            body = bytes
        } else {
            buffer.withUnsafeReadableBytes { body.append(contentsOf: $0.prefix(available)) }
            buffer.moveReaderIndex(forwardBy: available)
        }
        return available
    }

    /// `1*HEXDIG [ BWS ";" extension ]`. Extensions are ignored, and bounded over the whole body.
    private mutating func chunkSize(_ text: ArraySlice<UInt8>) throws(Refusal) -> Int {
        var size: UInt64 = 0
        var rest = text
        while let byte = rest.first, let digit = Self.hexDigit(byte) {
            size = size << 4 | digit
            rest = rest.dropFirst()
        }
        let digits = text.count - rest.count
        guard (1...16).contains(digits) else { throw .chunk }
        if !rest.isEmpty {
            guard Grammar.trimmed(rest).first == UInt8(ascii: ";") else { throw .chunk }
            extensionBytes += rest.count
            if extensionBytes > limits.fieldBytes { throw .chunk }
        }
        return Int(exactly: size) ?? .max
    }

    private static func hexDigit(_ byte: UInt8) -> UInt64? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt64(byte - UInt8(ascii: "0"))
        case UInt8(ascii: "a")...UInt8(ascii: "f"): UInt64(byte - UInt8(ascii: "a") + 10)
        case UInt8(ascii: "A")...UInt8(ascii: "F"): UInt64(byte - UInt8(ascii: "A") + 10)
        default: nil
        }
    }

    private mutating func finish() -> Step {
        let body = self.body
        self = RequestParser(limits: limits)
        return .end(body: body)
    }
}
