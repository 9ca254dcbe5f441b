import FreshetAdapters
import FreshetCore
import FreshetSystem

/// Walks the way of a change step by step, until one fails.
struct HookCheck {
    struct Step {
        enum Name: String { case service, rules, door, change, webhook, run }
        enum Verdict: String { case passed, unsure, failed }

        var name: Name
        var verdict: Verdict
        var detail: String
    }

    let house: Assembly
    let company: Company
    let hooks: any Hooks
    let patience: Duration
    /// The ticket to change; `nil` takes the one that changed last.
    let asked: Int64?
    let report: (Step) -> Void

    /// The steps that were taken and the ticket that was changed. After a failed one nothing more is tried.
    func carryOut() async throws -> (steps: [Step], ticket: Int64?) {
        var steps: [Step] = []
        func take(_ step: Step) -> Bool {
            steps.append(step)
            report(step)
            return step.verdict != .failed
        }
        guard take(try service()) else { return (steps, nil) }
        let target = try await house.hookTarget(of: company)
        if company.scheme == .token {
            for step in try await rules(target) { guard take(step) else { return (steps, nil) } }
        }
        guard take(await door(target)) else { return (steps, nil) }

        let began = house.clock.now
        let (change, ticket, note) = await change()
        guard take(change), let ticket, let note else { return (steps, ticket) }
        let item = Item(company: company.id, platform: company.platform, kind: .ticket, originalID: ticket)
        do {
            if take(try await webhook(about: item, since: began)) { _ = take(try await run(of: item)) }
        } catch {
            try await hooks.removeNote(note)
            throw error
        }
        do {
            try await hooks.removeNote(note)
        } catch {
            let detail = "the note on ticket \(ticket) could not be removed, do it by hand: \(error)"
            _ = take(Step(name: .change, verdict: .unsure, detail: detail))
        }
        return (steps, ticket)
    }

    // MARK: - Steps

    private func service() throws -> Step {
        try house.isServed()
            ? Step(name: .service, verdict: .passed, detail: "a server runs on this data")
            : Step(name: .service, verdict: .failed, detail: "no server runs on this data: start `freshet serve`")
    }

    private func rules(_ target: HookTarget) async throws -> [Step] {
        let survey: HookSurvey
        do {
            survey = try await hooks.survey(target)
        } catch {
            guard error == .notInPlan || error == .notAllowed else { throw error }
            return [
                Step(name: .rules, verdict: .unsure, detail: "this key may not see automation rules; going on without")
            ]
        }
        let warnings = survey.warnings.map { Step(name: .rules, verdict: .unsure, detail: "\($0)") }
        let wrong = survey.hooks.filter { $0.state != .current }
        guard !wrong.isEmpty else {
            let detail = "\(survey.hooks.count) rules stand as they should"
            return warnings + [Step(name: .rules, verdict: .passed, detail: detail)]
        }
        // One that is right may still announce the change that follows; rules entered by hand bear names of their own.
        let detail =
            wrong.map { "'\($0.name)' is \($0.state.rawValue)" }.joined(separator: ", ")
            + ": `freshet hooks install \(company.id)` puts that right"
        return warnings + [Step(name: .rules, verdict: .unsure, detail: detail)]
    }

    /// An authentic message that names no ticket is refused with 422 and leaves no trace, but only after address, company,
    /// scheme and secret have proved right.
    private func door(_ target: HookTarget) async -> Step {
        let body = Array("{}".utf8)
        let id = "msg_verify_" + String(house.random.next(), radix: 16)
        guard
            let proof = WebhookProof.headers(
                company.scheme, secret: target.secret, id: id, body: body, now: house.clock.now)
        else {
            return Step(
                name: .door, verdict: .failed,
                detail: "the stored secret does not fit the scheme: `freshet company rotate-secret \(company.id)`")
        }
        let request = HTTPRequest(
            "POST", target.url, headers: [("content-type", "application/json")] + proof, body: body,
            deadline: .seconds(15))
        let status: Int
        do throws(HTTPFailure) {
            status = try await house.http.send(request).status
        } catch {
            // The help desk may reach it all the same.
            return Step(
                name: .door, verdict: .unsure, detail: "\(target.url) cannot be reached from here (\(error.label))")
        }
        switch status {
        case 422: return Step(name: .door, verdict: .passed, detail: "\(target.url) takes the secret")
        case 401:
            return Step(
                name: .door, verdict: .failed,
                detail: "\(target.url) refuses the secret: another Freshet, with other data, answers there")
        default:
            return Step(
                name: .door, verdict: .failed,
                detail: "\(target.url) answers \(status), as Freshet does not: check public_url and the proxy")
        }
    }

    private func change() async -> (step: Step, ticket: Int64?, note: Int64?) {
        func failed(_ detail: String) -> Step { Step(name: .change, verdict: .failed, detail: detail) }
        let ticket: Int64?
        do {
            ticket = if let asked { asked } else { try await hooks.latestTicket() }
        } catch {
            return (failed("cannot list tickets: \(error)"), nil, nil)
        }
        guard let ticket else {
            return (failed("the help desk has no ticket to change: make one and name it with --ticket"), nil, nil)
        }
        do {
            let text = "Freshet checks that this change is announced to it. The note removes itself."
            let note = try await hooks.leaveNote(text, on: ticket)
            let detail = "left a private note on ticket \(ticket)"
            return (Step(name: .change, verdict: .passed, detail: detail), ticket, note)
        } catch {
            return (failed("cannot leave a note on ticket \(ticket): \(error)"), ticket, nil)
        }
    }

    private func webhook(about item: Item, since began: Timestamp) async throws -> Step {
        let deadline = house.clock.now + patience
        while house.clock.now < deadline {
            if let delivery = try await house.ledger.deliveries(about: item, since: began).first {
                let waited = String(Int((delivery.receivedAt - began).seconds.rounded(.up)))
                let event = delivery.event.map { " as \($0)" } ?? ""
                return Step(name: .webhook, verdict: .passed, detail: "arrived within \(waited) s\(event)")
            }
            try await house.clock.sleep(for: .milliseconds(100))
        }
        let cause =
            company.scheme == .token
            ? "can the help desk reach the URL, is the rule's secret this one, are over 1,000 webhooks sent in this hour?"
            : "is the signing app installed, with this host, company and secret?"
        return Step(
            name: .webhook, verdict: .failed, detail: "none came within \(DurationText.text(patience)): \(cause)")
    }

    private func run(of item: Item) async throws -> Step {
        if company.isPaused {
            return Step(name: .run, verdict: .unsure, detail: "\(company.id) is paused, so the mark waits")
        }
        let deadline = house.clock.now + patience
        while house.clock.now < deadline {
            if let entry = try await house.ledger.entry(item), entry.done >= entry.wanted {
                let outcome = try await house.ledger.decisions(about: item, limit: 1).first?.outcome.rawValue
                return Step(name: .run, verdict: .passed, detail: "the ticket was read again: \(outcome ?? "done")")
            }
            try await house.clock.sleep(for: .milliseconds(100))
        }
        return Step(
            name: .run, verdict: .failed,
            detail: "the ticket was not read again in time: `freshet explain \(company.id) \(item.name)` says why")
    }
}
