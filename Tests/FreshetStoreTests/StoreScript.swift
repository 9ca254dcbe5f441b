import FreshetCore
import FreshetStore
import FreshetTestKit

/// Every call of the store, made for each company in turn, and what each company gets to see of it.
///
/// Companies use the same ids for everything, so that only the company tells their rows apart; what they say and how
/// often differs, so that one's rows are never taken for another's. The answers of a company, and its rows at several
/// moments, must be the same whether or not the other company is there.
struct StoreScript {
    let fixture: Fixture
    private let rows: CompanyRows

    init(fixture: Fixture) throws {
        self.fixture = fixture
        rows = try CompanyRows(fixture.path)
    }

    private var store: SQLiteStore { fixture.store }
    private var now: Timestamp { fixture.now }

    static let ghost = CompanyID.known("ghost")

    /// The parts of the script. Each goes on from what the file and the clock hold, and from nothing else.
    enum Chapter: Int, CaseIterable, Comparable {
        case companies, intake, runs, pruning, modelResults, points, slots, reconciles, sweeps, freshness, usage, audit
        case waiting, recommendations, erasures, purges

        static func < (a: Chapter, b: Chapter) -> Bool { a.rawValue < b.rawValue }
    }

    /// What a company saw of one call.
    struct Sight: Equatable {
        let chapter: Chapter
        let text: String
    }

    typealias Seen = [CompanyID: [Sight]]

    /// By company what it saw from the `first` chapter on. Ends at the first step that differs from what is `expected`.
    func run(
        _ companies: [CompanyID], from first: Chapter = .companies, withPurge: Bool = true, expected: Seen? = nil,
        before: (Chapter) throws -> Void = { _ in }
    ) async throws -> Seen {
        var seen: Seen = [:]
        var isAsExpected = true
        for chapter in Chapter.allCases where chapter >= first && (withPurge || chapter != .purges) {
            guard isAsExpected else { break }
            try before(chapter)
            func each(_ name: String, _ step: (CompanyID, Int) async throws -> Any?) async {
                for company in companies where isAsExpected {
                    let salt = company == acme ? 1 : 2
                    let text: String
                    do {
                        text = "\(name): \(Self.text(try await step(company, salt)))"
                    } catch {
                        text = "\(name): throws \(error)"
                    }
                    let sight = Sight(chapter: chapter, text: text)
                    seen[company, default: []].append(sight)
                    if let expected = expected?[company], let count = seen[company]?.count {
                        isAsExpected = count <= expected.count && sight == expected[count - 1]
                    }
                }
            }
            // Numbers of a slot that is made anew go on from those of all that went, whosever they were.
            let countsPoints = chapter < .reconciles
            try await tell(chapter, companies, each) { name in
                await each("rows \(name)") { company, _ in try rows.text(of: company, withPointCounters: countsPoints) }
            }
        }
        return seen
    }

    private func tell(
        _ chapter: Chapter, _ companies: [CompanyID], _ each: Each, _ keepRows: (String) async -> Void
    ) async throws {
        switch chapter {
        case .companies:
            // What is left of somebody's purge that was cut short.
            try rows.raw.execute("INSERT INTO purges (company_id) VALUES ('ghost')")
            await companyCalls(each)
            await keepRows("after the companies")
        case .intake:
            await intake(each)
            await keepRows("after the intake")
        case .runs: await runs(each, keepRows)
        case .pruning:
            await pruning(each)
            await keepRows("after pruning")
        case .modelResults: await modelResults(each)
        case .points: await points(each)
        case .slots: await slots(each, keepRows)
        case .reconciles: await reconciles(each)
        case .sweeps: await sweeps(each, keepRows, companies)
        case .freshness: await freshness(each)
        case .usage: await usage(each)
        case .audit: await audit(each)
        case .waiting: await waiting(each, keepRows)
        case .recommendations: await recommendations(each, keepRows)
        case .erasures:
            await erasures(each, keepRows)
            await keepRows("after everything")
        case .purges: await purges(each)
        }
    }

    private typealias Each = (String, (CompanyID, Int) async throws -> Any?) async -> Void

    private static func text(_ answer: Any?) -> String {
        switch answer {
        case let answer as [Item: KnownState]: "\(answer.sorted { $0.key.originalID < $1.key.originalID })"
        case let answer as [Item: Hit]:
            "\(answer.sorted { $0.key.originalID < $1.key.originalID }.map { "\($0.key) \($0.value.subject)" })"
        case let answer as [String: Int]: "\(answer.sorted { $0.key < $1.key })"
        case let answer as [ErasurePlace: Int]:
            "\(answer.sorted { $0.key.rawValue < $1.key.rawValue }.map { "\($0.key) \($0.value)" })"
        case let answer as [DocumentRecord.State: Int]: "\(answer.sorted { $0.key.rawValue < $1.key.rawValue })"
        case let answer as DocumentRecord:
            "\(answer.item) \(answer.state) \(answer.document?.subject ?? "-") \(answer.generation) \(answer.recordedAt)"
        case let answer as WebhookCredentials: "\(answer.scheme) \(answer.secrets.map { $0.text ?? "" })"
        case let answer as Secret: answer.text ?? ""
        case let answer?: "\(answer)"
        case nil: "nothing"
        }
    }

    // MARK: - Companies

    private func companyCalls(_ each: Each) async {
        let companies = store.companies
        await each("add") { company, salt in
            var new = Company.sample(company.text, at: now + .milliseconds(salt))
            new.apiShare = 0.1 * Double(salt)
            try await companies.add(
                new, apiKey: Secret("key of \(company)"), webhookSecret: Secret("whsec_\(company)"))
            return nil
        }
        await each("company") { company, _ in try await companies.company(company) }
        await each("key") { company, _ in try await companies.apiKey(of: company) }
        await each("new key") { company, salt in
            if salt == 2 { try await companies.setAPIKey(Secret("second key of \(company)"), of: company, now: now) }
            return nil
        }
        await each("key") { company, _ in try await companies.apiKey(of: company) }
        await each("rotate") { company, salt in
            try await companies.rotateWebhookSecret(
                of: company, to: Secret("whsec_new_\(company)"), scheme: nil, overlapUntil: now + .seconds(60 * salt),
                now: now)
        }
        await each("credentials") { company, _ in try await companies.webhookCredentials(of: company, now: now) }
        await each("new scheme") { company, salt in
            guard salt == 1 else { return nil }
            return try await companies.rotateWebhookSecret(
                of: company, to: Secret("hub of \(company)"), scheme: .hub, overlapUntil: now + .seconds(60), now: now)
        }
        await each("credentials") { company, _ in try await companies.webhookCredentials(of: company, now: now) }
        await each("pause") { company, salt in try await companies.setPaused(salt == 1, company, now: now) }
        await each("company") { company, _ in try await companies.company(company) }
        await each("resume") { company, _ in try await companies.setPaused(false, company, now: now) }
        await each("tokens") { company, salt in
            for number in 1...salt + 1 {
                try await companies.addToken(
                    Secret("token \(number) of \(company)"), of: company, role: .agent, label: "\(company) \(number)",
                    expiresAt: nil, now: now)
            }
            return nil
        }
        await each("revoke") { company, salt in
            salt == 1 ? try await companies.revokeToken(1, of: company, now: now) : nil
        }
        await each("uses") { company, salt in
            try await companies.note([
                TokenUse(company: company, tokenID: 2, at: now + .seconds(salt)),
                TokenUse(company: company, tokenID: 3, at: now),
            ])
        }
        await each("token list") { company, _ in try await companies.tokens(of: company) }
        await each("bearer") { company, _ in try await companies.bearer(of: Secret("token 2 of \(company)"), now: now) }
        await each("nobody's mark") { _, _ in
            try await store.ledger.mark(
                [Mark(.ticket(1, of: .known("nobody")), cause: .admin, urgency: .urgent)], policy: MarkPolicy(),
                now: now)
        }
    }

