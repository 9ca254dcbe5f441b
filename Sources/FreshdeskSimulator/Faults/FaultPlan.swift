import Foundation
import Synchronization

/// The rates that hold for everything and the rules, with what they have done so far.
///
/// Each rule draws from chance of its own, made from the seed and its name: what one rule does depends on the calls that
/// it matches and on nothing else.
final class FaultPlan: Sendable {
    struct Active: Sendable {
        var rule: FaultRule
        var name: String
        var addedAt: Seconds
        var random: SplitMix64
        var seen = 0
        var struck = 0

        /// Whether it strikes what it matches, now.
        mutating func strikes(at now: Seconds) -> Bool {
            guard rule.isInForce(at: now, addedAt: addedAt), rule.times.map({ struck < $0 }) ?? true else {
                return false
            }
            seen += 1
            guard seen > rule.skip ?? 0 else { return false }
            if let probability = rule.probability, random.fraction() >= probability { return false }
            struck += 1
            return true
        }
    }

    private struct State: Sendable {
        var rates: Faults
        var rules: [Active] = []
        var named = 0
        var callRandom: SplitMix64
        var webhookRandom: SplitMix64
    }

    private let seed: UInt64
    private let state: Mutex<State>

    init(_ faults: Faults, seed: UInt64, now: Seconds) {
        self.seed = seed
        state = Mutex(
            State(
                rates: Faults(), callRandom: SplitMix64(seed: seed ^ 0x6661_756C),
                webhookRandom: SplitMix64(seed: seed ^ 0x686F_6F6B)))
        replace(with: faults, now: now)
    }

    // MARK: Turning it

    var rates: Faults { state.withLock { $0.rates } }
    var rules: [Active] { state.withLock { $0.rules } }

    func replace(with faults: Faults, now: Seconds) {
        state.withLock { state in
            state.rates = faults
            state.rates.rules = []
            state.rules = []
            for rule in faults.rules { add(rule, now: now, &state) }
        }
    }

    /// Under a name that is taken already, a rule takes the other's place.
    func add(_ rule: FaultRule, now: Seconds) -> Active { state.withLock { add(rule, now: now, &$0) } }

    @discardableResult
    private func add(_ rule: FaultRule, now: Seconds, _ state: inout State) -> Active {
        state.named += 1
        let name = rule.name ?? "rule-\(state.named)"
        let active = Active(
            rule: rule, name: name, addedAt: now, random: SplitMix64(seed: seed ^ stableHash("fault " + name)))
        if let index = state.rules.firstIndex(where: { $0.name == name }) {
            state.rules[index] = active
        } else {
            state.rules.append(active)
        }
        return active
    }

    /// Whether there was one.
    func remove(_ name: String) -> Bool {
        state.withLock { state in
            let count = state.rules.count
            state.rules.removeAll { $0.name == name }
            return state.rules.count < count
        }
    }

    // MARK: Striking

    /// What the rules do to a call, the rates' delay included.
    func strike(_ call: Call, now: Seconds) -> Strike {
        state.withLock { state in
            var strike = Strike()
            strike.delay(by: state.rates.delay(random: &state.callRandom))
            for index in state.rules.indices where state.rules[index].rule.matches(call) {
                guard state.rules[index].strikes(at: now) else { continue }
                strike.add(state.rules[index].rule, named: state.rules[index].name, &state.rules[index].random)
            }
            return strike
        }
    }

    /// What the rates do to a call.
    func fate(of path: String) -> Faults.Fate {
        state.withLock { state in state.rates.fate(of: path, random: &state.callRandom) }
    }

