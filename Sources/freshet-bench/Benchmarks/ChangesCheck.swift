import Foundation
import FreshetCore
import FreshetStore

/// Makes changes at the help desk of a running service and holds what it made of them against the truth.
struct ChangesCheck {
    var count: Int
    let house: House
    let tenant: House.Tenant
    let simulator: String

    func findings() async throws -> Findings {
        var findings = Findings(
            "changes", "\(count) changes at the help desk",
            method: [
                "20 a second in order, by the simulator's write API with its signing app on; then waited until quiet",
                "counts from /metrics before and after, `explain --json` of every changed ticket, POST /query, and a fresh backfill beside it",
            ])
        Progress.note("changes: \(count) changes")
        let store = try house.openStore()
        let before = try await hashes(store)
        let plan = ChangePlan(count: count, on: before.keys.map(\.originalID).sorted())
        let metricsBefore = try await Exposition.of(house.base)
        let started = SystemWallClock().now
        try await make(plan)
        try await house.settle(tenant, simulator: simulator)
        let settled = SystemWallClock().now
        let metrics = try await Exposition.of(house.base)
        func rise(_ name: String, _ labels: (String, String)...) -> Double {
            labels.isEmpty
                ? metrics.total(name) - metricsBefore.total(name)
                : metrics.total(name, labels[0]) - metricsBefore.total(name, labels[0])
        }

        Progress.note("changes: explain, queries")
        let explained = try await explain(plan.tickets, since: started)
        let fresh = explained.hashes.subtracting(before.values.map(\.hex))
        let search = try await search(plan)
        Progress.note("changes: a fresh backfill to compare with")
        let stale = try await stale(store)
        try store.close()

        findings.add("tickets changed", plan.tickets.count, "")
        findings.add("webhooks accepted", rise("freshet_webhooks_total", ("answer", "202")), "")
        findings.add("runs", rise("freshet_runs_total"), "")
        for outcome in ["updated", "relabelled", "unchanged"] {
            findings.add("  \(outcome)", rise("freshet_runs_total", ("outcome", outcome)), "")
        }
        findings.add("distinct new content fingerprints", fresh.count, "")
        findings.add(
            "summaries made", rise("freshet_model_calls_total", ("purpose", "summary")), "",
            .exactly(Double(fresh.count)))
        findings.add(
            "embeddings made", rise("freshet_model_calls_total", ("purpose", "embedding")), "",
            .noMoreThan(Double(fresh.count)))
        findings.add("changed tickets not done", explained.unfinished, "", .exactly(0))
        findings.add("changed texts to be found", plan.present.count + plan.tags.count, "")
        findings.add("  not found", search.missing, "", .exactly(0))
        findings.add("  replaced, but still found", search.lingering, "", .exactly(0))
        findings.add("items unlike a fresh backfill's", stale.count, "", .exactly(0))
        findings.add("quiet after the first change", (settled - started).inSeconds, "s")
        if !stale.isEmpty { findings.notes.append("unlike: " + stale.prefix(10).joined(separator: ", ")) }
        if !search.names.isEmpty {
            findings.notes.append("searches that failed: " + search.names.prefix(10).joined(separator: ", "))
        }
        return findings
    }

    private func make(_ plan: ChangePlan) async throws {
        let start = ContinuousClock.now
        for (index, step) in plan.steps.enumerated() {
            try await Task.sleep(until: start + .seconds(Double(index) / 20), clock: .continuous)
            let call = step.call
            try await house.write(call.method, simulator + call.path, call.body)
        }
    }

    // MARK: - What was made of it

    private var company: CompanyID {
        get throws {
            guard let company = CompanyID(tenant.id) else { throw Workshop.Failure("no company") }
            return company
        }
    }

    /// Content fingerprints of everything in the index.
    private func hashes(_ store: SQLiteStore) async throws -> [Item: Fingerprint] {
        var hashes: [Item: Fingerprint] = [:]
        for change in try await store.points.changes(of: company, after: 0, limit: 1_000_000)
        where change.embedding != nil {
            hashes[change.item] = try await store.documents.record(of: change.item)?.contentHash
        }
        return hashes
    }