    // MARK: - Intake

    private func intake(_ each: Each) async {
        let ledger = store.ledger
        let policy = MarkPolicy(quietPeriod: .zero)
        // Either company has one delivery that is older than the other's of the same id.
        await each("deliveries") { company, salt in
            try await ledger.accept(
                [
                    .sample(.ticket(1, of: company), id: "d1", body: salt, at: now + .seconds(salt == 1 ? 0 : 100)),
                    .sample(.ticket(2, of: company), id: "d2", body: salt, at: now + .seconds(salt == 1 ? 100 : 0)),
                    .sample(.ticket(5, of: company), id: nil, body: 50, at: now),
                    .sample(.ticket(6, of: company), id: "d3", body: salt, at: now + .seconds(100)),
                ], policy: policy, now: now)
        }
        await each("repeats") { company, salt in
            try await ledger.accept(
                [
                    .sample(.ticket(1, of: company), id: "d1", body: salt, at: now),
                    .sample(.ticket(1, of: company), id: nil, body: 50, at: now),
                ], policy: policy, now: now)
        }
        await each("conflicts") { company, salt in
            guard salt == 1 else { return nil }
            return try await ledger.accept(
                [.sample(.ticket(2, of: company), id: "d2", body: 9, at: now)], policy: policy, now: now)
        }
        // The longest due of all, and only one of them has it.
        await each("mark of one") { company, salt in
            guard salt == 2 else { return nil }
            return try await ledger.mark(
                [Mark(.ticket(8, of: company), cause: .webhook, urgency: .urgent)], policy: policy,
                now: now - .seconds(5))
        }
        await each("marks") { company, salt in
            for number in 1...6 {
                for _ in 0..<salt {
                    try await ledger.mark(
                        [Mark(.ticket(Int64(number), of: company), cause: .ingest, urgency: .backfill)], policy: policy,
                        now: now)
                }
            }
            return nil
        }
    }

    // MARK: - Runs

    private func runs(_ each: Each, _ keepRows: (String) async -> Void) async {
        let ledger = store.ledger
        let held = HeldRuns()
        func claim(_ name: String, maxAttempts: Int = 8) async {
            do {
                held.replace(
                    try await ledger.claim(
                        limit: 100, owner: "worker", policy: ClaimPolicy(perCompany: 50, maxAttempts: maxAttempts),
                        now: now))
            } catch {
                held.replace([])
            }
            await each("claimed \(name)") { company, _ in
                held.runs(of: company).map {
                    "\($0.item) \($0.claimed) \($0.fence) \($0.attempt) \($0.cause) \($0.markedAt)"
                }
            }
        }
        await claim("first")
        await keepRows("in flight")
        await each("entry") { company, _ in try await ledger.entry(.ticket(1, of: company)) }
        await each("renew") { company, salt in
            guard salt == 1 else { return nil }
            return try await ledger.renew(
                held.runs(of: company), owner: "worker", until: now + .seconds(120), now: now)
        }
        await each("mark in flight") { company, salt in
            guard salt == 1 else { return nil }
            try await fixture.mark(.ticket(5, of: company))
            return nil
        }
        await each("repeat in flight") { company, _ in
            try await ledger.accept(
                [.sample(.ticket(5, of: company), id: nil, body: 50, at: now)], policy: MarkPolicy(), now: now)
        }
        await keepRows("still in flight")
        for outcome in [Outcome.created, .failed, .parked] {
            let number: Int64 = outcome == .created ? 1 : outcome == .failed ? 2 : 3
            await each("finish \(outcome)") { company, salt in
                guard let run = held.run(.ticket(number, of: company)) else { return "not held" }
                try await ledger.finish(
                    RunReport(
                        run: run, outcome: outcome, reason: "because \(company)", changes: ["\(company)"],
                        document: outcome == .created
                            ? .sample(run.item, text: "\(company)", generation: Int64(salt), at: now) : nil,
                        sourceUpdatedAt: now - .seconds(salt), retryAt: outcome == .failed ? now : nil), now: now)
                return nil
            }
            await keepRows("after \(outcome)")
        }
        await each("release") { company, salt in
            guard salt == 1, let run = held.run(.ticket(4, of: company)) else { return nil }
            return try await ledger.release(run, now: now)
        }
        await each("retry") { company, salt in
            salt == 1 ? try await ledger.retry(.ticket(3, of: company), now: now) : nil
        }
        await keepRows("after the retry")
        await each("entries") { company, _ in
            var entries: [LedgerEntry?] = []
            for number in 1...6 { entries.append(try await ledger.entry(.ticket(Int64(number), of: company))) }
            return entries
        }
        await each("backlog") { company, _ in try await ledger.backlog(of: company)[company] }
        // What has failed once is parked instead of being claimed once more.
        await claim("with attempts used up", maxAttempts: 1)
        await keepRows("after parking")
        // More decisions for one than for the other.
        for round in 1...3 {
            await each("round \(round)") { company, salt in
                if round <= salt + 1 {
                    try await ledger.mark(
                        [Mark(.ticket(9, of: company), cause: .ingest, urgency: .backfill)], policy: MarkPolicy(),
                        now: now)
                }
                return nil
            }
            await claim("round \(round)")
            await each("finish round \(round)") { company, _ in
                guard let run = held.run(.ticket(9, of: company)) else { return "not held" }
                return try await ledger.finish(
                    RunReport(
                        run: run, outcome: round == 1 ? .created : .unchanged, reason: "\(company) \(round)",
                        document: round == 1 ? .sample(run.item, text: "\(company)", at: now) : nil), now: now)
            }
        }
        await each("decisions") { company, _ in try await ledger.decisions(about: .ticket(9, of: company), limit: 9) }
        await each("record") { company, _ in try await store.documents.record(of: .ticket(1, of: company)) }
        await each("known") { company, _ in
            try await store.documents.known(among: (1...9).map { .ticket($0, of: company) })
        }
        await each("counts") { company, _ in try await store.documents.counts(of: company) }
        await each("backlogs") { company, _ in try await ledger.backlog(of: nil)[company] }
    }

