import Foundation
import Synchronization

/// The account's time: a source of milliseconds that can be pushed ahead, never back.
package final class SimulatedClock: Sendable {
    private let source: @Sendable () -> Int64
    /// `nil` when the account's time passes as the source's does.
    private let frozenAt: Int64?
    private let offset: Mutex<Int64>

    /// - Parameters:
    ///   - source: returns milliseconds since 1970.
    ///   - start: what the account's time is now; the source's time when `nil`.
    ///   - isFrozen: the account's time passes only by `advance`.
    package init(
        source: @escaping @Sendable () -> Int64 = SimulatedClock.system, start: Seconds? = nil, isFrozen: Bool = false
    ) {
        self.source = source
        let now = source()
        frozenAt = isFrozen ? now : nil
        offset = Mutex(start.map { $0.value * 1000 - now } ?? 0)
    }

    package static let system: @Sendable () -> Int64 = { Int64(Date().timeIntervalSince1970 * 1000) }

    package var milliseconds: Int64 { (frozenAt ?? source()) + offset.withLock { $0 } }
    package var now: Seconds { Seconds(milliseconds: milliseconds) }

    /// What a watch on the wall says: advancing the account's time does not move it. Signatures are dated by it, since
    /// their receiver lives outside the simulation.
    var wall: Seconds { Seconds(milliseconds: source()) }

    package func advance(bySeconds seconds: Int64) { offset.withLock { $0 += max(0, seconds) * 1000 } }
}
