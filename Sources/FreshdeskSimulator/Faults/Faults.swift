/// What goes wrong on purpose: rates for everything, and rules for what is more particular. Rates are probabilities in
/// 0...1; all chance comes from the seed.
package struct Faults: Sendable, Equatable, Codable {
    /// Every API answer waits this long, …
    package var latencyMilliseconds: Int64 = 0
    /// … plus up to this long.
    package var jitterMilliseconds: Int64 = 0
    /// 503 instead of an answer, before anything is done.
    package var errorRate: Double = 0
    /// 429 with a Retry-After although the budget would do.
    package var throttleRate: Double = 0
    /// The connection breaks in the middle of the answer, after everything was done.
    package var resetRate: Double = 0
    /// Webhooks that are never sent, as if the listener had been down beyond all retries.
    package var webhookDropRate: Double = 0
    /// Webhooks that are sent twice.
    package var webhookDoubleRate: Double = 0
    /// Webhooks wait up to this long before they are sent, so they overtake each other.
    package var webhookDelayMilliseconds: Int64 = 0
    /// The next calls answer this status, whatever they are; counts down.
    package var failNext: Int = 0
    package var failStatus: Int = 503
    /// Only calls whose path begins with this fail, if set: `/api/v2/tickets/12`.
    package var onlyPath: String?
    package var rules: [FaultRule] = []

    package init() {}

    /// Says what is impossible; `nil` when all is well.
    package var complaint: String? {
        let rates = [errorRate, throttleRate, resetRate, webhookDropRate, webhookDoubleRate]
        guard rates.allSatisfy({ (0...1).contains($0) }) else { return "a rate must be between 0 and 1" }
        let delays = [latencyMilliseconds, jitterMilliseconds, webhookDelayMilliseconds]
        guard delays.allSatisfy({ (0...600_000).contains($0) }) else {
            return "a delay must be between 0 and 600000 ms"
        }
        guard (400...599).contains(failStatus), failNext >= 0 else { return "fail_status must be between 400 and 599" }
        return rules.lazy.compactMap(\.complaint).first
    }

    static let members = Set(CodingKeys.allCases.map(\.rawValue))

    enum CodingKeys: String, CodingKey, CaseIterable {
        case latencyMilliseconds = "latency_ms"
        case jitterMilliseconds = "jitter_ms"
        case errorRate = "error_rate"
        case throttleRate = "throttle_rate"
        case resetRate = "reset_rate"
        case webhookDropRate = "webhook_drop_rate"
        case webhookDoubleRate = "webhook_double_rate"
        case webhookDelayMilliseconds = "webhook_delay_ms"
        case failNext = "fail_next"
        case failStatus = "fail_status"
        case onlyPath = "only_path"
        case rules
    }

    package init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        latencyMilliseconds = try values.decodeIfPresent(Int64.self, forKey: .latencyMilliseconds) ?? 0
        jitterMilliseconds = try values.decodeIfPresent(Int64.self, forKey: .jitterMilliseconds) ?? 0
        errorRate = try values.decodeIfPresent(Double.self, forKey: .errorRate) ?? 0
        throttleRate = try values.decodeIfPresent(Double.self, forKey: .throttleRate) ?? 0
        resetRate = try values.decodeIfPresent(Double.self, forKey: .resetRate) ?? 0
        webhookDropRate = try values.decodeIfPresent(Double.self, forKey: .webhookDropRate) ?? 0
        webhookDoubleRate = try values.decodeIfPresent(Double.self, forKey: .webhookDoubleRate) ?? 0
        webhookDelayMilliseconds = try values.decodeIfPresent(Int64.self, forKey: .webhookDelayMilliseconds) ?? 0
        failNext = try values.decodeIfPresent(Int.self, forKey: .failNext) ?? 0
        failStatus = try values.decodeIfPresent(Int.self, forKey: .failStatus) ?? 503
        onlyPath = try values.decodeIfPresent(String.self, forKey: .onlyPath)
        for (index, rule) in try (values.decodeIfPresent([JSON].self, forKey: .rules) ?? []).enumerated() {
            rules.append(try Faults.rule(rule, "rules[\(index)]"))
        }
    }

    /// What happens to one call.
    enum Fate: Sendable, Equatable {
        case fine
        /// Answer this status instead, nothing done.
        case fail(status: Int)
        /// Do it, then break off in the middle of the answer.
        case breakOff
    }

    mutating func fate(of path: String, random: inout SplitMix64) -> Fate {
        if let onlyPath, !path.hasPrefix(onlyPath) { return .fine }
        if failNext > 0 {
            failNext -= 1
            return .fail(status: failStatus)
        }
        if errorRate > 0, random.fraction() < errorRate { return .fail(status: 503) }
        if throttleRate > 0, random.fraction() < throttleRate { return .fail(status: 429) }
        if resetRate > 0, random.fraction() < resetRate { return .breakOff }
        return .fine
    }

    func delay(random: inout SplitMix64) -> Int64 {
        latencyMilliseconds + (jitterMilliseconds > 0 ? Int64(random.below(Int(jitterMilliseconds) + 1)) : 0)
    }
}
