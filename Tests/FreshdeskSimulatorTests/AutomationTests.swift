import FreshdeskSimulator
import FreshetSystem
import Foundation
import Testing

/// Automation rules by the API, and the webhooks that they really send (freshdesk.md 5, 6).
@Suite struct AutomationTests {
    private static let headers: JSON = ["X-Shared-Secret": "replace-me"]

    static func action(_ url: String, _ more: [String: JSON] = [:]) -> JSON {
        let members: [String: JSON] = [
            "field_name": "trigger_webhook", "request_type": "POST", "url": .string(url), "content_type": "JSON",
            "content_layout": "2",
            "content": [
                "ticket_id": "{{ticket.id}}", "event": "{{triggered_event}}", "subject": "{{ ticket.subject }}",
            ],
            "custom_headers": headers,
        ]
        return .object(members.merging(more) { $1 })
    }

    static func condition(_ field: String, _ comparison: String, _ value: JSON) -> JSON {
        [
            "name": "condition_set_1", "match_type": "any",
            "properties": [
                [
                    "resource_type": "ticket", "field_name": .string(field), "operator": .string(comparison),
                    "value": value,
                ]
            ],
        ]
    }

    private func rule(
        _ name: String, on events: JSON = [["field_name": "ticket_action", "value": "updated"]],
        by performer: Int64 = 3,
        when conditions: JSON = [], _ action: JSON, _ more: [String: JSON] = [:]
    ) -> JSON {
        let members: [String: JSON] = [
            "name": .string(name), "active": true, "performer": ["type": .integer(performer)], "events": events,
            "conditions": conditions, "actions": [action],
        ]
        return .object(members.merging(more) { $1 })
    }

    private func creationRule(_ name: String, when condition: JSON, _ action: JSON, _ more: [String: JSON] = [:])
        -> JSON
    {
        let members: [String: JSON] = [
            "name": .string(name), "conditions": [condition], "actions": [action],
        ]
        return .object(members.merging(more) { $1 })
    }

    @discardableResult
    private func make(_ world: World, _ type: Int, _ rule: JSON) async throws -> Int64 {
        let reply = try await world.send("POST", "/automations/\(type)/rules", rule)
        try #require(reply.status == 201, "\(String(decoding: reply.bytes, as: UTF8.self))")
        return try #require(try reply.json["id"]?.integer)
    }

    private func body(_ inbox: Inbox) async throws -> JSON { try JSON(parsing: try await inbox.next().body) }

    // MARK: - The interface

    @Test func `rules are made, listed in order, replaced and removed`() async throws {
        try await World.run { world async throws in
            let first = try await make(world, 4, rule("one", Self.action("https://a.example/x")))
            let second = try await make(
                world, 4,
                rule("two", on: [["field_name": "status"]], Self.action("https://a.example/y"), ["position": 1]))
            let reply = try await world.send(
                "POST", "/automations/4/rules", rule("three", Self.action("https://a.example/z")))
            #expect(try reply.json["meta"] == ["total_active_count": 3, "total_count": 3])

            let rows = try await world.get("/automations/4/rules").rows
            #expect(rows.compactMap { $0["name"]?.string } == ["two", "one", "three"])
            #expect(rows.compactMap { $0["position"]?.integer } == [1, 2, 3])
            #expect(rows[0]["events"] == [["field_name": "status", "from": "--", "to": "--"]], "normalised")
            #expect(rows[0]["conditions"] == [["name": "condition_set_1", "match_type": "all", "properties": []]])
            #expect(rows[0]["created_at"]?.string?.hasSuffix(".000Z") == true)
            #expect(try await world.get("/automations/1/rules").rows.isEmpty)

            let replaced = try await world.send(
                "PUT", "/automations/4/rules/\(first)",
                rule("new", Self.action("https://a.example/n"), ["active": false]))
            #expect(replaced.status == 200)
            let shown = try await world.get("/automations/4/rules/\(first)").json
            #expect(shown["name"] == "new" && shown["active"] == false && shown["position"] == 2)
            #expect(try await world.send("DELETE", "/automations/4/rules/\(second)").status == 204)
            #expect(try await world.send("DELETE", "/automations/4/rules/\(second)").status == 404)
            #expect(try await world.get("/automations/4/rules").ids.first == first)
            #expect(try await world.get("/automations/2/rules").status == 404)
        }
    }

