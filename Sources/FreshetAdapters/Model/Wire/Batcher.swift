import Synchronization

/// Lets calls that come at the same time travel together, those of one group only. Nobody waits for others: a call that
/// finds a free lane goes at once, and what comes while all lanes are taken goes with the next one that is free.
///
/// There is no task behind it: one of the waiting callers carries the batch. Where that caller is cancelled, one of the
/// others takes over.
final class Batcher<
    Group: Hashable & Sendable, Input: Sendable, Output: Sendable, Fault: Error & Equatable
>: Sendable {
    private let width: Int
    private let batch: Int
    private let carry: @Sendable (Group, [Input]) async -> [Result<Output, Fault>]
    private let state = Mutex(State())

    private enum Turn {
        /// Carry what waits, oneself first.
        case lead
        case done(Result<Output, Fault>)
    }

    private struct Waiting {
        var id: UInt64
        var group: Group
        var input: Input
        var continuation: CheckedContinuation<Turn, Never>
    }

    private struct State {
        var lanes = 0
        var nextID: UInt64 = 0
        var waiting: [Waiting] = []
        var cancelled: Set<UInt64> = []
    }

    /// - Parameter carry: gives as many results as inputs, in their order.
    init(width: Int, batch: Int, carry: @escaping @Sendable (Group, [Input]) async -> [Result<Output, Fault>]) {
        precondition(width > 0 && batch > 0)
        self.width = width
        self.batch = batch
        self.carry = carry
    }

    /// - Parameter cancelled: what a caller gets who is cancelled.
    func value(of input: Input, in group: Group, cancelled: Fault) async -> Result<Output, Fault> {
        let id = state.withLock { state in
            state.nextID += 1
            return state.nextID
        }
        defer { state.withLock { _ = $0.cancelled.remove(id) } }
        return switch await turn(id, group, input, cancelled) {
        case .done(let result): result
        case .lead: await lead(group, input, cancelled)
        }
    }

    private func turn(_ id: UInt64, _ group: Group, _ input: Input, _ cancelled: Fault) async -> Turn {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let turn: Turn? = state.withLock { state in
                    if state.cancelled.remove(id) != nil { return .done(.failure(cancelled)) }
                    if state.lanes < width {
                        state.lanes += 1
                        return .lead
                    }
                    state.waiting.append(Waiting(id: id, group: group, input: input, continuation: continuation))
                    return nil
                }
                if let turn { continuation.resume(returning: turn) }
            }
        } onCancel: {
            let waiting: Waiting? = state.withLock { state in
                guard let place = state.waiting.firstIndex(where: { $0.id == id }) else {
                    state.cancelled.insert(id)
                    return nil
                }
                return state.waiting.remove(at: place)
            }
            waiting?.continuation.resume(returning: .done(.failure(cancelled)))
        }
    }

    /// Carries one batch in a lane that is ours, then hands the lane on.
    private func lead(_ group: Group, _ input: Input, _ cancelled: Fault) async -> Result<Output, Fault> {
        let others = state.withLock { state in
            let others = Array(state.waiting.lazy.filter { $0.group == group }.prefix(batch - 1))
            let ids = Set(others.map(\.id))
            state.waiting.removeAll { ids.contains($0.id) }
            return others
        }
        let results = await carry(group, [input] + others.map(\.input))
        precondition(results.count == others.count + 1)
        // What failed because we were cancelled did not fail for them: each tries again by itself.
        let isAbandoned = results[0] == cancelled
        for (other, result) in zip(others, results.dropFirst()) where !isAbandoned {
            other.continuation.resume(returning: .done(result))
        }
        let next: CheckedContinuation<Turn, Never>? = state.withLock { state in
            if isAbandoned { state.waiting.insert(contentsOf: others, at: 0) }
            guard !state.waiting.isEmpty else {
                state.lanes -= 1
                return nil
            }
            return state.waiting.removeFirst().continuation
        }
        next?.resume(returning: .lead)
        return results[0]
    }
}

private func == <Output, Fault: Equatable>(result: Result<Output, Fault>, fault: Fault) -> Bool {
    if case .failure(fault) = result { true } else { false }
}