    private func pruning(_ each: Each) async {
        do {
            _ = try await store.ledger.prune(
                deliveriesBefore: now + .seconds(50), decisionsBefore: .epoch, decisionsPerItem: 2)
        } catch {
            await each("prune") { _, _ in "throws \(error)" }
        }
    }

    // MARK: - Model results

    private func modelResults(_ each: Each) async {
        let cache = store.modelCache
        func key(_ company: CompanyID, _ number: Int) -> ModelCacheKey {
            ModelCacheKey(company: company, model: "m", fingerprint: .sample(number))
        }
        await each("store results") { company, salt in
            try await cache.store(Summary.sample("of \(company)"), for: key(company, 1), now: now)
            try await cache.store(Summary.sample("again of \(company)"), for: key(company, 1), now: now)
            try await cache.store(
                Embedding(vector: [Float(salt)], features: [UInt16(salt)]), for: key(company, 1), now: now)
            return nil
        }
        await each("results") { company, _ in
            "\(String(describing: try await cache.summary(key(company, 1))))"
                + "\(String(describing: try await cache.embedding(key(company, 1))))"
        }
        fixture.clock.advance(by: .seconds(90_000))
        await each("use") { company, salt in salt == 1 ? try await cache.summary(key(company, 1)) : nil }
        await each("rows after use") { company, _ in try rows.text(of: company) }
        for number in 2...5 {
            await each("more results \(number)") { company, _ in
                try await cache.store(Summary.sample("\(number) of \(company)"), for: key(company, number), now: now)
            }
            await each("rows \(number)") { company, _ in try rows.text(of: company) }
        }
    }

    // MARK: - Points

    private func points(_ each: Each) async {
        let points = store.points
        await each("upsert") { company, salt in
            for number in 1...2 + 2 * salt {
                try await points.upsert(
                    .sample(
                        .ticket(Int64(number), of: company), text: "of \(company)", generation: Int64(20 - 5 * salt),
                        at: now),
                    terms: .words("shared w\(number)", "\(company)"))
            }
            return nil
        }
        await each("relabel") { company, salt in
            guard salt == 1 else { return nil }
            return try await points.relabel(
                .ticket(1, of: company), metadata: .sample(tags: ["\(company)"], at: now), facetsHash: .sample(3),
                generation: 16, at: now)
        }
        await each("upsert again") { company, salt in
            try await points.upsert(
                .sample(.ticket(2, of: company), text: "new of \(company)", generation: Int64(20 - 5 * salt), at: now),
                terms: .words("shared again"))
        }
        await each("remove") { company, salt in
            guard salt == 1 else { return nil }
            return try await points.remove(.ticket(3, of: company), generation: 17, at: now)
        }
        await each("match") { company, _ in
            try await points.match(["shared", "w1", "again"], in: company, kinds: [.ticket], limit: 9).map { "\($0)" }
        }
        await each("frequencies") { company, _ in
            try await points.frequencies(of: ["shared", "w1", "w3", "acme", "globex"], in: company)
        }
        await each("hits") { company, _ in
            try await points.hits(
                (1...4).flatMap { [Item.ticket($0, of: acme), .ticket($0, of: globex)] }, in: company,
                filters: SearchFilters())
        }
        await each("labels") { company, _ in try await points.labels(of: company, after: nil, limit: 9) }
        await each("labels of items") { company, _ in
            try await points.labels(of: (1...6).map { Item.ticket($0, of: company) }).map { "\($0.key) \($0.value)" }
                .sorted()
        }
        await each("changes") { company, _ in try await points.changes(of: company, after: 1, limit: 9) }
        await each("text changes") { company, _ in
            try await points.textChanges(of: company, after: 1, limit: 9).map { "\($0)" }
        }
        await each("sequence") { company, _ in try await points.sequence(of: company) }
        await each("count") { company, _ in try await points.count(of: company) }
        await snapshots(each)
    }

    private func snapshots(_ each: Each) async {
        let snapshots = store.snapshots
        await each("snapshots") { company, salt in
            // The companies have different numbers of them, so that one's number means another part of the other.
            for round in 1...1 + salt {
                var snapshot = try await snapshots.begin("of \(company) \(round)", sequence: Int64(salt), in: company)
                for part in 0..<salt {
                    try await snapshots.add([UInt8(salt), UInt8(part)], to: &snapshot, in: company)
                }
                try await snapshots.finish(snapshot, in: company)
            }
            return try await snapshots.begin("unfinished", sequence: 9, in: company).number
        }
        await each("latest snapshot") { company, _ in try await snapshots.latest(of: company).map { "\($0)" } }
        await each("parts of snapshots") { company, _ in
            var parts: [String] = []
            for number in Int64(1)...4 {
                let snapshot = PointSnapshot(number: number, format: "", sequence: 0, parts: 0)
                for part in 0..<2 {
                    parts.append("\(try await snapshots.part(part, of: snapshot, in: company) ?? [])")
                }
            }
            return parts
        }
    }

    // MARK: - Slots

