import Foundation
import FreshetCore
import FreshetTestKit
import Testing

struct TimestampTests {
    @Test(
        arguments: [
            ("1970-01-01T00:00:00Z", 0), ("2026-03-03T09:14:22Z", 1_772_529_262_000), ("2026-03-03", 1_772_496_000_000),
            ("2024-02-29T23:59:59.123Z", 1_709_251_199_123), ("2026-03-03T10:14:22+01:00", 1_772_529_262_000),
            ("0001-01-01T00:00:00Z", -62_135_596_800_000),
        ] as [(String, Int64)])
    func `RFC 3339 times are read exactly`(text: String, milliseconds: Int64) {
        #expect(Timestamp(iso8601: text)?.milliseconds == milliseconds)
    }

    @Test(arguments: [
        "", "2026", "2026-13-01", "2026-02-30", "2025-02-29", "2026-03-03T24:00:00Z", "2026-03-03T09:14:60Z",
        "2026-03-03T09:14:22", "2026-03-03T09:14:22.Z", "2026-03-03T09:14:22z", "2026-03-03T09:14:22+1:00",
        "+026-03-03",
        "2026-03-03T09:14:22Zx", "２026-03-03",
    ])
    func `anything else is refused`(text: String) {
        #expect(Timestamp(iso8601: text) == nil)
    }

    @Test func `what is written is read back, over ten thousand years`() {
        let seed = UInt64.random(in: .min ... .max)
        var random = SplitMix64(seed: seed)
        for _ in 0..<5000 {
            let moment = Timestamp(
                milliseconds: Int64.random(in: -62_135_596_800_000...253_402_300_799_999, using: &random))
            #expect(Timestamp(iso8601: moment.iso8601) == moment, "seed \(seed), \(moment.milliseconds)")
        }
    }
}

struct CompanyIDTests {
    @Test func `the grammar is ASCII letters, digits and dashes, at most 63`() {
        for good in ["a", "0", "acme", "acme-eu-2", String(repeating: "x", count: 63)] {
            #expect(CompanyID(good)?.text == good)
        }
        for bad in [
            "", "-a", "Acme", "a_b", "a.b", "a/b", "café", "cafe\u{301}", "a b", "a\u{0}",
            String(repeating: "x", count: 64),
        ] {
            #expect(CompanyID(bad) == nil, "\(bad)")
        }
    }
}

struct SecretTests {
    @Test func `a secret shows in no description and no dump`() {
        let secret = Secret("whsec_very-secret")
        var dumped = ""
        dump(["one": secret], to: &dumped)
        for text in ["\(secret)", String(reflecting: secret), dumped] { #expect(!text.contains("very")) }
    }
}
