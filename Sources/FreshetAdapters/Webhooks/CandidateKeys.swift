import FreshetCore
import FreshetSystem

/// The keys that a signature may be made with, filled up to two with one that never counts.
///
/// So a company without a secret, one with a secret and one in the middle of a rotation cost the same work, and so does
/// a company that does not exist.
struct CandidateKeys {
    private let keys: [(bytes: [UInt8], counts: Bool)]

    init(_ keys: [[UInt8]]) {
        let real = keys.filter { !$0.isEmpty }.map { (bytes: $0, counts: true) }
        self.keys = real + Array(repeating: (bytes: Self.dummy, counts: false), count: max(0, 2 - real.count))
    }

    /// Whether one of `texts` is the encoded MAC of `parts` with one of the keys. Encoded text is compared, never
    /// decoded bytes, so every MAC has one spelling. Every text meets every key, whatever was found before.
    func sign(_ parts: [[UInt8]], as texts: [[UInt8]], encoded: ([UInt8]) -> [UInt8]) -> Bool {
        var matches = 0
        for key in keys {
            let expected = encoded(HMACSHA256.authenticate(key: key.bytes, parts: parts))
            for text in texts {
                let isEqual = constantTimeEquals(text, expected)
                matches += isEqual && key.counts ? 1 : 0
            }
        }
        return matches > 0
    }

    /// Whether `text` is one of the keys. Their digests are compared, so that no time depends on a length.
    func contain(_ text: [UInt8]) -> Bool {
        let presented = SHA256.digest(text)
        var matches = 0
        for key in keys {
            let isEqual = constantTimeEquals(presented, SHA256.digest(key.bytes))
            matches += isEqual && key.counts ? 1 : 0
        }
        return matches > 0
    }

    private static let dummy = [UInt8](repeating: 0x5A, count: 32)
}
