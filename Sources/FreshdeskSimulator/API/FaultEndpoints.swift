import Foundation

extension Desk {
    /// `/_simulator/faults`: looks at the plan, replaces it, adds and removes rules, while the simulator runs.
    var faultEndpoints: [Endpoint] {
        [
            Endpoint("faults")
                .on("GET") { state, _, _ throws(Refusal) in try Self.show(state.faults) }
                .on("PUT") { state, call, _ throws(Refusal) in
                    let faults = try Self.faults(call)
                    state.faults.replace(with: faults, now: state.now)
                    return try Self.show(state.faults)
                }
                .on("POST") { state, call, _ throws(Refusal) in
                    let json: JSON
                    do { json = try JSON(parsing: call.body) } catch { throw .invalidJSON }
                    let rules: [FaultRule]
                    do throws(FaultsError) {
                        rules = try Self.rules(json)
                    } catch {
                        throw .invalid("faults", error.description)
                    }
                    let added = rules.map { state.faults.add($0, now: state.now) }
                    return Answer.json(201) { json in
                        json.beginArray()
                        for rule in added { Self.write(rule, to: &json) }
                        json.endArray()
                    }
                }
                .on("DELETE") { state, _, _ in
                    state.faults.replace(with: Faults(), now: state.now)
                    return .noContent
                },
            Endpoint("faults/{*}")
                .on("GET") { state, call, _ throws(Refusal) in
                    guard let rule = state.faults.rules.first(where: { $0.name == call.path.last }) else {
                        throw .notFound
                    }
                    return .json { Self.write(rule, to: &$0) }
                }
                .on("DELETE") { state, call, _ throws(Refusal) in
                    guard state.faults.remove(call.path.last ?? "") else { throw .notFound }
                    return .noContent
                },
        ]
    }

    private static func faults(_ call: Call) throws(Refusal) -> Faults {
        do throws(FaultsError) {
            return try Faults.read(call.body)
        } catch {
            throw .invalid("faults", error.description)
        }
    }

    /// One rule or an array of them.
    private static func rules(_ json: JSON) throws(FaultsError) -> [FaultRule] {
        guard case .array(let items) = json else { return [try Faults.rule(json, "the rule")] }
        var rules: [FaultRule] = []
        for (index, item) in items.enumerated() { rules.append(try Faults.rule(item, "rule \(index + 1)")) }
        return rules
    }

    private static func show(_ plan: FaultPlan) throws(Refusal) -> Answer {
        let rates: JSON
        do {
            rates = try JSON(parsing: JSONEncoder().encode(plan.rates))
        } catch {
            throw .invalid("faults", "a rate is no number")
        }
        return .json { json in
            json.beginObject()
            for (name, value) in (rates.object ?? [:]).sorted(by: { $0.key < $1.key }) where name != "rules" {
                json.field(name, value)
            }
            json.key("rules")
            json.beginArray()
            for rule in plan.rules { write(rule, to: &json) }
            json.endArray()
            json.endObject()
        }
    }

    /// The rule as it was given, with its name, how often it matched and how often it struck.
    private static func write(_ active: FaultPlan.Active, to json: inout JSONWriter) {
        var members: [String: JSON]
        do {
            members = try JSON(parsing: JSONEncoder().encode(active.rule)).object ?? [:]
        } catch {
            preconditionFailure("a rule came as JSON and goes as JSON")
        }
        members["name"] = .string(active.name)
        members["seen"] = .integer(Int64(active.seen))
        members["struck"] = .integer(Int64(active.struck))
        json.value(.object(members))
    }
}