    private func slots(_ each: Each, _ keepRows: (String) async -> Void) async {
        let slots = store.slots
        let first = SlotMakers(embedder: "e1", dimensions: 3, summariser: "s1")
        let second = SlotMakers(embedder: "e2", dimensions: 4, summariser: "s2")
        await each("first slot") { company, _ in try await slots.slots(of: company, orServe: first, now: now) }
        await each("spare slot") { company, salt in
            try await slots.fill(second, for: company, now: now + .seconds(salt))
        }
        await each("points of the spare") { company, salt in
            // Number 9 is on record with both.
            for number in Array(1...2 + salt) + [9] {
                var point = Point.sample(
                    .ticket(Int64(number), of: company), text: "spare of \(company)", generation: Int64(salt), at: now)
                point.summariser = "s2 of \(company)"
                try await store.points.slot(2).upsert(point, terms: .words("shared spare"))
            }
            return nil
        }
        await each("counts") { company, _ in
            [try await store.points.count(of: company), try await store.points.slot(2).count(of: company)]
        }
        await each("match in the spare") { company, _ in
            try await store.points.slot(2).match(["spare"], in: company, kinds: [.ticket], limit: 9).map { "\($0)" }
        }
        // Runs that wrote to some of the slots only: what the others lack is owed. Of one company more than of the other.
        func owe(_ first: Int64, writing written: Set<Int>) async {
            let held = HeldRuns()
            func numbers(_ salt: Int) -> ClosedRange<Int64> { first...first + Int64(salt) - 1 }
            await each("marks from \(first)") { company, salt in
                try await store.ledger.mark(
                    numbers(salt).map { Mark(.ticket($0, of: company), cause: .admin, urgency: .urgent) },
                    policy: MarkPolicy(quietPeriod: .zero), now: now - .seconds(3))
            }
            do {
                held.replace(
                    try await store.ledger.claim(
                        limit: 100, owner: "slots", policy: ClaimPolicy(perCompany: 50), now: now))
            } catch { held.replace([]) }
            await each("finish from \(first)") { company, salt in
                for number in numbers(salt) {
                    guard let run = held.run(.ticket(number, of: company)) else { return "not held" }
                    try await store.ledger.finish(
                        RunReport(
                            run: run, outcome: .created, document: .sample(run.item, text: "\(company)", at: now),
                            slots: written), now: now)
                }
                return nil
            }
            await each("give back after \(first)") { company, salt in
                for run in held.runs(of: company) where !numbers(salt).contains(run.item.originalID) {
                    try await store.ledger.release(run, now: now)
                }
                return nil
            }
        }
        await owe(20, writing: [1])
        await each("debts") { company, _ in try await slots.debts(of: company, slot: 2, limit: 9) }
        await each("serves in debt") { company, _ in try await slots.serve(2, of: company, now: now) }
        await keepRows("in debt")
        for paying in [1, 2] {
            await each("pay \(paying)") { company, salt in
                guard salt == paying else { return nil }
                for number in 20..<20 + Int64(salt) {
                    try await slots.pay(.ticket(number, of: company), slot: 2, upTo: 0)
                    let owed = try await slots.debts(of: company, slot: 2, limit: 9).count
                    guard owed == 20 + salt - Int(number) else { return "a newer debt was paid" }
                    try await slots.pay(.ticket(number, of: company), slot: 2, upTo: 99)
                }
                return nil
            }
            await keepRows("after payment \(paying)")
        }
        await each("serve") { company, _ in try await slots.serve(2, of: company, now: now + .seconds(9)) }
        await each("slots") { company, _ in try await slots.slots(of: company) }
        await owe(22, writing: [2])
        await keepRows("before adoption")
        await each("adopt") { company, salt in
            salt == 1 ? try await slots.adopt(2, of: company, after: nil, limit: 2).map { "\($0)" } : nil
        }
        await keepRows("after adoption")
        await each("adopt 2") { company, salt in
            salt == 2 ? try await slots.adopt(2, of: company, after: nil, limit: 2).map { "\($0)" } : nil
        }
        await keepRows("after both adoptions")
        await each("retire 1") { company, salt in salt == 1 ? try await slots.retireSpare(of: company) : nil }
        await each("write to the retired") { company, salt in
            guard salt == 1 else { return nil }
            do {
                try await store.points.slot(1).upsert(.sample(.ticket(1, of: company), at: now), terms: .words("late"))
            } catch StoreError.retiredSlot { return "refused" }
            return "written"
        }
        await keepRows("after one retirement")
        await each("retire 2") { company, salt in salt == 2 ? try await slots.retireSpare(of: company) : nil }
        for leaving in [1, 2] {
            await each("retired \(leaving)") { company, _ in
                try await slots.retired().filter { $0.company == company }
            }
            await each("let go \(leaving)") { company, salt in
                guard salt == leaving else { return nil }
                let gone = try await store.points.slot(1).purge(company)
                try await slots.forget(1, of: company)
                return gone
            }
            await keepRows("after \(leaving) let go")
        }
        await each("a spare again") { company, _ in try await slots.fill(first, for: company, now: now) }
        await owe(25, writing: [2])
        await each("slots at the end") { company, _ in try await slots.slots(of: company) }
    }

    // MARK: - Reconciles

    private func reconciles(_ each: Each) async {
        let reconciles = store.reconciles
        let lease = Duration.seconds(60)
        func request(_ id: String, _ company: CompanyID, _ salt: Int) -> Reconcile {
            // One after the other, by the digit in their ids.
            let delay = 10 * Int64(id.utf8.last ?? 0) + Int64(salt)
            return Reconcile(
                id: id, company: company, mode: .sweep, since: nil, seen: salt, reason: "\(company)",
                requestedAt: now + .milliseconds(delay))
        }
        await each("request") { company, salt in
            for id in ["r1", "r2", "r3"] { try await reconciles.request(request(id, company, salt)) }
            return nil
        }
        await each("claim") { company, _ in
            try await reconciles.claim("r1", of: company, owner: "worker", lease: lease, now: now)
        }
        await each("advance") { company, salt in
            guard salt == 1 else { return nil }
            var reconcile = request("r1", company, salt)
            reconcile.position = ListingPosition(text: "page of \(company)")
            return try await reconciles.advance(
                reconcile, finding: Findings(), policy: MarkPolicy(), owner: "worker", leaseUntil: now + lease, now: now
            )
        }
        await each("after advance") { company, _ in try await reconciles.reconcile("r1", of: company) }
        for (id, state) in [("r1", Reconcile.State.complete), ("r2", .cancelled)] {
            await each("claim \(id)") { company, _ in
                try await reconciles.claim(id, of: company, owner: "worker", lease: lease, now: now)
            }
            for turn in 1...2 {
                await each("finish \(id), turn \(turn)") { company, salt in
                    guard salt == turn else { return nil }
                    var reconcile = request(id, company, salt)
                    reconcile.state = state
                    reconcile.nextCursor = now + .seconds(salt)
                    return try await reconciles.finish(
                        reconcile, owner: state == .cancelled ? "admin" : "worker", now: now)
                }
                await each("after turn \(turn)") { company, _ in try await reconciles.reconcile(id, of: company) }
            }
        }
        await each("list") { company, _ in try await reconciles.list(of: company, limit: 9) }
        await each("latest") { company, _ in try await reconciles.latestComparison(of: company) }
        // Of one, three have ended, of the other two: the next request lets all go but the newest.
        await each("finish r3") { company, salt in
            guard salt == 1 else { return nil }
            var reconcile = request("r3", company, salt)
            reconcile.state = .failed
            return try await reconciles.finish(reconcile, owner: "admin", now: now)
        }
        for turn in 1...2 {
            await each("request r4, turn \(turn)") { company, salt in
                guard salt == turn else { return nil }
                return try await reconciles.request(request("r4", company, salt))
            }
            await each("list after turn \(turn)") { company, _ in
                try await reconciles.list(of: company, limit: 9).map(\.id)
            }
        }
        await each("cursor") { company, _ in try await reconciles.cursor(of: company) }
    }

