import Synchronization

/// How many connections each address holds, so that one cannot take them all.
final class ConnectionCensus: Sendable {
    private let limit: Int?
    private let exempt: [NetworkRange]
    private let counts = Mutex<[NetworkAddress: Int]>([:])

    /// Addresses in `exempt` (proxies, which speak for many) are not limited. `nil` limits nobody.
    init(limit: Int?, exempt: [NetworkRange]) {
        self.limit = limit
        self.exempt = exempt
    }

    /// `false` when the address holds its share already; then `leave` must not be called.
    func enter(_ address: NetworkAddress?) -> Bool {
        guard let limit, let address, !exempt.contains(where: { $0.contains(address) }) else { return true }
        return counts.withLock { counts in
            let count = counts[address, default: 0]
            if count >= limit { return false }
            counts[address] = count + 1
            return true
        }
    }

    func leave(_ address: NetworkAddress?) {
        guard limit != nil, let address, !exempt.contains(where: { $0.contains(address) }) else { return }
        counts.withLock { counts in
            let left = counts[address, default: 0] - 1
            counts[address] = left > 0 ? left : nil
        }
    }
}
