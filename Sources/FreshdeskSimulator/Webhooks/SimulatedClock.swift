import Foundation
import Synchronization

/// The account's time: a source of milliseconds that can be pushed ahead, never back.
package final class SimulatedClock: Sendable {
    private let source: @Sendable () -> Int64
    private let offset = Mutex<Int64>(0)

    /// `source` returns milliseconds since 1970.
    package init(source: @escaping @Sendable () -> Int64 = SimulatedClock.system) { self.source = source }

    package static let system: @Sendable () -> Int64 = { Int64(Date().timeIntervalSince1970 * 1000) }

    package var milliseconds: Int64 { source() + offset.withLock { $0 } }
    package var now: Seconds { Seconds(milliseconds: milliseconds) }

    /// What a watch on the wall says: advancing the account's time does not move it. Signatures are dated by it, since
    /// their receiver lives outside the simulation.
    var wall: Seconds { Seconds(milliseconds: source()) }

    package func advance(bySeconds seconds: Int64) { offset.withLock { $0 += max(0, seconds) * 1000 } }
}
