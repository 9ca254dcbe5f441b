import Foundation
import FreshdeskSimulator
import FreshetCore
import FreshetEngine
import FreshetSystem

/// What the demo does and says, in order. Everything goes the way it goes in earnest: HTTP, signatures, the store.
struct DemoStory: Sendable {
    private static let company = "demo"
    /// A ticket about rooms that are booked twice; what happens to it is made up here.
    private static let changed: Int64 = 5

    private let house: Assembly
    private let folder: String
    private let base: String
    private let console = Console(asJSON: false)
    private let company: CompanyID
    private let apiKey = randomBytes(16).hexEncoded
    private let token = NewSecret.token()
    private let webhookSecret = NewSecret.webhook(.standard)
    private let simulator: Simulator

    /// - Parameter base: where the service listens, `http://127.0.0.1:8080`.
    init(house: Assembly, folder: String, base: String) throws {
        guard let company = CompanyID(Self.company) else { preconditionFailure("the demo's name is in the grammar") }
        self.company = company
        self.house = house
        self.folder = folder
        self.base = base
        var configuration = SimulatorConfiguration.demo(apiKey: apiKey)
        configuration.plan = .unlimited
        if let text = webhookSecret.text, let secret = WebhookSecret(text) {
            configuration.signingApp = .init(url: "\(base)/webhooks/freshdesk/\(company)", secret: secret)
        }
        simulator = try Simulator(configuration: configuration)
    }

    func end() async throws { try await simulator.stop() }

