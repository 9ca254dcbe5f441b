import FreshetSystem
import Foundation

/// The key that the companies' secrets are sealed with: 32 random bytes, and an id that tells keys apart and reveals
/// nothing of them.
package struct MasterKey: Sendable, Equatable, CustomStringConvertible, CustomReflectable {
    /// Twelve hex digits of a digest over the key, safe to show and to log.
    package let id: String
    let bytes: [UInt8]

    /// `nil` unless there are exactly 32 bytes.
    package init?(bytes: [UInt8]) {
        guard bytes.count == 32 else { return nil }
        self.bytes = bytes
        id = SHA256.digest(Array("freshet master key id".utf8) + bytes).prefix(6).hexEncoded
    }

    /// Reads 64 hex digits or the base64 of 32 bytes; white space around them does not matter. `nil` for all else.
    package init?(text: some StringProtocol) {
        let text = text.trimmingCharacters(in: .whitespacesAndNewlines)
        guard let bytes = [UInt8](hexEncoded: text.lowercased()) ?? Base64.decode(text) else { return nil }
        self.init(bytes: bytes)
    }

    /// A new key from the system's random numbers.
    package static func generate() -> MasterKey {
        guard let key = MasterKey(bytes: randomBytes(32)) else { preconditionFailure("32 bytes make a key") }
        return key
    }

    /// 64 lower-case hex digits: what `MasterKeyFile` writes.
    package var text: String { bytes.hexEncoded }

    package var description: String { "<master key \(id)>" }
    package var customMirror: Mirror { Mirror(self, children: ["id": id]) }
}
