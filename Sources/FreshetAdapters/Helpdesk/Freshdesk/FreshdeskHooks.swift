import Foundation
package import FreshetCore
package import FreshetSystem

/// Our automation rules in an account at Freshdesk, for the scheme `token`.
///
/// A rule is ours when its name says so for this very company and it triggers a webhook. The creation rule is put last:
/// Freshdesk by default runs only the first creation rule that matches, and ours matches always.
package struct FreshdeskHooks: Hooks {
    private let account: FreshdeskAccount
    private let api: FreshdeskAPI

    package init(account: FreshdeskAccount, http: HTTPClient, clock: any WallClock, governor: RateGovernor) {
        self.account = account
        api = FreshdeskAPI(account: account, http: http, governor: governor, clock: clock)
    }

    package func definitions(for target: HookTarget) -> [HookDefinition] {
        FreshdeskRule.all.map { rule in
            HookDefinition(
                label: rule.label, place: rule.place,
                rule: rule.body(for: account.company, target, position: nil, events: rule.events))
        }
    }

    package func survey(_ target: HookTarget) async throws(HookFailure) -> HookSurvey {
        var survey = HookSurvey()
        for kind in FreshdeskRule.Kind.allCases {
            let found = try await list(kind)
            survey.warnings += nameWarnings(found)
            for rule in FreshdeskRule.all where rule.kind == kind {
                let name = rule.name(for: account.company)
                guard let (payload, version) = standing(rule, in: found) else {
                    survey.hooks.append(InstalledHook(name: name, state: .missing))
                    continue
                }
                let state = payload.state(for: target, version: version)
                survey.hooks.append(InstalledHook(name: payload.name, id: payload.id, state: state))
                survey.warnings += starvation(of: payload, in: found, kind)
            }
        }
        return survey
    }

    package func install(_ target: HookTarget) async throws(HookFailure) -> HookSurvey {
        var survey = HookSurvey()
        for kind in FreshdeskRule.Kind.allCases {
            let before = try await list(kind)
            for rule in FreshdeskRule.all where rule.kind == kind {
                let standing = standing(rule, in: before)
                if let (payload, version) = standing, payload.state(for: target, version: version) == .current {
                    survey.hooks.append(
                        InstalledHook(name: payload.name, id: payload.id, state: .current, change: .unchanged))
                } else {
                    let place = standing?.payload.place ?? before.rules.count + 1
                    try await put(rule, target, over: standing?.payload.id, at: place, &survey)
                }
            }
            // Hooks of an earlier version that there are no longer, and copies.
            let kept = Set(survey.hooks.compactMap(\.id))
            for stray in ours(in: before) where !kept.contains(stray.id) {
                try await delete(stray, kind, &survey)
            }
            let after = try await list(kind)
            survey.warnings += nameWarnings(after)
            for payload in ours(in: after) { survey.warnings += starvation(of: payload, in: after, kind) }
        }
        return survey
    }

    package func remove() async throws(HookFailure) -> HookSurvey {
        var survey = HookSurvey()
        for kind in FreshdeskRule.Kind.allCases {
            let found = try await list(kind)
            survey.warnings += nameWarnings(found)
            for payload in ours(in: found) { try await delete(payload, kind, &survey) }
        }
        return survey
    }

    package func latestTicket() async throws(UpstreamError) -> Int64? {
        let query = [
            ("updated_since", Timestamp.epoch.iso8601), ("order_by", "updated_at"), ("order_type", "desc"),
            ("per_page", "1"),
        ]
        let answer = try await api.get("/api/v2/tickets", query: query, isList: true, urgency: .urgent)
        return try answer.decode([TicketRowPayload].self, as: "tickets").first?.id
    }

    package func leaveNote(_ text: String, on ticket: Int64) async throws(UpstreamError) -> Int64 {
        let body = JSONValue.object(["body": .string(text), "private": .bool(true)])
        let answer = try await api.exchange("POST", "/api/v2/tickets/\(ticket)/notes", body: body)
        if let error = answer.error { throw error }
        guard case .object(let note) = try answer.decode(JSONValue.self, as: "note"),
            case .integer(let id)? = note["id"]
        else { throw .malformed(path: "note.id") }
        return id
    }

    package func removeNote(_ id: Int64) async throws(UpstreamError) {
        let answer = try await api.exchange("DELETE", "/api/v2/conversations/\(id)")
        if let error = answer.error { throw error }
    }

    // MARK: - Rules

    private func path(_ kind: FreshdeskRule.Kind, _ id: Int64? = nil) -> String {
        "/api/v2/automations/\(kind.rawValue)/rules" + (id.map { "/\($0)" } ?? "")
    }

    private func list(_ kind: FreshdeskRule.Kind) async throws(HookFailure) -> FreshdeskRuleList {
        let answer = try await exchange("GET", path(kind))
        if let error = answer.error { throw HookFailure(error) }
        do {
            return try FreshdeskRuleList(try answer.decode(JSONValue.self, as: "rules"))
        } catch {
            throw .upstream(error)
        }
    }

    /// Creates the rule, or (`id`) replaces it. An account that refuses events which nobody has seen accepted gets the
    /// rule without them.
    private func put(
        _ rule: FreshdeskRule, _ target: HookTarget, over id: Int64?, at place: Int, _ survey: inout HookSurvey
    ) async throws(HookFailure) {
        let name = rule.name(for: account.company)
        var answer = try await send(rule, target, over: id, at: place, rule.events)
        let isRefused = answer.status == 400 || answer.status == 500
        if isRefused, !rule.unprovenEvents.isEmpty, !rule.provenEvents.isEmpty {
            answer = try await send(rule, target, over: id, at: place, rule.provenEvents)
            if answer.error == nil { survey.warnings.append(.eventsRefused(hook: name, whole: false)) }
        } else if isRefused, rule.kind == .updates {
            survey.warnings.append(.eventsRefused(hook: name, whole: true))
            survey.hooks.append(InstalledHook(name: name, id: id, state: .missing, change: .refused))
            return
        }
        if let error = answer.error {
            // 500 is how this interface refuses what it cannot read.
            guard answer.status == 400 || answer.status == 500 else { throw HookFailure(error) }
            throw .refused(hook: name, status: answer.status, code: ErrorPayload.code(in: answer.body))
        }
        var newID = id
        do {
            if case .object(let made) = try answer.decode(JSONValue.self, as: "rule"),
                case .integer(let given)? = made["id"]
            {
                newID = given
            }
        } catch {
            throw .upstream(error)
        }
        survey.hooks.append(
            InstalledHook(name: name, id: newID, state: .current, change: id == nil ? .created : .updated))
    }

    private func send(
        _ rule: FreshdeskRule, _ target: HookTarget, over id: Int64?, at place: Int, _ events: [JSONValue]
    ) async throws(HookFailure) -> FreshdeskAnswer {
        let body = rule.body(for: account.company, target, position: place, events: events)
        return try await exchange(id == nil ? "POST" : "PUT", path(rule.kind, id), body)
    }

    private func delete(
        _ payload: FreshdeskRulePayload, _ kind: FreshdeskRule.Kind, _ survey: inout HookSurvey
    ) async throws(HookFailure) {
        let answer = try await exchange("DELETE", path(kind, payload.id))
        // Gone already is as good.
        if let error = answer.error, answer.status != 404 { throw HookFailure(error) }
        survey.hooks.append(
            InstalledHook(name: payload.name, id: payload.id, state: .missing, change: .removed))
    }

    private func exchange(
        _ method: String, _ path: String, _ body: JSONValue? = nil
    ) async throws(HookFailure) -> FreshdeskAnswer {
        do {
            return try await api.exchange(method, path, body: body)
        } catch {
            throw .upstream(error)
        }
    }

    // MARK: - Whose rule it is

    /// Those of the company, whatever they aim at.
    private func ours(in list: FreshdeskRuleList) -> [FreshdeskRulePayload] {
        list.rules.filter { $0.ours(account.company) != nil && !$0.webhooks.isEmpty }
    }

    /// Of several the newest version, then the first.
    private func standing(
        _ rule: FreshdeskRule, in list: FreshdeskRuleList
    ) -> (payload: FreshdeskRulePayload, version: Int)? {
        ours(in: list).compactMap { payload in
            payload.ours(account.company).flatMap { $0.title == rule.title ? (payload, $0.version) : nil }
        }.sorted { ($1.1, $0.0.place) < ($0.1, $1.0.place) }.first
    }

    private func nameWarnings(_ list: FreshdeskRuleList) -> [HookWarning] {
        list.rules.filter { $0.ours(account.company) != nil && $0.webhooks.isEmpty }.map { .nameTaken($0.name) }
    }

    private func starvation(
        of payload: FreshdeskRulePayload, in list: FreshdeskRuleList, _ kind: FreshdeskRule.Kind
    ) -> [HookWarning] {
        guard kind == .creation, list.runsAll != true else { return [] }
        let earlier = list.rules.filter { $0.isActive && $0.place < payload.place && $0.id != payload.id }
        return earlier.isEmpty ? [] : [.starved(hook: payload.name, by: earlier.map(\.name))]
    }
}

extension HookFailure {
    fileprivate init(_ error: UpstreamError) {
        self =
            switch error {
            case .forbidden(code: "require_feature"): .notInPlan
            case .forbidden: .notAllowed
            // An account without this interface answers as if there were no such path.
            case .refused(status: 404, _): .notInPlan
            default: .upstream(error)
            }
    }
}