    @Test func `the list is a bare array or an object, as the switch says, and some accounts have none`() async throws {
        for (mode, status) in [
            (Account.Behaviour.AutomationsAPI.wrapped, 200), (.notInPlan, 403), (.adminsOnly, 403),
        ] {
            try await World.run({
                $0.behaviour.automations = mode
                $0.behaviour.runsAllCreationRules = true
            }) { world async throws in
                let reply = try await world.get("/automations/1/rules")
                #expect(reply.status == status)
                switch mode {
                case .wrapped: #expect(try reply.json == ["rules": [], "meta": ["count": 0, "cascading_rules": true]])
                case .notInPlan: #expect(try reply.json["code"] == "require_feature")
                default: #expect(try reply.json["code"] == "access_denied")
                }
            }
        }
    }

    @Test(arguments: ["request_type", "url", "content_type", "content_layout", "content", "custom_headers"])
    func `a webhook without one of its parts breaks the interface instead of being refused`(part: String) async throws {
        try await World.run { world async throws in
            guard case .object(var action) = Self.action("https://a.example/x") else { return }
            action[part] = nil
            let reply = try await world.send("POST", "/automations/4/rules", rule("r", .object(action)))
            #expect(reply.status == 500)
            #expect(try await world.get("/automations/4/rules").rows.isEmpty)
        }
    }

    @Test func `what can be validated is refused with 400`() async throws {
        try await World.run { world async throws in
            let action = Self.action("https://a.example/x")
            for bad in [
                rule("r", on: [["field_name": "no_such_event"]], action), rule("r", by: 9, action),
                rule("r", on: [], action), rule("r", when: [Self.condition("status", "resembles", 2)], action),
                ["name": "r", "conditions": [], "performer": ["type": 3], "events": [["field_name": "reply_sent"]]],
            ] {
                #expect(try await world.send("POST", "/automations/4/rules", bad).status == 400)
            }
            let creation = JSON.object(["name": "r", "conditions": [], "actions": [action]])
            #expect(try await world.send("POST", "/automations/1/rules", creation).status == 400, "needs a condition")
        }
    }

    // MARK: - What fires