    // MARK: - Sweeps

    /// A sweep of the same id in either company. Where one acts alone, the rows of both are kept before the other does.
    private func sweeps(_ each: Each, _ keepRows: (String) async -> Void, _ companies: [CompanyID]) async {
        let reconciles = store.reconciles
        let lease = Duration.seconds(600)
        let policy = MarkPolicy(quietPeriod: .zero)
        func sweep(_ company: CompanyID, _ salt: Int) -> Reconcile {
            var certificate = Certificate()
            certificate.add(
                [.init(at: Timestamp(seconds: 10), isMarked: true), .init(at: Timestamp(seconds: 20), isMarked: true)],
                hidden: salt)
            return Reconcile(
                id: "s1", company: company, mode: .sweep, since: nil, changes: salt, missed: salt,
                certificate: certificate, requestedAt: now + .seconds(9000))
        }
        func advance(_ name: String, only turn: Int, _ findings: @escaping (CompanyID) -> Findings) async {
            await each(name) { company, salt in
                guard salt == turn else { return nil }
                return try await reconciles.advance(
                    sweep(company, salt), finding: findings(company), policy: policy, owner: "worker",
                    leaseUntil: now + lease, now: now)
            }
            await keepRows(name)
        }
        await each("on record") { company, salt in
            for number in 901...904 + salt {
                let key = "'\(company)', 'freshdesk', 'ticket', \(number)"
                try rows.raw.execute(
                    """
                    INSERT INTO items (company_id, platform, kind, original_id, wanted, claimed, done, not_before,
                        urgency, cause, announced_at) VALUES (\(key), 1, 1, 1, 0, 'urgent', 'webhook', \(salt));
                    INSERT INTO documents (company_id, platform, kind, original_id, state, generation, recorded_at)
                        VALUES (\(key), 'indexed', \(salt), 0);
                    """)
            }
            try await reconciles.request(sweep(company, salt))
            return try await reconciles.claim("s1", of: company, owner: "worker", lease: lease, now: now)
        }
        await each("audited") { company, _ in
            try await store.documents.audited(of: company, after: .ticket(900, of: company), limit: 100)
        }
        await each("audited items") { company, salt in
            try await store.documents.audited(among: [.ticket(905, of: company), .ticket(906, of: company)])
                .map { "\($0.key)" }.sorted()
        }
        for turn in 1...2 {
            await advance("page \(turn)", only: turn) { company in
                Findings(
                    marked: [
                        .init(
                            Mark(.ticket(901, of: company), cause: .reconcile, urgency: .backfill),
                            listedAt: Timestamp(seconds: 15))
                    ], present: [.ticket(902, of: company)], inTrash: [.ticket(903, of: company)],
                    removals: [
                        .init(.ticket(903, of: company), proof: .deleted),
                        .init(.ticket(904, of: company), proof: .absent),
                    ])
            }
        }
        await each("absent") { company, salt in
            try await reconciles.absent(from: sweep(company, salt), kinds: [.ticket], after: nil, limit: 100)
                .map(\.item.originalID).filter { $0 > 900 }
        }
        await each("announcements") { company, _ in
            try await reconciles.announcements(of: [.ticket(902, of: company)]).map { "\($0.key) \($0.value)" }
        }
        func judge(_ name: String, only turn: Int, cap: Int) async {
            await each(name) { company, salt in
                guard salt == turn else { return nil }
                let judged = try await reconciles.judge(
                    sweep(company, salt), cap: cap, policy: policy, owner: "worker", leaseUntil: now + lease, now: now)
                return "\(judged.reconcile.withheld) \(judged.isDone)"
            }
            await keepRows(name)
        }
        for _ in 1...3 { await judge("marks", only: 2, cap: 2) }
        await advance("proposes again", only: 2) { Findings(removals: [.init(.ticket(904, of: $0), proof: .absent)]) }
        await judge("withholds", only: 1, cap: 0)
        await each("withheld") { company, _ in try await reconciles.withheld(of: company) }
        await advance("proposes more", only: 1) { Findings(removals: [.init(.ticket(905, of: $0), proof: .absent)]) }
        await each("settlements") { company, salt in try await reconciles.settlements(of: sweep(company, salt)) }
        await each("meter") { company, _ in try await reconciles.meter(of: company) }
        await each("ends") { company, salt in
            guard salt == 2 else { return nil }
            var ended = sweep(company, salt)
            ended.state = .failed
            return try await reconciles.finish(ended, owner: "worker", now: now)
        }
        await keepRows("after the end of one")
        await each("release") { company, salt in
            guard salt == 1 else { return nil }
            return try await reconciles.release("s1", of: company, policy: policy, now: now)
        }
    }

    // MARK: - Freshness

    private func freshness(_ each: Each) async {
        let freshness = store.freshness
        await each("record") { company, salt in
            try await freshness.record([
                company: CompanyFreshness(
                    receipt: Lags(
                        samples: Int(salt), p50: .seconds(salt), p95: .seconds(2 * salt), p99: .seconds(3 * salt)),
                    source: Lags(samples: 1, p50: .seconds(salt), p95: .zero, p99: .zero), measuredAt: now)
            ])
        }
        await each("freshness") { company, _ in try await freshness.freshness(of: company)[company] }
        await each("record again") { company, salt in
            guard salt == 2 else { return nil }
            return try await freshness.record([
                company: CompanyFreshness(
                    receipt: Lags(samples: 8, p50: .seconds(1), p95: .seconds(1), p99: .seconds(1)),
                    source: Lags(samples: 9, p50: .seconds(1), p95: .seconds(1), p99: .seconds(1)), measuredAt: now)
            ])
        }
        await each("freshness") { company, _ in try await freshness.freshness(of: company)[company] }
        await each("freshness of nobody") { _, _ in
            try await freshness.record([.known("nobody"): CompanyFreshness(measuredAt: now)])
        }
    }

    // MARK: - Audit

