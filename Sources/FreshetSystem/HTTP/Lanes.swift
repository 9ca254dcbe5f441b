/// Who may be handed to libcurl now, and who waits: one lane per scheme, host and port, first come, first served.
///
/// libcurl has such limits of its own, but version 7.88 now and then forgets a transfer that waits for them until its
/// connect timeout comes round. So it is never given more than it can carry at once.
struct Lanes {
    private struct Lane {
        var running = 0
        var waiting: [(ticket: UInt64, transfer: Transfer)] = []
        var speaksHTTP2 = false
    }

    private let limit: Int
    private let limitPerHost: Int
    private let limitOfStreams: Int
    private var lanes: [HTTPAddress.Origin: Lane] = [:]
    private var running = 0
    private var lastTicket: UInt64 = 0

    init(_ configuration: HTTPClientConfiguration) {
        limit = configuration.maxConnections
        limitPerHost = configuration.maxConnectionsPerHost
        limitOfStreams = max(configuration.maxConnectionsPerHost, configuration.maxStreamsPerHost)
    }

    /// Puts a transfer at the end of its lane; `next` says when it may go.
    mutating func enter(_ transfer: Transfer) {
        lastTicket += 1
        lanes[transfer.origin, default: Lane()].waiting.append((lastTicket, transfer))
    }

    /// Of those that may go now the one that has waited longest. It counts as running until it `leave`s.
    mutating func next() -> Transfer? {
        guard running < limit else { return nil }
        let ready = lanes.filter { hasRoom($0.value) && !$0.value.waiting.isEmpty }
        guard let origin = ready.min(by: { $0.value.waiting[0].ticket < $1.value.waiting[0].ticket })?.key else {
            return nil
        }
        running += 1
        lanes[origin]?.running += 1
        return lanes[origin]?.waiting.removeFirst().transfer
    }

    mutating func leave(_ transfer: Transfer) {
        running -= 1
        lanes[transfer.origin]?.running -= 1
        forgetIfEmpty(transfer.origin)
    }

    /// The host has answered over HTTP/2, so its connections can be shared. Forgotten when nothing is under way to it.
    mutating func learnHTTP2(_ origin: HTTPAddress.Origin) { lanes[origin]?.speaksHTTP2 = true }

    /// Takes out a transfer that waits; false when it does not.
    mutating func remove(_ transfer: Transfer) -> Bool {
        guard let index = lanes[transfer.origin]?.waiting.firstIndex(where: { $0.transfer === transfer }) else {
            return false
        }
        lanes[transfer.origin]?.waiting.remove(at: index)
        forgetIfEmpty(transfer.origin)
        return true
    }

    /// In no particular order.
    var waiting: some Sequence<Transfer> { lanes.values.lazy.flatMap { $0.waiting.lazy.map(\.transfer) } }

    private func hasRoom(_ lane: Lane) -> Bool {
        lane.running < (lane.speaksHTTP2 ? limitOfStreams : limitPerHost)
    }

    private mutating func forgetIfEmpty(_ origin: HTTPAddress.Origin) {
        if let lane = lanes[origin], lane.running == 0, lane.waiting.isEmpty { lanes[origin] = nil }
    }
}
