/// Between the plain text that people load and the HTML that Freshdesk keeps.
package enum Markup {
    static let opening = "<div style=\"font-family:-apple-system, Arial, sans-serif; font-size:14px\">"

    /// Text as Freshdesk would store it: escaped, a `div` for each paragraph, `br` for a single line break.
    package static func html(fromText text: String) -> String {
        var source = text
        var bytes: [UInt8] = []
        source.withUTF8 { utf8 in
            bytes.reserveCapacity(utf8.count + utf8.count / 8 + opening.utf8.count + 32)
            bytes.append(contentsOf: opening.utf8)
            bytes.append(contentsOf: "<div>".utf8)
            var newlines = 0
            for byte in utf8 {
                if byte == 0x0D { continue }
                if byte == 0x0A {
                    newlines += 1
                    continue
                }
                if newlines > 0 {
                    bytes.append(contentsOf: (newlines == 1 ? "<br>" : "</div><div>").utf8)
                    newlines = 0
                }
                switch byte {
                case UInt8(ascii: "&"): bytes.append(contentsOf: "&amp;".utf8)
                case UInt8(ascii: "<"): bytes.append(contentsOf: "&lt;".utf8)
                case UInt8(ascii: ">"): bytes.append(contentsOf: "&gt;".utf8)
                default: bytes.append(byte)
                }
            }
            bytes.append(contentsOf: "</div></div>".utf8)
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// HTML from elsewhere, put into Freshdesk's frame; paragraphs become `div`s as its server does it.
    package static func html(fromHTML html: String) -> String {
        let body = html.replacing("<p>", with: "<div>").replacing("<p ", with: "<div ")
            .replacing("</p>", with: "</div>")
        return opening + body + "</div>"
    }

    /// What a reader sees of `html`: tags gone, entities resolved, blocks on lines of their own.
    package static func text(fromHTML html: String) -> String {
        var source = html
        var out: [UInt8] = []
        source.withUTF8 { utf8 in
            out.reserveCapacity(utf8.count)
            var index = 0
            while index < utf8.count {
                let byte = utf8[index]
                if byte == UInt8(ascii: "<"), let end = utf8[index...].firstIndex(of: UInt8(ascii: ">")) {
                    if breaksLine(utf8[(index + 1)..<end]), let last = out.last, last != 0x0A { out.append(0x0A) }
                    index = end + 1
                } else if byte == UInt8(ascii: "&"),
                    let end = utf8[index..<min(index + 12, utf8.count)].firstIndex(of: UInt8(ascii: ";")),
                    let scalar = entity(String(decoding: utf8[(index + 1)..<end], as: UTF8.self))
                {
                    out.append(contentsOf: String(Character(scalar)).utf8)
                    index = end + 1
                } else {
                    out.append(byte)
                    index += 1
                }
            }
        }
        while let last = out.last, last == 0x0A || last == 0x20 { out.removeLast() }
        return String(decoding: out, as: UTF8.self)
    }

    private static func breaksLine(_ tag: Slice<UnsafeBufferPointer<UInt8>>) -> Bool {
        let name = tag.drop { $0 == UInt8(ascii: "/") }.prefix { ($0 | 0x20) >= 0x61 && ($0 | 0x20) <= 0x7A }
        switch String(decoding: name, as: UTF8.self).lowercased() {
        case "br", "div", "p", "li", "ul", "ol", "tr", "pre", "blockquote", "hr", "h": return true
        default: return false
        }
    }

    private static func entity(_ name: String) -> Unicode.Scalar? {
        switch name {
        case "amp": return "&"
        case "lt": return "<"
        case "gt": return ">"
        case "quot": return "\""
        case "apos": return "'"
        case "nbsp": return " "
        default:
            guard name.hasPrefix("#") else { return nil }
            let digits = name.dropFirst()
            let code = digits.hasPrefix("x") ? UInt32(digits.dropFirst(), radix: 16) : UInt32(digits)
            return code.flatMap(Unicode.Scalar.init)
        }
    }
}
