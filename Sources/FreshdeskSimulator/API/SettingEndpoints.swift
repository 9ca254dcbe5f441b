extension Desk {
    /// `/_simulator/clock`, `behaviour`, `plan` and `churn`: what may be turned while the simulator runs.
    var settingEndpoints: [Endpoint] {
        [
            Endpoint("clock")
                .on("GET") { [clock] _, _, _ in Self.show(clock) }
                .on("POST") { [clock] state, call, _ throws(Refusal) in
                    clock.advance(bySeconds: try Self.advance(call, from: clock.now))
                    state.now = clock.now
                    state.account.settle(now: state.now)
                    return Self.show(clock)
                },
            Endpoint("behaviour")
                .on("GET") { state, _, _ in Self.show(state.account.behaviour) }
                .on("PUT") { state, call, _ throws(Refusal) in
                    let behaviour = try state.account.behaviour.changed(by: call)
                    state.account.behave(behaviour)
                    return Self.show(behaviour)
                },
            Endpoint("plan").on("PUT") { state, call, _ throws(Refusal) in
                var body = try BodyReader(call, known: ["name", "per_minute"])
                let name = body.text("name")
                let total = body.integer("per_minute")
                var plan: Plan? = state.limiter.plan
                if let name { plan = Plan.named(name) }
                if plan == nil { body.complain("name", "It should be one of \(Plan.all.map(\.name))") }
                if let total {
                    if total > 0 {
                        plan = plan?.limited(to: total)
                    } else {
                        body.complain("per_minute", "It should be above 0")
                    }
                }
                try body.finish()
                if let plan { state.limiter = RateLimiter(plan: plan) }
                return .noContent
            },
            Endpoint("churn").on("PUT") { state, call, _ throws(Refusal) in
                var body = try BodyReader(call, known: ["per_minute"])
                body.require("per_minute")
                let rate = body.number("per_minute") ?? 0
                if !(0...60_000).contains(rate) { body.complain("per_minute", "It should be between 0 and 60000") }
                try body.finish()
                state.account.setChurn(rate: rate, now: state.now)
                return .noContent
            },
        ]
    }

    private static func advance(_ call: Call, from now: Seconds) throws(Refusal) -> Int64 {
        var body = try BodyReader(call, known: ["advance_seconds", "to"])
        let seconds = body.integer("advance_seconds")
        let moment = body.moment("to")
        if (seconds == nil) == (moment == nil) {
            body.complain("advance_seconds", "Either advance_seconds or to is expected", .missingField)
        }
        let step = seconds ?? moment.map { $0.value - now.value } ?? 0
        if !(0...(100 * 365 * Seconds.day)).contains(step) {
            body.complain(moment == nil ? "advance_seconds" : "to", "It should be between 0 and a hundred years ahead")
        }
        try body.finish()
        return step
    }

    private static func show(_ clock: SimulatedClock) -> Answer {
        .json { json in
            json.beginObject()
            json.field("now", time: clock.now)
            json.endObject()
        }
    }

    private static func show(_ behaviour: Account.Behaviour) -> Answer {
        .json { json in
            json.beginObject()
            json.field("hide_trash", behaviour.hidesTrash)
            json.field("message_edits_touch_ticket", behaviour.messageEditsTouchTicket)
            json.field("due_times_delay_seconds", behaviour.dueTimesDelay)
            json.field("archive_after_days", behaviour.archivesAfterDays)
            json.field("search_lag_seconds", behaviour.searchLag)
            json.field("not_found_body", behaviour.notFoundBody.rawValue)
            json.field("key_admin", behaviour.keyIsAdmin)
            json.field("key_scope", behaviour.keyScope.rawValue)
            json.endObject()
        }
    }
}

extension Account.Behaviour {
    /// The members that a call names, the others as they were.
    fileprivate func changed(by call: Call) throws(Refusal) -> Account.Behaviour {
        var body = try BodyReader(
            call,
            known: [
                "hide_trash", "message_edits_touch_ticket", "due_times_delay_seconds", "archive_after_days",
                "search_lag_seconds", "not_found_body", "key_admin", "key_scope",
            ])
        var copy = self
        copy.hidesTrash = body.flag("hide_trash") ?? hidesTrash
        copy.messageEditsTouchTicket = body.flag("message_edits_touch_ticket") ?? messageEditsTouchTicket
        copy.dueTimesDelay = body.integer("due_times_delay_seconds") ?? dueTimesDelay
        copy.archivesAfterDays = body.integerOrNull("archive_after_days") ?? archivesAfterDays
        copy.searchLag = body.integer("search_lag_seconds") ?? searchLag
        copy.keyIsAdmin = body.flag("key_admin") ?? keyIsAdmin
        if let text = body.text("not_found_body") {
            if let choice = NotFoundBody(rawValue: text) {
                copy.notFoundBody = choice
            } else {
                body.complain("not_found_body", "It should be empty or html")
            }
        }
        if let text = body.text("key_scope") {
            if let choice = KeyScope(rawValue: text) {
                copy.keyScope = choice
            } else {
                body.complain("key_scope", "It should be global, group or restricted")
            }
        }
        let times = [copy.dueTimesDelay, copy.searchLag, copy.archivesAfterDays ?? 0]
        if !times.allSatisfy({ (0...1_000_000).contains($0) }) { body.complain("behaviour", "A time is out of range") }
        try body.finish()
        return copy
    }
}
