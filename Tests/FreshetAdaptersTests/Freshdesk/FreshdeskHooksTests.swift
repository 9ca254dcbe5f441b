import FreshdeskSimulator
import Foundation
import FreshetAdapters
import FreshetCore
import FreshetSystem
import FreshetTestKit
import Synchronization
import Testing

/// Our automation rules in a simulated account, over real HTTP.
@Suite struct FreshdeskHooksTests {
    private static let key = "key-for-tests"
    private static let target = HookTarget(
        url: "https://freshet.example.com/webhooks/freshdesk/acme", secret: Secret("a-secret-of-some-length"))

    private struct Stand {
        var simulator: Simulator
        var url: String
        var http: HTTPClient

        func hooks(_ company: String = "acme") throws -> FreshdeskHooks {
            FreshdeskHooks(
                account: FreshdeskAccount(
                    company: try #require(CompanyID(company)), url: try .validate(url),
                    apiKey: Secret(FreshdeskHooksTests.key)),
                http: http, clock: SystemWallClock(), governor: RateGovernor(share: 1, clock: SystemWallClock()))
        }

        func call(_ method: String, _ path: String, _ body: JSON? = nil) async throws -> JSON {
            let authorization = "Basic " + Base64.encode(Array("\(FreshdeskHooksTests.key):X".utf8))
            let response = try await http.send(
                HTTPRequest(
                    method, url + "/api/v2" + path,
                    headers: [("authorization", authorization), ("content-type", "application/json")],
                    body: body?.bytes ?? []))
            try #require((200...299).contains(response.status))
            return response.body.isEmpty ? .null : try JSON(parsing: response.body)
        }

        /// Names in their order.
        func names(_ type: Int) async throws -> [String] {
            let answer = try await call("GET", "/automations/\(type)/rules")
            return (answer.array ?? answer["rules"]?.array ?? []).compactMap { $0["name"]?.string }
        }
    }

    private func stand(
        _ configure: (inout SimulatorConfiguration) -> Void = { _ in }, _ body: (Stand) async throws -> Void
    ) async throws {
        var configuration = SimulatorConfiguration(apiKey: Self.key)
        configuration.plan = .unlimited
        configure(&configuration)
        let simulator = try Simulator(configuration: configuration)
        let address = try await simulator.start()
        let http = try HTTPClient()
        do {
            try await body(Stand(simulator: simulator, url: address.url, http: http))
        } catch {
            http.close()
            try await simulator.stop()
            throw error
        }
        http.close()
        try await simulator.stop()
    }

    private static func theirs(_ name: String, _ more: [String: JSON] = [:]) -> JSON {
        let members: [String: JSON] = [
            "name": .string(name),
            "conditions": [
                [
                    "name": "condition_set_1", "match_type": "all",
                    "properties": [
                        ["resource_type": "ticket", "field_name": "priority", "operator": "in", "value": [4]]
                    ],
                ]
            ],
            "actions": [["field_name": "group_id", "value": 1]],
        ]
        return .object(members.merging(more) { $1 })
    }

