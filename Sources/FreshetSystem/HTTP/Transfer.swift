import Synchronization

/// One request on its way, as seen from any thread.
final class Transfer: Sendable {
    let request: CheckedRequest
    /// When the response must be there: whole, or for a stream its head.
    let deadline: ContinuousClock.Instant
    let receiver: any TransferReceiver
    private let cancelled = Atomic(false)

    init(_ request: CheckedRequest, until deadline: ContinuousClock.Instant, _ receiver: any TransferReceiver) {
        self.request = request
        self.deadline = deadline
        self.receiver = receiver
    }

    var origin: HTTPAddress.Origin { request.address.origin }

    /// A cancellation may overtake the start on its way to the loop; this is what it leaves behind.
    var isCancelled: Bool { cancelled.load(ordering: .acquiring) }

    func cancel() { cancelled.store(true, ordering: .releasing) }
}

/// The status and headers of a response.
struct HTTPHead: Sendable {
    var status: Int
    var headers: HTTPHeaders
}

/// Takes what a transfer brings. Called on the loop's thread only and in this order: at most one `begin`, then pieces,
/// then exactly one `finish`; a `finish` may also come first.
protocol TransferReceiver: Sendable {
    /// The final head is there. Returns how long a silence is allowed from now on; `nil` leaves the deadline in force.
    func begin(_ head: HTTPHead, _ metrics: HTTPMetrics, _ request: CheckedRequest) -> Duration?
    /// False when there is no room now: the same bytes will be offered again after the transfer was resumed.
    func accept(_ bytes: UnsafeRawBufferPointer) -> Bool
    /// The metrics are `nil` when nothing was sent.
    func finish(_ result: Result<Void, HTTPFailure>, _ metrics: HTTPMetrics?)
}
