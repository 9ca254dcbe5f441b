import Foundation
import FreshetCore
import FreshetTestKit
import Testing

@Suite struct StrictJSONTests {
    private func fault(_ text: String, maximumDepth: Int = 32) -> StrictJSON.Fault? {
        fault(Array(text.utf8), maximumDepth: maximumDepth)
    }

    private func fault(_ bytes: [UInt8], maximumDepth: Int = 32) -> StrictJSON.Fault? {
        do throws(StrictJSON.Fault) {
            _ = try StrictJSON(bytes, maximumDepth: maximumDepth)
            return nil
        } catch { return error }
    }

    @Test(arguments: [
        "{}", "[]", " \t\r\n{ } ", "null", "true", "false", "0", "-0", "1.5e+10", "1E-2", "-0.0", "\"\"",
        "[1,[2,{\"a\":[]}]]",
        #"{"a":1,"b":{"a":1}}"#, #"[{"a":1},{"a":1}]"#, #""\u0000\ud83d\ude00\/\b\f\n\r\t\\\"""#, #""\ud800""#,
        #""\udc00\ud800x""#,
        "\"\u{7F}é한😀\u{10FFFF}\"", "1e400", "1e-400", #"{"":1," ":2}"#, "{\"é\":1,\"e\u{301}\":2}",
        #"{"\ud800":1,"\ud801":2}"#,
    ])
    func `JSON passes`(text: String) {
        #expect(fault(text) == nil)
    }