    @Test(arguments: [Account.Behaviour.AutomationsAPI.bareArray, .wrapped])
    func `rules are made once, renewed when something differs, and removed`(
        list: Account.Behaviour.AutomationsAPI
    ) async throws {
        try await stand({ $0.behaviour.automations = list }) { stand in
            let hooks = try stand.hooks()
            #expect(try await hooks.survey(Self.target).hooks.allSatisfy { $0.state == .missing })
            let made = try await hooks.install(Self.target)
            #expect(made.hooks.map(\.change) == [.created, .created, .created] && made.warnings.isEmpty)
            #expect(try await hooks.survey(Self.target).isCurrent)

            let again = try await hooks.install(Self.target)
            #expect(again.hooks.map(\.change) == [.unchanged, .unchanged, .unchanged])
            #expect(again.hooks.map(\.id) == made.hooks.map(\.id))

            // A new secret, and a new address.
            for target in [
                HookTarget(url: Self.target.url, secret: Secret("another-secret-of-some-length")),
                HookTarget(url: "https://new.example.com/webhooks/freshdesk/acme", secret: Self.target.secret),
            ] {
                #expect(try await hooks.survey(target).hooks.allSatisfy { $0.state == .outdated })
                let renewed = try await hooks.install(target)
                #expect(renewed.hooks.map(\.change) == [.updated, .updated, .updated])
                #expect(renewed.hooks.map(\.id) == made.hooks.map(\.id))
                #expect(try await hooks.survey(target).isCurrent)
            }
            #expect(try await hooks.remove().hooks.map(\.change) == [.removed, .removed, .removed])
            #expect(try await hooks.remove().hooks.isEmpty)
            #expect(try await stand.names(1).isEmpty)
            #expect(try await stand.names(4).isEmpty)
        }
    }

    @Test func `an older version is replaced, a copy goes, and a rule that sleeps is woken`() async throws {
        try await stand { stand in
            let hooks = try stand.hooks()
            let made = try await hooks.install(Self.target)
            let id = try #require(made.hooks[1].id)
            guard case .object(var rule) = try await stand.call("GET", "/automations/4/rules/\(id)") else { return }
            for name in rule.keys where !["name", "performer", "events", "conditions", "actions"].contains(name) {
                rule[name] = nil
            }
            rule["name"] = "Freshet: ticket changed [acme v0]"
            _ = try await stand.call("PUT", "/automations/4/rules/\(id)", .object(rule))
            rule["name"] = "Freshet: something of an older version [acme v0]"
            _ = try await stand.call("POST", "/automations/4/rules", .object(rule))
            let other = try #require(made.hooks[2].id)
            rule["name"] = "Freshet: ticket deleted or marked as spam [acme v1]"
            rule["active"] = false
            _ = try await stand.call("PUT", "/automations/4/rules/\(other)", .object(rule))

            #expect(try await hooks.survey(Self.target).hooks.map(\.state) == [.current, .outdated, .inactive])
            let mended = try await hooks.install(Self.target)
            #expect(mended.hooks.map(\.change) == [.unchanged, .updated, .updated, .removed])
            #expect(mended.hooks[1].id == id, "the rule keeps its id and place")
            #expect(try await stand.names(4).count == 2)
            #expect(try await hooks.survey(Self.target).isCurrent)
        }
    }

    @Test func `rules of others, and of other companies, are never touched`() async throws {
        try await stand { stand in
            let before = [
                "Assign urgent ones", "Freshet: ticket created", "Freshet: ticket created [other v1]",
                "Freshet: ticket created [acme v1]",
            ]
            for name in before { _ = try await stand.call("POST", "/automations/1/rules", Self.theirs(name)) }
            let rows = try await stand.call("GET", "/automations/1/rules")
            let hooks = try stand.hooks()
            let other = try stand.hooks("other-one")
            _ = try await other.install(Self.target)
            let made = try await hooks.install(Self.target)
            #expect(made.hooks.map(\.change) == [.created, .created, .created])
            #expect(made.warnings.contains(.nameTaken("Freshet: ticket created [acme v1]")))
            _ = try await hooks.install(Self.target)
            _ = try await hooks.remove()
            let after = try await stand.call("GET", "/automations/1/rules").array ?? []
            #expect(Array(after.prefix(4)) == rows.array)
            #expect(try await stand.names(4).allSatisfy { $0.contains("[other-one v1]") })
            #expect(try await other.survey(Self.target).isCurrent)
        }
    }