    @Test func `a rule sends strings, its headers and basic authentication, and no signature`() async throws {
        let inbox = try Inbox()
        try await World.run { world async throws in
            try await make(
                world, 4,
                rule(
                    "r", on: [["field_name": "status", "from": 2, "to": "--"]],
                    Self.action(
                        inbox.url + "/{{ticket.id}}", ["auth_header": ["username": "freshet", "password": "pass word"]])
                )
            )
            let id = try await world.create("a plain subject")
            _ = try await world.send("PUT", "/tickets/\(id)", ["status": 4])
            let request = try await inbox.next()
            #expect(
                try JSON(parsing: request.body) == [
                    "ticket_id": .string(String(id)), "event": "{status:{from:2,to:4}}", "subject": "a plain subject",
                ])
            #expect(request.path == "/hook/\(id)")
            #expect(request.headers["x-shared-secret"] == "replace-me")
            #expect(request.headers["authorization"] == "Basic " + Base64.encode(Array("freshet:pass word".utf8)))
            #expect(request.headers["content-type"] == "application/json")
            #expect(request.headers["webhook-id"] == nil && request.headers["webhook-signature"] == nil)
        }
        inbox.close()
    }

    @Test func `text in a template spoils the JSON, as with the real thing`() async throws {
        let inbox = try Inbox()
        try await World.run { world async throws in
            try await make(world, 4, rule("r", Self.action(inbox.url)))
            let id = try await world.create("plain")
            _ = try await world.send("PUT", "/tickets/\(id)", ["subject": "say \"cheese\""])
            let request = try await inbox.next()
            #expect(throws: (any Error).self) { try JSON(parsing: request.body) }
        }
        inbox.close()
    }

    @Test func `the simple layout names the ticket by number`() async throws {
        let inbox = try Inbox()
        try await World.run { world async throws in
            try await make(
                world, 4,
                rule("r", Self.action(inbox.url, ["content_layout": "1", "content": ["ticket_subject"]])))
            let id = try await world.create("plain")
            _ = try await world.send("PUT", "/tickets/\(id)", ["priority": 3])
            #expect(
                try await body(inbox)
                    == ["freshdesk_webhook": ["ticket_id": .integer(id), "ticket_subject": "plain"]])
        }
        inbox.close()
    }

    @Test func `of the creation rules only the first that matches runs, unless all do`() async throws {
        for runsAll in [false, true] {
            let inbox = try Inbox()
            try await World.run({
                $0.plan = .unlimited
                $0.behaviour.runsAllCreationRules = runsAll
            }) { world async throws in
                func named(_ name: String) -> JSON { Self.action(inbox.url, ["content": ["rule": .string(name)]]) }
                try await make(
                    world, 1, creationRule("urgent", when: Self.condition("priority", "in", [4]), named("urgent")))
                try await make(
                    world, 1,
                    creationRule("off", when: Self.condition("status", "in", [2]), named("off"), ["active": false]))
                try await make(world, 1, creationRule("open", when: Self.condition("status", "is", 2), named("open")))
                try await make(
                    world, 1, creationRule("all", when: Self.condition("status", "not_in", [99]), named("all")))
                try await world.create("first", ["priority": 4])
                #expect(try await body(inbox) == ["rule": "urgent"])
                if runsAll {
                    // Several at once come in no order.
                    let names = try await [body(inbox), body(inbox)].compactMap { $0["rule"]?.string }
                    #expect(Set(names) == ["open", "all"])
                }
                try await world.create("second", ["priority": 1])
                let next = try await body(inbox)["rule"]?.string
                #expect(next == "open" || runsAll && next == "all")
                let counts = try #require(world.simulator.webhookCounts("automations"))
                #expect(counts.delivered + counts.pending == (runsAll ? 5 : 2))
            }
            inbox.close()
        }
    }

    @Test func `all update rules run, each for its own events, performers and conditions`() async throws {
        let inbox = try Inbox()
        try await World.run { world async throws in
            func named(_ name: String) -> JSON {
                Self.action(inbox.url, ["content": ["rule": .string(name), "event": "{{triggered_event}}"]])
            }
            let holder = try #require(try await world.get("/agents/me").json["id"]?.integer)
            try await make(world, 4, rule("replies", on: [["field_name": "reply_sent"]], by: 1, named("by agents")))
            try await make(world, 4, rule("answers", on: [["field_name": "reply_sent"]], by: 2, named("by requesters")))
            try await make(
                world, 4, rule("public", on: [["field_name": "note_type", "value": "public"]], named("public notes")))
            try await make(world, 4, rule("notes", on: [["field_name": "note_type", "value": "--"]], named("notes")))
            try await make(
                world, 4,
                rule("solved", on: [["field_name": "status", "from": "--", "to": 4]], named("solved")))
            try await make(
                world, 4,
                rule("tagged", when: [Self.condition("tag_names", "contains", "vip")], named("tagged")))
            try await make(
                world, 4,
                rule(
                    "others", named("other agents"),
                    ["performer": ["type": 1, "members": [.integer(holder + 1)]]]))
            try await make(world, 4, rule("clock", by: 4, named("the system")))

            let id = try await world.create()
            func fired(_ count: Int) async throws -> Set<String> {
                var names = Set<String>()
                for _ in 0..<count { names.insert(try await body(inbox)["rule"]?.string ?? "") }
                return names
            }
            _ = try await world.send("POST", "/tickets/\(id)/reply", ["body": "x"])
            #expect(try await fired(1) == ["by agents"])
            _ = try await world.send("POST", "/_simulator/tickets/\(id)/customer-reply", ["body": "x"])
            #expect(try await fired(1) == ["by requesters"])
            _ = try await world.send("POST", "/tickets/\(id)/notes", ["body": "x", "private": true])
            #expect(try await fired(1) == ["notes"])
            _ = try await world.send("POST", "/tickets/\(id)/notes", ["body": "x", "private": false])
            #expect(try await fired(2) == ["notes", "public notes"])
            _ = try await world.send("PUT", "/tickets/\(id)", ["status": 3])
            _ = try await world.send("PUT", "/tickets/\(id)", ["status": 4])
            #expect(try await fired(1) == ["solved"])
            _ = try await world.send("PUT", "/tickets/\(id)", ["tags": ["vip"]])
            #expect(try await body(inbox) == ["rule": "tagged", "event": "{ticket_action:updated}"])
            _ = try await world.send("PUT", "/tickets/\(id)", ["subject": "renamed"])
            #expect(try await fired(1) == ["tagged"])
            // Counted when they are accepted: an attempt is counted only after its answer has arrived.
            let counts = try #require(world.simulator.webhookCounts("automations"))
            #expect(counts.delivered + counts.pending == 8, "nothing else was sent")
        }
        inbox.close()
    }

    @Test func `trash and spam fire for rules that wait for them, and coming back does not`() async throws {
        let inbox = try Inbox()
        try await World.run { world async throws in
            try await make(
                world, 4,
                rule(
                    "bin",
                    on: [
                        ["field_name": "ticket_action", "value": "deleted"],
                        ["field_name": "ticket_action", "value": "marked_spam"],
                    ], Self.action(inbox.url)))
            let id = try await world.create()
            _ = try await world.send("DELETE", "/tickets/\(id)")
            #expect(try await body(inbox)["event"] == "{ticket_action:deleted}")
            _ = try await world.send("PUT", "/tickets/\(id)/restore")
            _ = try await world.send("POST", "/_simulator/tickets/\(id)/spam")
            #expect(try await body(inbox)["event"] == "{ticket_action:marked_spam}")
        }
        inbox.close()
    }

    // MARK: - How it is sent

    @Test func `a redirect is followed, and what fails is tried again by either schedule`() async throws {
        for schedule in RuleRetries.allCases {
            let inbox = try Inbox(answering: Array(repeating: 500, count: 60))
            try await World.run({
                $0.plan = .unlimited
                $0.ruleRetries = schedule
            }) { world async throws in
                try await make(world, 4, rule("r", Self.action(inbox.url)))
                let id = try await world.create()
                _ = try await world.send("PUT", "/tickets/\(id)", ["status": 4])
                let total = schedule == .halfHourly ? 48 : 4
                for attempt in 1...total {
                    _ = try await inbox.next()
                    try await settled(world, "automations") { $0.attempts == attempt }
                    world.advance(schedule == .halfHourly ? 30 * 60 : 60 * 60)
                }
                try await settled(world, "automations") { $0.failed == 1 && $0.pending == 0 }
            }
            inbox.close()
        }
    }

    @Test func `over the hourly limit webhooks wait for the next hour, and for a day at most`() async throws {
        let inbox = try Inbox()
        try await World.run({
            $0.plan = .unlimited
            $0.ruleCallsPerHour = 3
        }) { world async throws in
            try await make(world, 4, rule("r", Self.action(inbox.url)))
            let id = try await world.create()
            for number in 0..<100 {
                _ = try await world.send("PUT", "/tickets/\(id)", ["subject": .string("s \(number)")])
            }
            for hour in 1...25 {
                try await settled(world, "automations") { $0.attempts == 3 * hour }
                world.advance(3600)
            }
            // What would have to wait for more than 24 hours is dropped.
            try await settled(world, "automations") { $0.pending == 0 }
            let counts = try #require(world.simulator.webhookCounts("automations"))
            #expect(counts.delivered + counts.dropped == 100)
            #expect(counts.dropped > 0 && counts.delivered >= 72)
        }
        inbox.close()
    }
}