    @Test(arguments: [
        ("", StrictJSON.Fault.empty), (" \n", .empty), ("{", .truncated), ("[1,", .truncated), ("\"a", .truncated),
        ("tru", .truncated), ("-", .truncated),
        ("1.", .truncated), ("1e", .truncated), (#"{"a""#, .truncated), (#"{"a":"#, .truncated), (#""\"#, .truncated),
        (#""\u12"#, .truncated),
        ("{}x", .syntax), ("{}{}", .syntax), ("1 2", .syntax), ("[1,]", .syntax), ("{\"a\":1,}", .syntax),
        ("[,1]", .syntax), ("[1 2]", .syntax), ("{,}", .syntax),
        ("{\"a\" 1}", .syntax), ("{a:1}", .syntax), ("{'a':1}", .syntax), ("{1:1}", .syntax), ("// c\n{}", .syntax),
        ("{}/* c */", .syntax), ("NaN", .syntax),
        ("Infinity", .syntax), ("-Infinity", .syntax), ("+1", .syntax), ("01", .syntax), ("-01", .syntax),
        (".5", .syntax), ("1.e5", .syntax), ("0x10", .syntax),
        ("True", .syntax), ("nulll", .syntax), ("[}", .syntax), ("{]", .syntax), ("]", .syntax), ("[1}", .syntax),
        (#""\x41""#, .syntax), (#""\u12g4""#, .syntax),
        (#""\'""#, .syntax), ("\u{A0}1", .syntax), ("\u{C}1", .syntax), ("\"a\nb\"", .controlCharacter),
        ("\"\u{0}\"", .controlCharacter), ("\"\t\"", .controlCharacter),
        ("{}\u{0}", .syntax), ("\u{FEFF}{}", .byteOrderMark), (#"{"a":1,"a":2}"#, .duplicateKey),
        (#"{"a":1,"\u0061":2}"#, .duplicateKey), (#"[{"b":{"x":1,"y":2,"x":3}}]"#, .duplicateKey),
        (#"{"\ud83d\ude00":1,"😀":2}"#, .duplicateKey), (#"{"":1,"":2}"#, .duplicateKey),
        (#"{"\/":1,"/":2}"#, .duplicateKey), (#"{"\ud800":1,"\uD800":2}"#, .duplicateKey),
    ])
    func `what is not strict JSON has its own word`(text: String, expected: StrictJSON.Fault) {
        #expect(fault(text) == expected)
    }

    @Test(
        arguments: [
            [0x80], [0xC0, 0xAF], [0xC1, 0x81], [0xE0, 0x80, 0xAF], [0xED, 0xA0, 0x80], [0xED, 0xBF, 0xBF],
            [0xF0, 0x80, 0x80, 0xAF], [0xF4, 0x90, 0x80, 0x80], [0xF5, 0x80, 0x80, 0x80],
            [0xFF], [0xFE], [0xC3], [0xE2, 0x82], [0xF0, 0x9F, 0x98], [0xC3, 0x28], [0xE2, 0x28, 0xA1],
            [0xF0, 0x9F, 0x28, 0x80],
        ] as [[UInt8]])
    func `bytes that are not UTF-8`(bytes: [UInt8]) {
        #expect(fault([0x22] + bytes + [0x22]) == .notUTF8)
        #expect(fault(Array("{\"a\":\"".utf8) + bytes + Array("\"}".utf8)) == .notUTF8)
        #expect(fault([0x22] + bytes) == .notUTF8 || fault([0x22] + bytes) == .truncated)
    }

    @Test func `other encodings are not JSON here`() {
        let text = "{\"ticket_id\":42}"
        for encoding in [String.Encoding.utf16LittleEndian, .utf16BigEndian, .utf16, .utf32, .utf32LittleEndian] {
            let data = text.data(using: encoding) ?? Data()
            #expect(fault(Array(data)) != nil)
        }
    }

    @Test func `depth ends at 32, and no depth overflows a stack`() {
        for open in ["[", "{\"a\":"] {
            let close = open == "[" ? "]" : "}", inner = open == "[" ? "" : "1"
            func nested(_ depth: Int) -> String {
                String(repeating: open, count: depth) + inner + String(repeating: close, count: depth)
            }
            #expect(fault(nested(32)) == nil)
            for depth in [33, 160, 511, 512, 100_000] { #expect(fault(nested(depth)) == .tooDeep) }
            #expect(fault(String(repeating: open, count: 1_000_000)) == .tooDeep)
            #expect(fault(nested(100_000), maximumDepth: 100_000) == nil)
        }
    }

    @Test func `members are found by their path, through objects only`() throws {
        let json = try StrictJSON(
            Array(
                #" {"x":[{"id":9}],"\u0069d":"a\u0062","h":{"id":7,"deep":{"id":null}},"id ":1,"big":-1.50e+2,"t":true} "#
                    .utf8),
            paths: [
                .init("id"), .init("h", "id"), .init("h", "deep", "id"), .init("x", "id"), .init("h"),
                .init("h", "id", "no"), .init("ID"), .init("big"),
                .init("t"), .init("x"),
            ])
        #expect(json.root == .object)
        #expect(
            json.members == [
                .string(Array(#"a\u0062"#.utf8)[...]), .number(Array("7".utf8)[...]), .null, nil, .object, nil, nil,
                .number(Array("-1.50e+2".utf8)[...]),
                .bool(true), .array,
            ])
    }

    @Test(arguments: [
        (#"a\u0062"#, "ab"), (#"\ud83d\ude00!"#, "😀!"), (#"\"\\\/\b\f\n\r\t"#, "\"\\/\u{8}\u{C}\n\r\t"), ("é", "é"),
        (#"\u00e9\u20AC"#, "é€"), ("", ""),
    ])
    func `unescaping`(text: String, meaning: String) {
        #expect(StrictJSON.unescaped(Array(text.utf8)[...]) == Array(meaning.utf8))
    }

    @Test func `a lone surrogate is three bytes and no trap`() {
        #expect(StrictJSON.unescaped(Array(#"\ud800x"#.utf8)[...]) == [0xED, 0xA0, 0x80, 0x78])
        #expect(
            StrictJSON.unescaped(Array(#"\ud800\ud800\udc00"#.utf8)[...]) == [0xED, 0xA0, 0x80, 0xF0, 0x90, 0x80, 0x80])
    }

    @Test func `many keys are told apart, and one duplicate among them is found`() {
        let keys = (0..<20_000).map { "\"k\($0)\":\($0)" }
        #expect(fault("{" + keys.joined(separator: ",") + "}") == nil)
        #expect(fault("{" + keys.joined(separator: ",") + ",\"\\u006b77\":0}") == .duplicateKey)
    }

    @Test func `a number of a hundred thousand digits is only a number`() {
        #expect(fault("{\"n\":" + String(repeating: "7", count: 100_000) + "}") == nil)
    }

    /// Whatever we let pass, Foundation can read as well (it knows no duplicate keys and other depths); and small
    /// changes of good text never trap.
    @Test(arguments: 0..<400 as Range<UInt64>)
    func `mutated text is refused or means JSON`(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        var bytes = Array(
            #"{"ticket_id":4711,"a":[1.5e3,-0,true,null,{"b":"x\u00e9\ud83d\ude00é"}],"event":"on\nX"}"#.utf8)
        for _ in 0...Int.random(in: 0..<3, using: &random) {
            let at = Int.random(in: 0..<bytes.count, using: &random)
            switch Int.random(in: 0..<4, using: &random) {
            case 0: bytes[at] = UInt8.random(in: 0...255, using: &random)
            case 1: bytes.remove(at: at)
            case 2: bytes.insert(Array("{}[]\",:\\0e-. \u{1}".utf8).randomElement(using: &random) ?? 0, at: at)
            default: bytes.removeSubrange(at...)
            }
            if bytes.isEmpty { break }
        }
        guard fault(bytes) == nil else { return }
        #expect(throws: Never.self, "seed \(seed)") { try JSONDecoder().decode(JSONValue.self, from: Data(bytes)) }
    }
}