    /// When an event's deliveries are sent: one entry each, in milliseconds from now; none when it is dropped.
    func deliveries(of event: AccountEvent, by sender: String, now: Seconds) -> [Int64] {
        state.withLock { state in
            let rates = state.rates
            var isDropped = rates.webhookDropRate > 0 && state.webhookRandom.fraction() < rates.webhookDropRate
            let isDoubled = rates.webhookDoubleRate > 0 && state.webhookRandom.fraction() < rates.webhookDoubleRate
            var copies = isDoubled ? 2 : 1
            var fixed: Int64 = 0
            var spread = rates.webhookDelayMilliseconds
            for index in state.rules.indices where state.rules[index].rule.matches(event, of: sender) {
                guard state.rules[index].strikes(at: now) else { continue }
                let delay = state.rules[index].rule.delayMilliseconds ?? 0
                switch state.rules[index].rule.webhook {
                case .drop: isDropped = true
                case .double: copies = 2
                case .late: fixed = max(fixed, delay)
                case .shuffle: spread = max(spread, delay)
                case nil: break
                }
            }
            guard !isDropped else { return [] }
            return (0..<copies).map { _ in
                fixed + (spread > 0 ? Int64(state.webhookRandom.below(Int(spread) + 1)) : 0)
            }
        }
    }
}

extension Faults {
    /// Reads a plan: a JSON object of rates (and `rules`), an array of rules, or one rule a line. Throws `FaultsError`.
    package static func read(_ data: some Sequence<UInt8>) throws(FaultsError) -> Faults {
        let data = Data(data)
        var faults = Faults()
        let parsed: JSON?
        // What is not one value may be one value a line.
        do { parsed = try JSON(parsing: data) } catch { parsed = nil }
        switch parsed {
        case .array(let items):
            for (index, item) in items.enumerated() { faults.rules.append(try rule(item, "rule \(index + 1)")) }
        case .object(let members) where members.keys.allSatisfy({ Faults.members.contains($0) }):
            faults = try decode(Faults.self, .object(members), "faults")
        case .object(let members): faults.rules = [try rule(.object(members), "the rule")]
        case nil: faults.rules = try lines(data)
        default: throw FaultsError("an object or an array is expected")
        }
        if let complaint = faults.complaint { throw FaultsError(complaint) }
        return faults
    }

    private static func lines(_ data: Data) throws(FaultsError) -> [FaultRule] {
        var rules: [FaultRule] = []
        for (index, line) in data.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).enumerated() {
            guard line.contains(where: { $0 > 0x20 }), line.first != UInt8(ascii: "#") else { continue }
            let json: JSON
            do { json = try JSON(parsing: line) } catch { throw FaultsError("line \(index + 1) is not JSON") }
            rules.append(try rule(json, "line \(index + 1)"))
        }
        guard !rules.isEmpty else { throw FaultsError("there is nothing in it") }
        return rules
    }

    static func rule(_ json: JSON, _ place: String) throws(FaultsError) -> FaultRule {
        guard case .object(let members) = json else { throw FaultsError("\(place) is not an object") }
        let known = FaultRule.CodingKeys.allCases.map(\.rawValue)
        // A misspelt member would make a rule that strikes everything.
        if let unknown = members.keys.sorted().first(where: { !known.contains($0) }) {
            throw FaultsError("\(place): '\(unknown)' is not known; there are \(known.joined(separator: ", "))")
        }
        let rule = try decode(FaultRule.self, json, place)
        if let complaint = rule.complaint { throw FaultsError("\(place): \(complaint)") }
        return rule
    }

    private static func decode<Value: Decodable>(_: Value.Type, _ json: JSON, _ place: String) throws(FaultsError)
        -> Value
    {
        do {
            return try JSONDecoder().decode(Value.self, from: Data(json.bytes))
        } catch let DecodingError.typeMismatch(_, context), let DecodingError.valueNotFound(_, context),
            let DecodingError.dataCorrupted(context)
        {
            let path = context.codingPath.map { $0.intValue.map(String.init) ?? $0.stringValue }.joined(separator: ".")
            throw FaultsError("\(place): '\(path)' cannot be that")
        } catch let error as FaultsError {
            throw error
        } catch {
            throw FaultsError("\(place) cannot be read")
        }
    }
}

/// What is wrong with a fault plan, in words.
package struct FaultsError: Error, Equatable, CustomStringConvertible {
    package let description: String
    init(_ description: String) { self.description = description }
}