    /// Content fingerprints that decisions since then name, and how many tickets still wait.
    private func explain(_ tickets: [Int64], since: Timestamp) async throws -> (hashes: Set<String>, unfinished: Int) {
        var hashes: Set<String> = []
        var unfinished = 0
        for ticket in tickets {
            let entry = JSONValue.object(try await house.json("explain", tenant.id, "ticket/\(ticket)"))
            guard case .array(let decisions) = entry.at("decisions"), entry.at("wanted").number != nil else {
                throw Workshop.Failure("`freshet explain --json` has no decisions or wanted")
            }
            if entry.at("wanted") != entry.at("done") { unfinished += 1 }
            for decision in decisions {
                guard let at = decision.at("at").text.flatMap({ Timestamp(iso8601: $0) }), at >= since else { continue }
                if let hash = decision.at("content_hash").text { hashes.insert(hash) }
            }
        }
        return (hashes, unfinished)
    }

    private func search(_ plan: ChangePlan) async throws -> (missing: Int, lingering: Int, names: [String]) {
        var missing = 0
        var lingering = 0
        var names: [String] = []
        func finds(_ step: ChangePlan.Step, _ text: String, tags: [String] = []) async throws -> Bool {
            try await house.query(text, tenant, limit: 10, tags: tags)
                .contains { $0.at("original_id") == .string(String(step.ticket)) }
        }
        for step in plan.present where try await !finds(step, step.word) {
            missing += 1
            names.append("\(step.kind) of ticket \(step.ticket)")
        }
        for step in plan.tags {
            let ticket = try await house.get("\(simulator)/api/v2/tickets/\(step.ticket)", asAgent: true)
            guard try await !finds(step, ticket.at("subject").text ?? "", tags: [step.word]) else { continue }
            missing += 1
            names.append("tag of ticket \(step.ticket)")
        }
        for step in plan.replaced {
            // Near by letters is not found by word: only a text with the very word counts.
            let hits = try await house.query(step.word, tenant, limit: 10)
            if hits.contains(where: { $0.holds(step.word) }) {
                lingering += 1
                names.append("replaced \(step.kind) of ticket \(step.ticket)")
            }
        }
        return (missing, lingering, names)
    }

    /// Items whose fingerprints, summary or vector are not those that a fresh backfill of the same account makes.
    private func stale(_ store: SQLiteStore) async throws -> [String] {
        let other = try House(in: house.workshop)
        let twin = try await other.addCompany(tenant.id, at: simulator)
        _ = try await other.freshet("reconcile", twin.id, "--follow", "--json")
        let truth = try other.openStore()
        let expected = try await states(truth)
        let found = try await states(store)
        try truth.close()
        return Set(expected.keys).union(found.keys).filter { expected[$0] != found[$0] }.map(\.name).sorted()
    }

    private struct State: Equatable {
        var content: Fingerprint?
        var facets: Fingerprint?
        var summary: Summary?
        var embedding: Embedding?
        var labels: Metadata?
    }

    private func states(_ store: SQLiteStore) async throws -> [Item: State] {
        var states: [Item: State] = [:]
        for change in try await store.points.changes(of: company, after: 0, limit: 1_000_000)
        where change.embedding != nil {
            let record = try await store.documents.record(of: change.item)
            var labels = try await store.points.hits([change.item], in: company, filters: SearchFilters())[change.item]?
                .metadata
            // Moves without a change that anybody sees, so it is in no fingerprint.
            labels?.updatedAt = .epoch
            states[change.item] = State(
                content: record?.contentHash, facets: record?.facetsHash, summary: record?.summary,
                embedding: change.embedding, labels: labels)
        }
        return states
    }
}

extension JSONValue {
    /// Whether the word is in the subject or summary of a search result.
    fileprivate func holds(_ word: String) -> Bool {
        let texts = [
            at("subject").text, at("summary", "problem").text, at("summary", "cause").text,
            at("summary", "solution").text,
        ]
        return texts.compactMap { $0 }.contains { $0.contains(word) }
    }
}
