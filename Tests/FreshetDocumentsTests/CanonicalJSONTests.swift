import Foundation
import FreshetCore
import FreshetDocuments
import FreshetTestKit
import Testing

@Suite struct CanonicalJSONTests {
    private func canonical(_ json: String) throws -> String {
        let value = try JSONDecoder().decode(JSONValue.self, from: Data(json.utf8))
        return String(decoding: try CanonicalJSON.bytes(of: value), as: UTF8.self)
    }

    /// RFC 8785, appendix B.
    @Test(
        arguments: [
            (0x0000_0000_0000_0000, "0"), (0x8000_0000_0000_0000, "0"), (0x0000_0000_0000_0001, "5e-324"),
            (0x8000_0000_0000_0001, "-5e-324"), (0x7FEF_FFFF_FFFF_FFFF, "1.7976931348623157e+308"),
            (0xFFEF_FFFF_FFFF_FFFF, "-1.7976931348623157e+308"), (0x4340_0000_0000_0000, "9007199254740992"),
            (0xC340_0000_0000_0000, "-9007199254740992"), (0x4430_0000_0000_0000, "295147905179352830000"),
            (0x44B5_2D02_C7E1_4AF5, "9.999999999999997e+22"), (0x44B5_2D02_C7E1_4AF6, "1e+23"),
            (0x44B5_2D02_C7E1_4AF7, "1.0000000000000001e+23"), (0x444B_1AE4_D6E2_EF4E, "999999999999999700000"),
            (0x444B_1AE4_D6E2_EF4F, "999999999999999900000"), (0x444B_1AE4_D6E2_EF50, "1e+21"),
            (0x3EB0_C6F7_A0B5_ED8C, "9.999999999999997e-7"), (0x3EB0_C6F7_A0B5_ED8D, "0.000001"),
            (0x41B3_DE43_5555_5553, "333333333.3333332"), (0x41B3_DE43_5555_5554, "333333333.33333325"),
            (0x41B3_DE43_5555_5555, "333333333.3333333"), (0x41B3_DE43_5555_5556, "333333333.3333334"),
            (0x41B3_DE43_5555_5557, "333333333.33333343"), (0xBECB_F647_612F_3696, "-0.0000033333333333333333"),
            (0x4314_3FF3_C1CB_0959, "1424953923781206.2"),
        ] as [(UInt64, String)])
    func `numbers of appendix B`(bits: UInt64, text: String) throws {
        let bytes = try CanonicalJSON.bytes(of: .number(Double(bitPattern: bits)))
        #expect(String(decoding: bytes, as: UTF8.self) == text)
    }

