import Foundation
import FreshetDocuments
import FreshetTestKit
import Testing

@Suite struct PlainTextTests {
    @Test(arguments: [
        ("a\r\nb\rc\n", "a\nb\nc"), ("\n\n a \t b \n \n\n\n c\n", "a b\n\nc"), ("a\u{2028}b\u{85}c", "a\nb\nc"),
        ("e\u{301}", "\u{E9}"), ("\u{1112}\u{1161}\u{11AB}", "\u{D55C}"), ("\u{212B}", "\u{C5}"),
        ("a\u{200B}b\u{AD}c\u{FEFF}\u{202E}", "abc"), ("\u{0}\u{1B}[31m\u{9B}", "[31m"),
        ("a\u{3000}\u{A0}b", "a b"), ("👩\u{200D}🔧", "👩\u{200D}🔧"), ("e\u{200B}\u{301}", "\u{E9}"), ("\u{FFFE}x", "x"),
    ])
    func `text has one form`(raw: String, text: String) {
        #expect(Array(PlainText.text(raw).utf8) == Array(text.utf8))
    }

    @Test func `a line has no line ends`() {
        #expect(PlainText.line(" a\r\n\n b\u{2029}c ") == "a b c")
        #expect(PlainText.line(Optional(" \u{200B} ")) == nil)
        #expect(PlainText.line(nil as String?) == nil)
    }

    @Test(arguments: 0..<300 as Range<UInt64>)
    func `normalising is composed, idempotent and complete`(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        let text = PlainText.text(SampleText.text(using: &random))
        #expect(Array(text.precomposedStringWithCanonicalMapping.utf8) == Array(text.utf8), "seed \(seed)")
        #expect(Array(PlainText.text(text).utf8) == Array(text.utf8), "seed \(seed)")
        #expect(!text.contains("  ") && !text.contains("\n\n\n") && !text.contains(" \n"), "seed \(seed)")
        #expect(text.unicodeScalars.allSatisfy { $0 == "\n" || $0.value >= 0x20 }, "seed \(seed)")
    }

    /// The short cut past normalisation must never skip something that NFC would change.
    @Test func `every scalar of the basic plane after every kind of base`() {
        for value in Array(0x80..<0x10000 as Range<UInt32>) + Array(stride(from: 0x10000, to: 0x30000, by: 61)) {
            guard let scalar = Unicode.Scalar(value) else { continue }
            for base in ["e", "\u{1100}", "\u{AC00}"] {
                let text = PlainText.text(base + String(scalar))
                if !text.utf8.elementsEqual(text.precomposedStringWithCanonicalMapping.utf8) {
                    Issue.record("U+\(String(value, radix: 16)) after \(base)")
                }
            }
        }
    }
}
