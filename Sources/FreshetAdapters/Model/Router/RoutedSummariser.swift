package import FreshetCore

/// Makes summaries with the first of several providers that can: in their order, or the first one drawn by weight.
///
/// A provider that is in trouble is passed over; one that declines, or breaks the rules after its one chance to mend it,
/// gives way to the next. Only where all that is wrong is the rate does it wait. No second call goes out while one is
/// under way (no hedging): a summary is needed soon, not at once, and would be paid twice.
package struct RoutedSummariser: Summariser {
    package struct Choice: Sendable {
        package var name: String
        package var summariser: PromptedSummariser
        /// The share of items for which it is asked first; 0 for only when those before it cannot.
        package var weight: Int
        /// What its calls go through.
        package var gate: ProviderGate

        package init(gate: ProviderGate, summariser: PromptedSummariser, weight: Int = 0) {
            precondition(weight >= 0)
            self.gate = gate
            name = gate.name
            self.summariser = summariser
            self.weight = weight
        }
    }

    private let choices: [Choice]
    private let deadline: Duration
    private let clock: any WallClock
    private let random: any RandomSource

    /// - Parameters:
    ///   - choices: at least one; the first gives the route its identity.
    ///   - deadline: of an item, over all providers and parts.
    package init(
        _ choices: [Choice], deadline: Duration = .seconds(180), clock: any WallClock, random: any RandomSource
    ) {
        precondition(!choices.isEmpty)
        self.choices = choices
        self.deadline = deadline
        self.clock = clock
        self.random = random
    }

    /// The first provider's, whoever makes a summary: a fail-over makes nothing due again.
    package var identity: ModelIdentity { choices[0].summariser.identity }

    package func isReady(for company: CompanyID) -> Bool {
        // All are looked at: each that is in trouble may be due for a probe.
        choices.map { $0.gate.isReady() }.contains(true)
    }

    package func summary(of content: Content, for company: CompanyID) async throws(UpstreamError) -> Summary {
        let end = clock.now + deadline
        while true {
            var faults: [RouteFaults.Fault] = []
            for choice in inTurn() {
                do throws(ModelFault) {
                    var summary = try await choice.summariser.attempt(content, for: company, until: end)
                    if choice.summariser.identity != identity { summary.maker = choice.summariser.identity.name }
                    return summary
                } catch {
                    faults.append((choice.name, error))
                    if error == .cancelled { break }
                }
            }
            let verdict = RouteFaults(faults)
            guard let wait = verdict.wait, clock.now + wait < end else { throw verdict.upstreamError }
            do {
                // Not all that wait at the same moment.
                try await clock.sleep(for: wait + .milliseconds(Int64(random.fraction() * 250)))
            } catch {
                throw .unreachable(detail: "cancelled")
            }
        }
    }

    private func inTurn() -> [Choice] {
        Turns.order(of: choices.map(\.weight), random).map { choices[$0] }
    }
}

/// In which order providers are asked: the first one drawn by weight where any has one, the others as they stand.
enum Turns {
    /// - Returns: every index of `weights` once. Draws nothing where there is nothing to draw.
    static func order(of weights: [Int], _ random: any RandomSource) -> [Int] {
        var order = Array(weights.indices)
        let total = weights.reduce(0, +)
        guard total > 0, weights.count > 1 else { return order }
        var lot = Int(random.fraction() * Double(total))
        for (index, weight) in weights.enumerated() {
            lot -= weight
            guard lot < 0 else { continue }
            order.insert(order.remove(at: index), at: 0)
            break
        }
        return order
    }
}

/// What went wrong at every provider that was asked.
struct RouteFaults {
    typealias Fault = (provider: String, fault: ModelFault)

    private let faults: [Fault]

    init(_ faults: [Fault]) { self.faults = faults }

    /// How long until one of them can be asked again, where nothing but its rate keeps a call back.
    var wait: Duration? {
        let waits = faults.compactMap { fault -> Duration? in
            if case .throttled(let wait) = fault.fault { wait ?? .seconds(1) } else { nil }
        }
        let others = faults.count { if case .held = $0.fault { true } else { false } }
        return waits.count + others == faults.count ? waits.min() : nil
    }

    /// What may pass by itself is tried again: also a bad answer, for the next may be better. What every provider turns
    /// down for good is for a person.
    var upstreamError: UpstreamError {
        let text = faults.map { "\($0.provider): \($0.fault)" }.joined(separator: "; ")
        if let wait { return .throttled(retryAfter: wait) }
        if let final = faults.last?.fault, faults.allSatisfy({ $0.fault.isFinal }) {
            if case .rejected(let status, _) = final { return .refused(status: status, code: text) }
            return .refused(status: final == .tooLong ? 413 : 200, code: text)
        }
        return .unreachable(detail: text)
    }
}