    @Test func `what is no number in JSON is refused`() {
        for bits in [0x7FFF_FFFF_FFFF_FFFF, 0x7FF0_0000_0000_0000, 0xFFF0_0000_0000_0000] as [UInt64] {
            #expect(throws: CanonicalJSON.Failure.notFinite) {
                try CanonicalJSON.bytes(of: .array([.number(Double(bitPattern: bits))]))
            }
        }
    }

    @Test func `integers that no double holds are refused, others are exact`() throws {
        #expect(throws: CanonicalJSON.Failure.inexactInteger(9_007_199_254_740_993)) {
            try CanonicalJSON.bytes(of: .integer(9_007_199_254_740_993))
        }
        #expect(throws: CanonicalJSON.Failure.inexactInteger(.max)) { try CanonicalJSON.bytes(of: .integer(.max)) }
        #expect(
            try canonical("[9007199254740991,-9007199254740991,9007199254740994]")
                == "[9007199254740991,-9007199254740991,9007199254740994]")
        #expect(try CanonicalJSON.bytes(of: .integer(.min)) == Array("-9223372036854776000".utf8))
    }

    /// RFC 8785, 3.2.2, and the shapes of its published test data.
    @Test(arguments: [
        (
            #"{"numbers":[333333333.33333329,1E30,4.50,2e-3,0.000000000000000000000000001],"string":"\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/","literals":[null,true,false]}"#,
            #"{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],"string":"€$\u000f\nA'B\"\\\\\"/"}"#
        ),
        (#"[56,{"d":true,"10":null,"1":[]}]"#, #"[56,{"1":[],"10":null,"d":true}]"#),
        (
            #"{"peach":"This sorting order","péché":"is wrong according to French","pêche":"but canonicalization MUST","sin":"ignore locale"}"#,
            #"{"peach":"This sorting order","péché":"is wrong according to French","pêche":"but canonicalization MUST","sin":"ignore locale"}"#
        ),
        (
            #"{"1":{"f":{"f":"hi","F":5},"\n":56.0},"10":{},"":"empty","a":{},"111":[{"e":"yes","E":"no"}],"A":{}}"#,
            #"{"":"empty","1":{"\n":56,"f":{"F":5,"f":"hi"}},"10":{},"111":[{"E":"no","e":"yes"}],"A":{},"a":{}}"#
        ),
        (#"{"Unnormalized Unicode":"A\u030a"}"#, "{\"Unnormalized Unicode\":\"A\u{30A}\"}"),
        (
            #"{"\u20ac":"Euro Sign","\r":"Carriage Return","\u000a":"Newline","1":"One","\u0080":"Control\u007f","\ud83d\ude02":"Smiley","\u00f6":"Latin Small Letter O With Diaeresis","\ufb33":"Hebrew Letter Dalet With Dagesh","</script>":"Browser Challenge"}"#,
            "{\"\\n\":\"Newline\",\"\\r\":\"Carriage Return\",\"1\":\"One\",\"</script>\":\"Browser Challenge\",\"\u{80}\":\"Control\u{7F}\",\"ö\":\"Latin Small Letter O With Diaeresis\",\"€\":\"Euro Sign\",\"😂\":\"Smiley\",\"\u{FB33}\":\"Hebrew Letter Dalet With Dagesh\"}"
        ),
        (#"["\b\t\n\f\r\u0000\u001f\u007f/"]"#, "[\"\\b\\t\\n\\f\\r\\u0000\\u001f\u{7F}/\"]"),
    ])
    func `published examples`(json: String, text: String) throws {
        #expect(Array(try canonical(json).utf8) == Array(text.utf8))
    }

    @Test func `escapes at every place of a long string`() throws {
        for length in 0..<40 {
            for (sign, escape) in ["\"": "\\\"", "\\": "\\\\", "\n": "\\n", "\u{1}": "\\u0001"] {
                for at in 0...length {
                    let before = String(repeating: "é", count: at), after = String(repeating: "x", count: length - at)
                    let bytes = try CanonicalJSON.bytes(of: .string(before + sign + after))
                    #expect(bytes == Array("\"\(before)\(escape)\(after)\"".utf8))
                }
            }
        }
    }

    @Test func `depth has an end`() {
        var value = JSONValue.null
        for _ in 0..<600 { value = .array([value]) }
        #expect(throws: CanonicalJSON.Failure.tooDeep) { try CanonicalJSON.bytes(of: value) }
    }

    /// Random bit patterns: ours must read back as the very number, and have the digits that C's correctly rounded
    /// `%e` finds with the least precision. `FRESHET_LONG_TESTS=1` draws a few millions.
    @Test(arguments: 0..<4 as Range<UInt64>)
    func `numbers read back exactly and are the shortest`(seed: UInt64) throws {
        var random = SplitMix64(seed: seed &+ 8785)
        let isLong = ProcessInfo.processInfo.environment["FRESHET_LONG_TESTS"] != nil
        for round in 0..<(isLong ? 1_000_000 : 40_000) {
            let value = Double(bitPattern: random.next())
            guard value.isFinite else { continue }
            let text = String(decoding: try CanonicalJSON.bytes(of: .number(value)), as: UTF8.self)
            guard Double(text) == value else {
                Issue.record("\(text) is not \(value), seed \(seed)")
                return
            }
            if round % 16 == 0, Self.digits(of: text) != Self.digits(of: Self.shortest(value)) {
                Issue.record("\(text) is not the shortest of \(value), seed \(seed)")
            }
        }
    }

    private static func shortest(_ value: Double) -> String {
        for precision in 0..<17 {
            let text = String(format: "%.\(precision)e", value)
            if Double(text) == value { return text }
        }
        return ""
    }

    private static func digits(of text: String) -> String {
        let mantissa = text.prefix { $0 != "e" }.filter(\.isNumber).drop { $0 == "0" }
        return String(mantissa.reversed().drop { $0 == "0" }.reversed())
    }
}
