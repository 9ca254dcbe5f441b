import Foundation
import FreshetSystem
import FreshetTestKit
import Testing

struct EncodingTests {
    // RFC 4648, section 10.
    @Test(arguments: [
        ("", "", ""), ("f", "Zg==", "66"), ("fo", "Zm8=", "666f"), ("foo", "Zm9v", "666f6f"),
        ("foob", "Zm9vYg==", "666f6f62"), ("fooba", "Zm9vYmE=", "666f6f6261"), ("foobar", "Zm9vYmFy", "666f6f626172"),
    ])
    func `the standard's examples go both ways`(text: String, base64: String, hex: String) {
        let bytes = Array(text.utf8)
        #expect(Base64.encode(bytes) == base64)
        #expect(Base64.decode(base64) == bytes)
        #expect(bytes.hexEncoded == hex)
        #expect([UInt8](hexEncoded: hex) == bytes)
    }

    @Test(arguments: [
        "Zg", "Zg=", "Zg===", "Zg==Zg==", "Zh==", "Zm9=", "Zm8==", "=", "==", "====", "Z===", "Z", "Zm9vYmFyZ",
        " Zg==", "Zg== ", "Zg==\n", "Zm\r\n9v", "Zm 9v", "-_-_", "Zm9v\u{0}", "Zm=v", "Zé==", "Zm9v,w==",
    ])
    func `base64 has one spelling`(text: String) {
        #expect(Base64.decode(text) == nil)
    }

    @Test(arguments: ["6", "666", "6G", "0x66", " 66", "66 ", "6A", "FF", "６６", "é"])
    func `hex has one spelling`(text: String) {
        #expect([UInt8](hexEncoded: text) == nil)
    }

    @Test func `every byte survives both`() {
        let bytes = Array(UInt8.min ... .max)
        #expect(Base64.decode(Base64.encode(bytes)) == bytes)
        #expect([UInt8](hexEncoded: bytes.hexEncoded) == bytes)
    }

    /// Foundation reads more spellings than one, so it is asked for what it writes.
    @Test(arguments: 0..<16 as Range<UInt64>)
    func `base64 is what Foundation writes, and a changed digit never reads as the same bytes`(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        for _ in 0..<50 {
            let bytes = (0..<Int.random(in: 0..<80, using: &random)).map { _ in
                UInt8.random(in: 0...255, using: &random)
            }
            let text = Base64.encode(bytes)
            #expect(text == Data(bytes).base64EncodedString(), "seed \(seed)")
            #expect(Base64.decode(text) == bytes, "seed \(seed)")
            guard !text.isEmpty else { continue }
            var changed = Array(text.utf8)
            let place = Int.random(in: 0..<changed.count, using: &random)
            let digit = UInt8.random(in: 0..<128, using: &random)
            guard changed[place] != digit else { continue }
            changed[place] = digit
            #expect(Base64.decode(String(decoding: changed, as: UTF8.self)) != bytes, "seed \(seed)")
        }
    }

    @Test func `secrets are equal only when every byte is`() {
        #expect(constantTimeEquals([], []))
        #expect(constantTimeEquals([1, 2, 3], [1, 2, 3]))
        #expect(!constantTimeEquals([1, 2, 3], [1, 2, 4]))
        #expect(!constantTimeEquals([1, 2, 3], [0, 2, 3]))
        #expect(!constantTimeEquals([1, 2, 3], [1, 2]))
        #expect(!constantTimeEquals([], [0]))
        #expect(constantTimeEquals("whsec_é", "whsec_é"))
        // Swift's `==` calls these equal; as bytes they differ.
        #expect(!constantTimeEquals("\u{e9}", "e\u{301}"))
    }
}
