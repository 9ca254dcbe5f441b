extension Desk {
    /// Only an admin's key reads these (freshdesk.md 3).
    private static let adminOnly: Set<String> = [
        "agents", "agents/{id}", "groups", "groups/{id}", "admin/groups", "admin/ticket_fields", "products",
        "products/{id}", "business_hours", "account",
    ]

    /// One call: authentication, budget, faults, then the endpoint.
    func answer(_ call: Call, _ state: inout DeskState) -> Outcome {
        let requestID = state.linkRandom.hex(bytes: 16)
        let isKnown = isAuthorized(call)
        if call.path.first == "_simulator" {
            return Outcome(
                answer: (isKnown ? control(call, &state) : Answer(.notLoggedIn)).finished(requestID, nil))
        }
        if call.path.first == "_s3" {
            state.log.note(file: "GET file")
            return Outcome(answer: Self.file(call, now: state.now))
        }
        guard call.path.prefix(2) == ["api", "v2"] else {
            return Outcome(answer: Answer(isKnown ? .notFound : .notLoggedIn).finished(requestID, nil))
        }

        let path = call.path.dropFirst(2)
        let match = Self.endpoints.lazy.compactMap { endpoint in endpoint.match(path).map { (endpoint, $0) } }.first
        let verb = match?.0.verb(call.method)
        let includes = Int64(Set(Parameters.includes(of: call)).count)
        let credits = 1 + includes * (verb?.creditsPerInclude ?? 0)
        // Also a call without a key counts: the limit is the account's.
        let verdict = state.limiter.take(isKnown ? credits : 1, for: verb?.kind ?? .other, now: state.now)

        var strike = state.faults.strike(call, now: state.now)
        var outcome = Outcome(answer: .noContent)
        outcome.delayMilliseconds = strike.delayMilliseconds
        outcome.truncates = strike.truncates
        outcome.isReset = strike.reset != nil
        if !isKnown {
            outcome.answer = Answer(.notLoggedIn)
        } else if state.limiter.plan == .free {
            outcome.answer = Answer(.featureMissing)
        } else if let retryAfter = verdict.retryAfter {
            outcome.answer = Answer(.tooMany(retryAfter: retryAfter))
        } else {
            outcome.answer = carryOut(call, match, verb, &strike, &outcome, &state)
        }
        outcome.answer = outcome.answer.finished(requestID, verdict)
        state.log.note(
            CallLog.Entry(
                number: 0, at: state.now, method: call.method, target: call.target,
                endpoint: match?.0.pattern ?? "elsewhere", family: (verb?.kind ?? .other).name,
                status: outcome.answer.status, credits: verdict.retryAfter == nil ? verdict.used : 0,
                remaining: verdict.remaining, faults: strike.names))
        return outcome
    }

    private func carryOut(
        _ call: Call, _ match: (Endpoint, [Int64])?, _ verb: Endpoint.Verb?, _ strike: inout Strike,
        _ outcome: inout Outcome, _ state: inout DeskState
    ) -> Answer {
        if strike.reset == .before { return .noContent }
        if let answer = strike.answer { return answer }
        switch state.faults.fate(of: "/" + call.path.joined(separator: "/")) {
        case .fail(429): return Answer(.tooMany(retryAfter: 1))
        case .fail(let status):
            // Not JSON, as the machines in front of the real thing answer.
            let page = "<html><body><h1>\(status)</h1></body></html>"
            return Answer(status: status, headers: [("Content-Type", "text/html")], body: Array(page.utf8))
        case .breakOff: outcome.truncates = true
        case .fine: break
        }
        var call = call
        if strike.forgetsUpdatedSince { call.overlooked.insert("updated_since") }
        return strike.applied(to: served(call, match, verb, &state))
    }

    private func served(
        _ call: Call, _ match: (Endpoint, [Int64])?, _ verb: Endpoint.Verb?, _ state: inout DeskState
    ) -> Answer {
        do throws(Refusal) {
            guard let (endpoint, ids) = match else { throw .notFound }
            if state.account.behaviour.gated.contains(endpoint.pattern) { throw .featureMissing }
            guard let verb else {
                throw .methodNotAllowed(used: call.method, allowed: endpoint.verbs.map(\.method))
            }
            if let accept = call.accept, !Self.takesJSON(accept) { throw .notAcceptable }
            if !state.account.behaviour.keyIsAdmin, Self.adminOnly.contains(endpoint.pattern) { throw .accessDenied }
            return try verb.handler(&state, call, ids)
        } catch .notFound where state.account.behaviour.notFoundBody == .html {
            let page = "<!DOCTYPE html><html><body><h1>The page you were looking for doesn't exist.</h1></body></html>"
            return Answer(status: 404, headers: [("Content-Type", "text/html")], body: Array(page.utf8))
        } catch {
            return Answer(error)
        }
    }

    private static func takesJSON(_ accept: String) -> Bool {
        ["application/json", "application/*", "*/*"].contains { accept.lowercased().contains($0) }
    }
}

extension Answer {
    /// With the headers that every answer has.
    fileprivate func finished(_ requestID: String, _ verdict: RateLimiter.Verdict?) -> Answer {
        var answer = self
        answer.headers.append(("X-Request-Id", requestID))
        answer.headers.append(("X-Freshdesk-Api-Version", "latest=v2; requested=v2"))
        if let verdict {
            answer.headers.append(("X-Ratelimit-Total", String(verdict.total)))
            answer.headers.append(("X-Ratelimit-Remaining", String(verdict.remaining)))
            answer.headers.append(("X-Ratelimit-Used-CurrentRequest", String(verdict.used)))
        }
        return answer
    }
}