    private func audit(_ each: Each) async {
        let audit = store.audit
        func act(_ company: CompanyID?, _ number: Int, at moment: Timestamp) -> AdminAct {
            AdminAct(
                company: company, at: moment, actor: "operator", act: "test", target: "\(number) of \(company as Any)")
        }
        await each("acts") { company, salt in
            for number in 1...3 + 2 * salt {
                let id = try await audit.begin(act(company, number, at: now + .seconds(number / 2)))
                if number % 2 == 1 { try await audit.end(id, outcome: "done by \(company)") }
            }
            return nil
        }
        await each("acts of nobody") { _, _ in try await audit.begin(act(Self.ghost, 1, at: now)) }
        await each("acts listed") { company, _ in
            let first = try await audit.acts(of: company, before: nil, limit: 3)
            return "\(first)" + "\(try await audit.acts(of: company, before: first.last?.0, limit: 9))"
        }
        await each("acts pruned") { company, salt in
            salt == 1
                ? try await audit.prune(company, before: now + .seconds(1), keeping: 5)
                : try await audit.prune(company, before: now, keeping: 4)
        }
        await each("acts left") { company, _ in "\(try await audit.acts(of: company, before: nil, limit: 99))" }
    }

    // MARK: - Usage

    private func usage(_ each: Each) async {
        let usage = store.usage
        let (day, old) = (UTCDay(now), UTCDay(now - .seconds(2 * 86_400)))
        func entry(_ company: CompanyID, _ salt: Int, _ day: UTCDay) -> UsageEntry {
            UsageEntry(
                company: company, day: day, provider: "openai", model: "m", purpose: .summary,
                figures: UsageFigures(
                    calls: salt, tokens: TokenUsage(input: 100 * salt, output: 10 * salt, cached: salt),
                    money: ["USD": Int64(7 * salt)], unpricedCalls: salt - 1))
        }
        func saved(_ company: CompanyID, _ salt: Int, _ day: UTCDay) -> SavedEntry {
            SavedEntry(company: company, day: day, purpose: .summary, reason: .tooShort, calls: salt)
        }
        await each("use") { company, salt in
            for day in [old, day, day] {
                try await usage.add([entry(company, salt, day)], saved: [saved(company, salt, day)])
            }
            return nil
        }
        await each("usage") { company, _ in
            "\(try await usage.usage(of: company, from: old, through: day))"
                + "\(try await usage.saved(of: company, from: old, through: day))"
        }
        await each("spending") { company, _ in try await usage.spending(of: company, on: day, currency: "USD") }
        await each("forget") { company, salt in
            guard salt == 2 else { return nil }
            return try await usage.prune(company, before: day)
        }
        await each("usage left") { company, _ in
            "\(try await usage.usage(of: company, from: old, through: day))"
                + "\(try await usage.saved(of: company, from: old, through: day))"
        }
        await each("usage of nobody") { _, _ in
            try await usage.add(
                [entry(.known("nobody"), 1, day)], saved: [saved(.known("nobody"), 1, day)])
        }
    }

    // MARK: - Recommendations and attachments

    private func recommendations(_ each: Each, _ keepRows: (String) async -> Void) async {
        let records = store.recommendations
        func record(_ number: Int, _ company: CompanyID, _ salt: Int) -> RecommendationRecord {
            RecommendationRecord(
                company: company, id: RecommendationID.first(at: now + .seconds(10 * number)) + "x",
                kind: number == 2 ? .opening : .query,
                question: number == 2 ? .ticket(Int64(salt)) : .text("asked by \(company)"),
                shown: [Recommended(.ticket, 1), Recommended(.article, Int64(salt))], user: "user of \(company)",
                at: now + .seconds(10 * number))
        }
        await each("recommend") { company, salt in
            try await records.add((1...3 + 2 * salt).map { record($0, company, salt) })
        }
        await each("recommended") { company, salt in
            let id = record(1, company, salt).id
            return "\(try await records.recommendation(id, of: company) as Any)"
        }
        await keepRows("after recommending")
        await feedback(each, keepRows) { record($0, $1, $2).id }
        for turn in 1...2 {
            await each("prune recommendations \(turn)") { company, salt in
                guard salt == turn else { return nil }
                return try await records.prune(
                    company, before: now + .seconds(45), judgedBefore: now + .seconds(25), keeping: 1)
            }
            await keepRows("after pruning recommendations \(turn)")
        }
        await each("recommendations of nobody") { _, _ in try await records.add([record(1, .known("nobody"), 1)]) }

        let points = store.points
        func point(_ number: Int64, _ company: CompanyID, _ salt: Int, generation: Int64) -> (Point, FullTextTerms) {
            var point = Point.sample(.ticket(number, of: company), generation: generation, at: now)
            point.attachments = [
                Attachment(
                    attachmentID: 8, fileName: "log of \(company)", contentType: "text/plain", size: Int64(salt)),
                Attachment(attachmentID: Int64(10 + salt), fileName: "more", contentType: nil, size: 1),
            ]
            var terms = FullTextTerms.words("files")
            terms.attachments = [8: ["log", "\(company)"], Int64(10 + salt): ["more", "log"]]
            return (point, terms)
        }
        func found(_ terms: [String], _ company: CompanyID) async throws -> String {
            try await points.attachments(named: terms, in: company, limit: 3).map { "\($0)" }.joined(separator: "\n")
        }
        await each("attach") { company, salt in
            for number in Int64(960)...961 {
                let (point, terms) = point(number, company, salt, generation: 1)
                try await points.upsert(point, terms: terms)
            }
            return nil
        }
        await each("attachments") { company, _ in try await found(["log", "acme"], company) }
        await keepRows("after attaching")
        for turn in 1...2 {
            await each("attach less \(turn)") { company, salt in
                guard salt == turn else { return nil }
                var (point, terms) = point(960, company, salt, generation: 2)
                point.attachments.removeFirst()
                terms.attachments[8] = nil
                try await points.upsert(point, terms: terms)
                try await points.remove(.ticket(961, of: company), generation: 2, at: now)
                return nil
            }
            await keepRows("after attaching less \(turn)")
        }
        await each("attachments left") { company, _ in try await found(["log", "more"], company) }
    }

