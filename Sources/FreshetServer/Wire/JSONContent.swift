/// Whether a body is declared as plain JSON, before a byte of it is read.
enum JSONContent {
    /// Throws `.contentCoding` or `.contentType` (RFC 9110, sections 8.3 and 8.4).
    static func check(_ head: RequestHead) throws(Refusal) {
        // Nothing is ever inflated: a small body must not become a large one, before or after authentication.
        for line in head.values("content-encoding") {
            guard Grammar.equals(line, "identity") || line.isEmpty else { throw .contentCoding }
        }
        let types = head.values("content-type")
        guard types.count == 1, isJSON(types[0]) else { throw .contentType }
    }

    /// `application/json`, with no other charset than UTF-8. Other parameters mean nothing and are let pass.
    static func isJSON(_ value: [UInt8]) -> Bool {
        guard let parts = parameters(value), Grammar.equals(parts.type, "application/json") else { return false }
        var charsets = 0
        for (name, value) in parts.parameters where Grammar.equals(name, "charset") {
            charsets += 1
            guard charsets == 1, Grammar.equals(value, "utf-8") else { return false }
        }
        return true
    }

    /// `type *( OWS ";" OWS [ token "=" ( token / quoted-string ) ] )`; `nil` outside that grammar.
    private static func parameters(
        _ value: [UInt8]
    ) -> (type: ArraySlice<UInt8>, parameters: [(ArraySlice<UInt8>, [UInt8])])? {
        let end = value.firstIndex(of: UInt8(ascii: ";")) ?? value.endIndex
        let type = Grammar.trimmed(value[..<end])
        var rest = value[end...]
        var found: [(ArraySlice<UInt8>, [UInt8])] = []
        while rest.first == UInt8(ascii: ";") {
            rest = rest.dropFirst().drop(while: Grammar.isSpace)
            let name = rest.prefix(while: Grammar.isToken)
            if !name.isEmpty {
                rest = rest.dropFirst(name.count)
                guard rest.first == UInt8(ascii: "=") else { return nil }
                rest = rest.dropFirst()
                guard let (text, length) = parameterValue(rest) else { return nil }
                rest = rest.dropFirst(length)
                found.append((name, text))
            }
            rest = rest.drop(while: Grammar.isSpace)
        }
        return rest.isEmpty ? (type, found) : nil
    }

    private static func parameterValue(_ rest: ArraySlice<UInt8>) -> (text: [UInt8], length: Int)? {
        guard rest.first == UInt8(ascii: "\"") else {
            let token = rest.prefix(while: Grammar.isToken)
            return token.isEmpty ? nil : (Array(token), token.count)
        }
        var text: [UInt8] = []
        var at = rest.startIndex + 1
        while at < rest.endIndex {
            switch rest[at] {
            case UInt8(ascii: "\""): return (text, at + 1 - rest.startIndex)
            case UInt8(ascii: "\\"):
                at += 1
                guard at < rest.endIndex else { return nil }
                text.append(rest[at])
            case let byte: text.append(byte)
            }
            at += 1
        }
        return nil
    }
}
