import Foundation
import Synchronization

/// What JSON texts that were read lately say: the same hits come up again and again, and taking them apart costs more than
/// reading them.
///
/// Holds between `byteLimit / 2` and `byteLimit` bytes of text with what they say; those not asked for the longest go
/// first. Equal texts say the same, so nothing in here is ever behind. Safe to use from any thread.
final class DecodedTexts<Value: Decodable & Sendable>: Sendable {
    private struct State {
        var recent: [Text: Value] = [:]
        var earlier: [Text: Value] = [:]
        var recentBytes = 0

        mutating func keep(_ value: Value, of text: Text, _ limit: Int) -> Value {
            recent[text] = value
            recentBytes += text.bytes.count
            if recentBytes > limit {
                earlier = recent
                recent = [:]
                recentBytes = 0
            }
            return value
        }
    }

    private let byteLimit: Int
    private let state = Mutex(State())

    init(byteLimit: Int) { self.byteLimit = byteLimit }

    /// Compared and hashed byte by byte, which texts in Unicode are not.
    private struct Text: Hashable {
        let bytes: [UInt8]

        func hash(into hasher: inout Hasher) { bytes.withUnsafeBytes { hasher.combine(bytes: $0) } }
    }

    /// Throws `DecodingError`.
    func value(of json: String) throws -> Value {
        let text = Text(bytes: Array(json.utf8))
        let known = state.withLock { state in
            state.recent[text] ?? state.earlier[text].map { state.keep($0, of: text, byteLimit / 2) }
        }
        if let known { return known }
        let value = try JSONDecoder().decode(Value.self, from: Data(json.utf8))
        state.withLock { state in _ = state.keep(value, of: text, byteLimit / 2) }
        return value
    }
}