    private func feedback(
        _ each: Each, _ keepRows: (String) async -> Void, _ id: @escaping (Int, CompanyID, Int) -> String
    ) async {
        let records = store.feedback
        func given(
            _ number: Int, _ company: CompanyID, _ salt: Int, by user: String, _ verdict: Verdict, thing: Int64 = 1,
            after days: Int = 0
        ) -> Feedback {
            Feedback(
                company: company, recommendation: id(number, company, salt), user: user,
                subject: thing == 0 ? nil : Recommended(.ticket, thing), verdict: verdict, comment: "by \(company)",
                at: now + .seconds(86_400 * days), terms: ["of", "\(company)"])
        }
        await each("judge") { company, salt in
            var answers: [String] = []
            for feedback in [
                // Each judges something that the other does not.
                salt == 1 ? given(3, company, salt, by: "ann", .up) : given(2, company, salt, by: "bob", .up, after: 2),
                given(1, company, salt, by: "ann", salt == 1 ? .up : .down),
                given(1, company, salt, by: "bob", .down, thing: 0),
                given(1, company, salt, by: "bob", .up, after: salt),
                given(2, company, salt, by: "ann", .down), given(9, company, salt, by: "ann", .down),
            ] { answers.append("\(try await records.record(feedback) as Any)") }
            return answers
        }
        await keepRows("after judging")
        for turn in 1...2 {
            await each("judge anew \(turn)") { company, salt in
                guard salt == turn else { return nil }
                let repeated = try await records.record(given(1, company, salt, by: "ann", salt == 1 ? .up : .down))
                let changed = try await records.record(given(2, company, salt, by: "ann", .up))
                return "\(repeated as Any) \(changed as Any)"
            }
            await keepRows("after judging anew \(turn)")
        }
        await each("feedback") { company, _ in
            "\(try await records.state(of: company)) \(try await records.changes(of: company, after: 1))"
        }
        await each("judged") { company, _ in "\(try await records.judged(of: company))" }
        await each("report") { company, _ in "\(try await records.report(on: company, since: .epoch, limit: 9))" }
        for turn in 1...2 {
            await each("enable \(turn)") { company, salt in
                guard salt == turn else { return nil }
                return try await records.setEnabled(salt == 1, of: company, now: now)
            }
            await each("undo \(turn)") { company, salt in
                guard salt == turn else { return nil }
                return try await records.undo(FeedbackSelection(user: "ann"), of: company, now: now)
            }
            await each("forget feedback \(turn)") { company, salt in
                guard salt == turn else { return nil }
                return try await records.prune(company, before: now + .milliseconds(1))
            }
            await keepRows("after undoing and forgetting \(turn)")
        }
        await each("states of feedback") { company, _ in "\(try await records.state(of: company))" }
        await each("feedback of nobody") { _, _ in
            try await records.setEnabled(true, of: .known("nobody"), now: now)
        }
        await each("undoing of nobody") { _, _ in
            try await records.undo(FeedbackSelection(), of: .known("nobody"), now: now)
        }
        await each("nobody's verdict") { _, _ in try await records.record(given(1, .known("nobody"), 1, by: "ann", .up))
        }
    }

    /// What waits for a budget.
    private func waiting(_ each: Each, _ keepRows: (String) async -> Void) async {
        let ledger = store.ledger
        let held = HeldRuns()
        await each("mark what is to wait") { company, _ in
            try await ledger.mark(
                [Mark(.ticket(950, of: company), cause: .ingest, urgency: .backfill)], policy: MarkPolicy(), now: now)
        }
        do {
            held.replace(
                try await ledger.claim(limit: 100, owner: "worker", policy: ClaimPolicy(perCompany: 50), now: now))
        } catch {
            held.replace([])
        }
        await each("put off") { company, salt in
            guard salt == 1 else { return nil }
            guard let run = held.run(.ticket(950, of: company)) else { return "not held" }
            return try await ledger.finish(
                RunReport(
                    run: run, outcome: .parked, reason: "\(company) waits",
                    deferral: Deferral(until: now + .seconds(500), value: .high),
                    isStale: true), now: now)
        }
        await keepRows("after putting off")
        await each("stale") { company, _ in
            try await store.documents.stale(among: [.ticket(950, of: company)]).count
        }
        await each("backlog of what waits") { company, _ in try await ledger.backlog(of: company)[company]?.deferred }
        await each("put off the other") { company, salt in
            guard salt == 2, let run = held.run(.ticket(950, of: company)) else { return nil }
            return try await ledger.finish(
                RunReport(
                    run: run, outcome: .parked, reason: "too",
                    deferral: Deferral(until: now + .seconds(600), value: .high)), now: now)
        }
        await each("resume") { company, salt in salt == 1 ? try await ledger.resume(company, all: false, now: now) : nil
        }
        await keepRows("after resuming one")
    }

    // MARK: - Erasures