    func tell(thenServing keeps: Bool) async throws {
        let desk = try await simulator.start().url
        console.say("1. A help desk. A simulated Freshdesk account of a made-up company listens on \(desk)")
        console.say("   and Freshet on \(base), with an empty index in \(folder).")
        try await addCompany(desk)

        console.say("\n2. Backfill: everything that is there is fetched, merged, summarised, embedded and indexed.")
        try await backfill()
        try await search("our room screens say there is no connection to the hub")
        try await search("회의실 화면이 오프라인으로 나와요")
        try await search("panel offline after firmware update", limit: 1, kinds: [.article])

        console.say(
            "\n3. An agent replies to ticket \(Self.changed). The help desk's app signs a webhook, Freshet fetches and compares."
        )
        try await change(
            "POST", "\(desk)/api/v2/tickets/\(Self.changed)/reply",
            #"{"body": "<p>Please unplug the turquoise sync dongle for ten seconds, then pair it again.</p>"}"#)
        try await search("turquoise dongle pairing", limit: 1)

        console.say(
            "\n4. Somebody raises its priority: only a label, so the point is relabelled and no model is asked.")
        try await change("PUT", "\(desk)/api/v2/tickets/\(Self.changed)", #"{"priority": 4}"#)

        console.say("\n5. The same signed webhook twice, and a reconcile on top: nothing changed, so nothing is paid.")
        try await repeatForNothing()
        try await sum()
        if keeps { invite(desk) }
    }

    // MARK: - Steps

    private func addCompany(_ desk: String) async throws {
        guard let url = URL(string: desk) else {
            throw CommandFailure("the simulator gave no address", code: ExitCodes.software)
        }
        let now = house.clock.now
        try await house.companies.add(
            Company(id: company, platform: .freshdesk, url: url, scheme: .standard, createdAt: now),
            apiKey: Secret(apiKey), webhookSecret: webhookSecret)
        try await house.companies.addToken(token, of: company, role: .admin, label: "demo", expiresAt: nil, now: now)
    }

    private func backfill() async throws {
        let started = house.clock.now
        let reconcile = try await reconcile()
        let progress = Progress(console, title: "   Indexing")
        while true {
            let waiting = try await waiting()
            progress.show(done: reconcile.marked - waiting, of: reconcile.marked, detail: "")
            if waiting == 0 { break }
            try await house.clock.sleep(for: .milliseconds(100))
        }
        progress.end(done: reconcile.marked, of: reconcile.marked, detail: "")
        let counts = try await house.documents.counts(of: company, kind: .ticket)
        let articles = try await house.documents.counts(of: company, kind: .article)
        console.say(
            "   \(counts[.indexed] ?? 0) tickets and \(articles[.indexed] ?? 0) articles are searchable after \(tenths(house.clock.now - started)) s; "
                + "\(reconcile.apiCalls) API calls for the listings and about one a ticket. "
                + "Spam and trash are not in it, nor are drafts and what only named companies may read.")
    }

    private func reconcile() async throws -> Reconcile {
        let id = Reconcile.newID(house.random)
        try await house.reconciles.request(
            Reconcile(id: id, company: company, mode: .incremental, since: nil, requestedAt: house.clock.now))
        while true {
            guard let current = try await house.reconciles.reconcile(id, of: company) else {
                throw StoreError.unknownCompany(company)
            }
            switch current.state {
            case .waiting, .running: try await house.clock.sleep(for: .milliseconds(50))
            case .complete: return current
            case .failed, .cancelled:
                throw CommandFailure(
                    "the reconcile ended: \(current.reason ?? current.state.rawValue)", code: ExitCodes.software)
            }
        }
    }

    private func search(_ text: String, limit: Int = 3, kinds: Set<ItemKind> = [.ticket]) async throws {
        let answer = try await house.recommender.query(
            SearchQuery(text: text, kinds: kinds, limit: limit), for: company)
        console.say("   Search “\(text)”:")
        for hit in answer.hits {
            let state =
                hit.metadata.article.map { "for \($0.place.visibility.rawValue)" } ?? hit.metadata.stage.rawValue
            console.say("     \(hit.item.name) [\(state)] \(hit.subject)")
            if !hit.summary.solution.isEmpty { console.say("       solution: \(hit.summary.solution.prefix(140))") }
        }
    }

    /// Changes the ticket at the help desk, as a person would, and tells what Freshet made of it.
    private func change(_ method: String, _ url: String, _ body: String) async throws {
        let item = Item(company: company, platform: .freshdesk, kind: .ticket, originalID: Self.changed)
        let before = try await house.ledger.decisions(about: item, limit: 1).first
        let authorisation = "Basic " + Base64.encode(Array("\(apiKey):X".utf8))
        let response = try await house.http.send(
            HTTPRequest(
                method, url, headers: [("Authorization", authorisation), ("Content-Type", "application/json")],
                body: Array(body.utf8)))
        guard (200...299).contains(response.status) else {
            throw CommandFailure("the simulated help desk answered \(response.status)", code: ExitCodes.software)
        }
        while true {
            if let decision = try await house.ledger.decisions(about: item, limit: 1).first,
                decision.fence != before?.fence,
                try await waiting() == 0
            {
                console.say(
                    "   Decision: \(decision.outcome.rawValue), because \(decision.changes.joined(separator: ", ")) changed. Cost: "
                        + "\(decision.cost.apiCalls) API call, \(decision.cost.summaries) summaries, "
                        + "\(decision.cost.embeddings) embeddings, \(decision.cost.milliseconds) ms.")
                return
            }
            try await house.clock.sleep(for: .milliseconds(50))
        }
    }

    private func repeatForNothing() async throws {
        let status = try await deliverTwice()
        let reconcile = try await reconcile()
        while try await waiting() > 0 { try await house.clock.sleep(for: .milliseconds(50)) }
        console.say(
            "   Webhook answered \(status[0]) and \(status[1]); the reconcile saw \(reconcile.seen), marked \(reconcile.marked)"
                + " (what changed within the second of its fetch is looked at once more)."
        )
    }

    private func deliverTwice() async throws -> [Int] {
        let body = Array(#"{"ticket_id": \#(Self.changed)}"#.utf8)
        let moment = String(house.clock.now.secondsSinceEpoch)
        guard let key = Base64.decode((webhookSecret.text ?? "").dropFirst("whsec_".count)) else { return [] }
        let signature = HMACSHA256.authenticate(key: key, Array("msg_demo.\(moment).".utf8) + body)
        let request = HTTPRequest(
            "POST", "\(base)/webhooks/freshdesk/\(company)",
            headers: [
                ("Content-Type", "application/json"), ("webhook-id", "msg_demo"), ("webhook-timestamp", moment),
                ("webhook-signature", "v1," + Base64.encode(signature)),
            ], body: body)
        return [try await house.http.send(request).status, try await house.http.send(request).status]
    }

    private func sum() async throws {
        let counts = try await house.documents.counts(of: company, kind: .ticket)
        console.say(
            "\nIn the end \(counts[.indexed] ?? 0) tickets are indexed, "
                + "and no summary was made twice. `/metrics` counts what was paid and saved.")
    }

    private func invite(_ desk: String) {
        console.say(
            """

            It keeps serving; Ctrl-C ends it and removes its folder. Try:

              curl -s \(base)/query -H 'Authorization: Bearer \(token.text ?? "")' \\
                   -H 'Content-Type: application/json' -d '{"query": "booked twice", "types": ["tickets", "articles"], "limit": 3}'
              curl -s -u \(apiKey):X -X PUT \(desk)/api/v2/tickets/7 \\
                   -H 'Content-Type: application/json' -d '{"subject": "Now about a purple toaster"}'
              curl -s \(base)/metrics | grep -E 'freshet_(runs|model_calls|webhooks)_'
              FRESHET_DATA_DIRECTORY=\(folder) freshet explain demo ticket/\(Self.changed)
              FRESHET_DATA_DIRECTORY=\(folder) freshet search demo "purple toaster"
            """)
    }

    private func waiting() async throws -> Int { try await house.ledger.backlog(of: company)[company]?.waiting ?? 0 }

    private func tenths(_ duration: Duration) -> String {
        let tenths = duration.milliseconds / 100
        return "\(tenths / 10).\(tenths % 10)"
    }
}