    @Test func `the creation rule stands last, and earlier ones that may starve it are named`() async throws {
        try await stand { stand in
            _ = try await stand.call("POST", "/automations/1/rules", Self.theirs("Assign urgent ones"))
            _ = try await stand.call("POST", "/automations/1/rules", Self.theirs("Asleep", ["active": false]))
            let hooks = try stand.hooks()
            let made = try await hooks.install(Self.target)
            let name = try #require(made.hooks.first?.name)
            #expect(try await stand.names(1) == ["Assign urgent ones", "Asleep", name])
            #expect(made.warnings == [.starved(hook: name, by: ["Assign urgent ones"])])
            #expect(try await hooks.survey(Self.target).warnings == made.warnings)
        }
        try await stand({
            $0.behaviour.automations = .wrapped
            $0.behaviour.runsAllCreationRules = true
        }) { stand in
            _ = try await stand.call("POST", "/automations/1/rules", Self.theirs("Assign urgent ones"))
            #expect(try await stand.hooks().install(Self.target).warnings.isEmpty, "all matching rules run here")
        }
    }

    @Test func `a plan without the interface and a key without the right are told apart`() async throws {
        try await stand({ $0.behaviour.automations = .notInPlan }) { stand in
            let hooks = try stand.hooks()
            await #expect(throws: HookFailure.notInPlan) { try await hooks.install(Self.target) }
        }
        try await stand({ $0.behaviour.automations = .adminsOnly }) { stand in
            let hooks = try stand.hooks()
            await #expect(throws: HookFailure.notAllowed) { try await hooks.remove() }
        }
    }

    @Test func `an account that does not know the unproven events gets the rule without them`() async throws {
        let posted = Posted()
        let account = try FreshdeskScriptedAccount { request in
            guard request.path.hasSuffix("/rules") else { return .status(404) }
            guard request.method == "POST" else { return .ok("[]") }
            posted.note(request.body)
            if request.body.contains("ticket_action") { return .status(400, #"{"errors":[{"code":"invalid_value"}]}"#) }
            return .ok(#"{"id":7}"#)
        }
        let http = try HTTPClient()
        defer { http.close() }
        let hooks = FreshdeskHooks(
            account: FreshdeskAccount(
                company: try #require(CompanyID("acme")), url: try .validate(account.url), apiKey: Secret("k")),
            http: http, clock: SystemWallClock(), governor: RateGovernor(share: 1, clock: SystemWallClock()))
        let made = try await hooks.install(Self.target)
        #expect(made.hooks.map(\.change) == [.created, .created, .refused])
        #expect(
            made.warnings == [
                .eventsRefused(hook: "Freshet: ticket changed [acme v1]", whole: false),
                .eventsRefused(hook: "Freshet: ticket deleted or marked as spam [acme v1]", whole: true),
            ])
        #expect(posted.bodies.count == 4)
        #expect(posted.bodies.contains { $0.contains("note_type") && !$0.contains("ticket_action") })
    }

    @Test func `errors hold no secret`() async throws {
        let account = try FreshdeskScriptedAccount { request in
            request.method == "POST" ? .status(500, "a-secret-of-some-length") : .ok("[]")
        }
        let http = try HTTPClient()
        defer { http.close() }
        let hooks = FreshdeskHooks(
            account: FreshdeskAccount(
                company: try #require(CompanyID("acme")), url: try .validate(account.url), apiKey: Secret("the-key")),
            http: http, clock: SystemWallClock(), governor: RateGovernor(share: 1, clock: SystemWallClock()))
        do {
            _ = try await hooks.install(Self.target)
            Issue.record("it was refused")
        } catch {
            #expect(error == .refused(hook: "Freshet: ticket created [acme v1]", status: 500, code: "unknown"))
            #expect(!"\(error)".contains("secret-of") && !"\(error)".contains("the-key"))
        }
        #expect(!"\(Self.target)".contains("secret-of"))
    }
}

/// What was posted, in order.
private final class Posted: Sendable {
    private let log = Mutex<[String]>([])
    func note(_ body: String) { log.withLock { $0.append(body) } }
    var bodies: [String] { log.withLock { $0 } }
}