    /// One company after the other erases what both have, the second having more of it.
    private func erasures(_ each: Each, _ keepRows: (String) async -> Void) async {
        let (erasures, ledger) = (store.erasures, store.ledger)
        let erased = Int64(980)
        func numbers(_ salt: Int) -> ClosedRange<Int64> { erased...erased + Int64(salt) }
        await each("mark what is to be erased") { company, salt in
            try await ledger.mark(
                numbers(salt).map { Mark(.ticket($0, of: company), cause: .admin, urgency: .urgent) },
                policy: MarkPolicy(quietPeriod: .zero), now: now - .seconds(3))
        }
        let held = HeldRuns()
        do {
            held.replace(
                try await ledger.claim(limit: 100, owner: "erased", policy: ClaimPolicy(perCompany: 50), now: now))
        } catch { held.replace([]) }
        await each("record what is to be erased") { company, salt in
            for number in numbers(salt) {
                guard let run = held.run(.ticket(number, of: company)) else { return "not held" }
                var record = DocumentRecord.sample(run.item, text: "erased by \(salt)", at: now)
                record.document?.metadata.requester = Person(id: 41)
                // Contents of which the other company has none.
                if number > erased { record.contentHash = .sample(60 + salt) }
                // Not in the spare slot, which owes it.
                try await ledger.finish(
                    RunReport(run: run, outcome: .created, document: record, slots: [2]), now: now)
                var point = Point.sample(run.item, generation: run.fence, at: now)
                point.attachments = [Attachment(attachmentID: 8, fileName: "erased", contentType: nil, size: 1)]
                var terms = FullTextTerms.words("erased")
                terms.attachments = [8: ["erased"]]
                try await store.points.slot(2).upsert(point, terms: terms)
            }
            _ = try await ledger.accept(
                (0..<salt).map { .sample(.ticket(erased, of: company), id: "erased \($0)", at: now) },
                policy: MarkPolicy(), now: now)
            let questions: [(String, RecommendationRecord.Question)] = [
                ("rcm_9beside", .ticket(erased)), ("rcm_9quoting", .text("Subject erased by \(salt)")),
                ("rcm_9naming", .text("any")),
                // The second company quotes the first one's ticket.
                ("rcm_9more", .text(salt == 1 ? "any" : "Subject erased by 1")),
            ]
            for (id, question) in questions {
                try await store.recommendations.add([
                    RecommendationRecord(
                        company: company, id: id, kind: .query, question: question,
                        shown: [Recommended(.ticket, id == "rcm_9naming" ? erased : 1), Recommended(.ticket, 1)],
                        unaided: [], user: "ann", at: now)
                ])
                _ = try await store.feedback.record(
                    Feedback(
                        company: company, recommendation: id, user: "ann", subject: Recommended(.ticket, 1),
                        verdict: .up, comment: nil, at: now, terms: []))
            }
            return nil
        }
        await each("results of what is to be erased") { company, salt in
            for number in [61, 62] {
                try await store.modelCache.store(
                    Summary.sample("\(number) of \(company)"),
                    for: ModelCacheKey(company: company, model: "m", fingerprint: .sample(number)), now: now)
            }
            for number in 70...70 + salt - 1 {
                try await store.modelCache.store(
                    Embedding(vector: [1], features: [2]),
                    for: ModelCacheKey(company: company, model: "m", fingerprint: .sample(number)), now: now)
            }
            return nil
        }
        await keepRows("before erasing")
        await each("tickets of a requester") { company, _ in
            try await erasures.tickets(ofRequester: 41, in: company)
        }
        await each("texts on record") { company, _ in
            try await erasures.summarised(of: company, after: .ticket(900, of: company), limit: 9).map(\.item)
        }
        for turn in 1...2 {
            await each("erase \(turn)") { company, salt in
                salt == turn ? try await erasures.erase(.ticket(erased, of: company), now: now) : nil
            }
            await keepRows("after erasing \(turn)")
            await each("take in what was erased \(turn)") { company, _ in
                do {
                    try await store.modelCache.store(
                        Embedding(vector: [1], features: [2]),
                        for: ModelCacheKey(company: company, model: "m", fingerprint: .sample(70)),
                        from: Provenance(item: .ticket(erased, of: company)), now: now)
                } catch StoreError.erased { return "refused" }
                return "stored"
            }
            await each("refuse a requester \(turn)") { company, salt in
                for requester in Int64(41)..<41 + Int64(salt) where salt == turn {
                    try await erasures.refuse(requester: requester, in: company, now: now)
                }
                return try await store.documents.isErased(requester: 41, in: company)
            }
            await each("all erased \(turn)") { company, _ in
                try await erasures.erased(of: company, after: nil, limit: 9).map { "\($0)" }
            }
            await each("present \(turn)") { company, _ in
                try await store.documents.present(of: company, kind: .ticket)
            }
            await each("remains \(turn)") { company, _ in try await erasures.removeRemains(of: company) }
            await keepRows("after the remains \(turn)")
            await each("results \(turn)") { company, salt in
                salt == turn
                    ? try await erasures.removeResults(of: company, butFor: [.sample(71)], usedUntil: now) : nil
            }
            await keepRows("after the results \(turn)")
        }
        await each("a result of both") { company, _ in
            try await store.modelCache.store(
                Summary.sample("of \(company)"),
                for: ModelCacheKey(company: company, model: "m", fingerprint: .sample(1)), now: now)
        }
        await each("scrub") { company, _ in try await erasures.scrub(company) }
        await keepRows("after scrubbing")
        await each("erasing nobody's") { _, _ in
            try await erasures.erase(.ticket(1, of: .known("nobody")), now: now)
        }
    }

    // MARK: - Purges

    /// Rows that only their company tells apart, and a slot that one company alone has.
    private func twins(_ each: Each) async {
        await each("twins") { company, salt in
            var point = Point.sample(.ticket(970, of: company), generation: 99, at: now)
            point.attachments = [8, 9].map {
                Attachment(attachmentID: $0, fileName: "twin", contentType: nil, size: 1)
            }
            var terms = FullTextTerms.words("twin")
            terms.attachments = [8: ["twin"], 9: ["twin"]]
            try await store.points.upsert(point, terms: terms)
            for snapshots in [store.snapshots, store.snapshots.slot(2)] { try await twins(snapshots, of: company) }
            for id in ["rcm_twin1", "rcm_twin2"] {
                try await store.recommendations.add([
                    RecommendationRecord(
                        company: company, id: id, kind: .query, question: .text("twin"), shown: [], unaided: [],
                        user: "twin", at: now)
                ])
            }
            return nil
        }
        // From here on only the other company has two slots.
        await each("one's second slot") { company, salt in
            salt == 1 ? try await store.points.slot(2).purge(company) : nil
        }
    }

    private func twins(_ snapshots: SQLiteSnapshots, of company: CompanyID) async throws {
        for sequence in Int64(1)...3 {
            var snapshot = try await snapshots.begin("twin", sequence: sequence, in: company)
            for part in UInt8(0)...1 { try await snapshots.add([part], to: &snapshot, in: company) }
        }
    }

    /// The later company goes first, so that a purge finds the other's rows before its own.
    private func purges(_ each: Each) async {
        await twins(each)
        for leaving in [2, 1] {
            await each("purge points \(leaving)") { company, salt in
                guard salt == leaving else { return nil }
                let before = try await store.points.sequence(of: company)
                let gone = try await store.points.purge(company)
                try await store.points.upsert(.sample(.ticket(1, of: company), at: now), terms: .words("shared"))
                return "\(gone) went; sequence rose: \(try await store.points.sequence(of: company) > before)"
            }
            await each("rows after the points of \(leaving)") { company, _ in
                try rows.text(of: company, withPointCounters: false)
            }
            await each("left \(leaving)") { company, _ in
                let matches = try await store.points.match(["shared"], in: company, kinds: [.ticket], limit: 9)
                return "\(try await store.points.count(of: company)) \(matches)"
            }
        }
        await each("snapshots again") { company, _ in try await twins(store.snapshots, of: company) }
        for leaving in [2, 1] {
            await each("purge \(leaving)") { company, salt in
                salt == leaving ? try await store.companies.purge(company) : nil
            }
            await each("rows after purge \(leaving)") { company, _ in
                try rows.text(of: company, withPointCounters: false)
            }
            await each("left after purge \(leaving)") { company, _ in
                try await store.points.match(["shared"], in: company, kinds: [.ticket], limit: 9).map { "\($0)" }
            }
        }
        await each("ghost") { _, _ in try rows.raw.texts("SELECT company_id FROM purges") }
    }
}

/// The runs that the script's one worker holds.
private final class HeldRuns {
    private var all: [Run] = []
    func replace(_ runs: [Run]) { all = runs }
    func run(_ item: Item) -> Run? { all.first { $0.item == item } }
    func runs(of company: CompanyID) -> [Run] {
        all.filter { $0.item.company == company }.sorted { $0.item.originalID < $1.item.originalID }
    }
}
