import CoreMetrics
import FreshetCore
import FreshetEngine
import FreshetStore
import FreshetTestKit
import Logging
import Synchronization
import Testing

struct GroupCommitTests {
    @Test func `many deliveries at once share few transactions, and each hears of its own`() async throws {
        let world = try await World()
        let commits = Atomic<Int>(0)
        let commit = GroupCommit(
            ledger: world.store.ledger, policy: MarkPolicy(), clock: world.clock,
            metrics: RiverMetrics(factory: NOOPMetricsHandler.instance),
            committed: { commits.add(1, ordering: .relaxed) })
        let answers = try await withThrowingTaskGroup(of: Acceptance.self) { group in
            for number in 0..<400 {
                group.addTask {
                    try await commit.commit(
                        Delivery(
                            item: world.item(Int64(number % 50 + 1)), id: "msg_\(number % 300)",
                            bodyDigest: digest(number % 300), receivedAt: world.clock.now))
                }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(answers.count { $0 == .new } == 300)
        #expect(answers.count { $0 == .repeated } == 100)
        #expect(commits.load(ordering: .relaxed) < 300)
        let backlog = try await world.store.ledger.backlog(of: world.company)[world.company]
        #expect(backlog?.urgent == 50)
    }

    @Test func `a company purged meanwhile takes nobody's deliveries with it`() async throws {
        let world = try await World()
        let gone = try #require(CompanyID("gone"))
        let commit = GroupCommit(
            ledger: world.store.ledger, policy: MarkPolicy(), clock: world.clock,
            metrics: RiverMetrics(factory: NOOPMetricsHandler.instance), committed: {})
        let answers = await withTaskGroup(of: Bool.self) { group in
            for number in 0..<40 {
                group.addTask {
                    var item = world.item(Int64(number + 1))
                    if number % 4 == 0 { item.company = gone }
                    let delivery = Delivery(
                        item: item, id: "msg_\(number)", bodyDigest: digest(number), receivedAt: world.clock.now)
                    do {
                        return try await commit.commit(delivery) == .new && number % 4 != 0
                    } catch {
                        return number % 4 == 0 && error as? StoreError == .unknownCompany(gone)
                    }
                }
            }
            return await group.reduce(into: []) { $0.append($1) }
        }
        #expect(answers.allSatisfy { $0 })
        #expect(try await world.store.ledger.backlog(of: world.company)[world.company]?.urgent == 30)
    }

    private func digest(_ number: Int) -> Fingerprint {
        let hex = String(number, radix: 16)
        return Fingerprint(hex: String(repeating: "0", count: 64 - hex.count) + hex)!
    }
}

struct IntakeTests {
    /// Accepts whoever has credentials at all: who is known is what is tested here.
    private struct AnyoneKnown: WebhookReader {
        func read(_ request: WebhookRequest, with credentials: WebhookCredentials?) throws(Rejection) -> Delivery {
            guard credentials != nil, let digest = Fingerprint(hex: String(repeating: "0", count: 64)) else {
                throw .unauthorized(reason: "wrong_signature")
            }
            let item = Item(company: request.company, platform: request.platform, kind: .ticket, originalID: 1)
            return Delivery(item: item, id: "msg", bodyDigest: digest, receivedAt: request.receivedAt)
        }
    }

    @Test func `the very first webhooks, all at once, are all accepted`() async throws {
        let world = try await World()
        for _ in 0..<20 {
            let intake = Intake(
                book: CredentialBook(companies: world.store.companies, clock: world.clock),
                readers: [.freshdesk: AnyoneKnown()], limiter: IntakeLimiter(perSecond: 0, burst: 1),
                commit: GroupCommit(
                    ledger: world.store.ledger, policy: MarkPolicy(), clock: world.clock,
                    metrics: RiverMetrics(factory: NOOPMetricsHandler.instance), committed: {}),
                backlog: BacklogGauge(limit: 10), clock: world.clock,
                logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
            let answers = await withTaskGroup(of: IntakeAnswer.self) { group in
                for number in 0..<64 {
                    group.addTask {
                        // Staggered, so that some come while the book is read for the first time.
                        for _ in 0..<number * 20 { await Task.yield() }
                        return await intake.receive(
                            WebhookRequest(
                                company: world.company, platform: .freshdesk, headers: [], body: [],
                                receivedAt: world.clock.now))
                    }
                }
                return await group.reduce(into: []) { $0.append($1) }
            }
            #expect(
                answers.allSatisfy {
                    if case .accepted = $0 { true } else { false }
                })
        }
    }
}

struct IntakeLimiterTests {
    @Test func `one company's flood is limited, the other's deliveries pass`() throws {
        let limiter = IntakeLimiter(perSecond: 10, burst: 20)
        let clock = ManualClock()
        let loud = CompanyID("loud")!
        let quiet = CompanyID("quiet")!
        let answers = (0..<400).map { _ in limiter.take(for: loud, now: clock.now) }
        #expect(answers.prefix(20).allSatisfy { $0 == nil })
        #expect(answers.dropFirst(20).allSatisfy { $0.map { (1...59).contains($0) } ?? false })
        #expect(limiter.take(for: quiet, now: clock.now) == nil)
        clock.advance(by: .seconds(1))
        #expect((0..<400).count { _ in limiter.take(for: loud, now: clock.now) == nil } == 10)
    }
}

struct BackoffTests {
    @Test func `delays grow, are capped and never zero`() {
        let backoff = Backoff(first: .seconds(2), cap: .seconds(900))
        for attempt in 1...100 {
            let least = backoff.delay(attempt: attempt, fraction: 0)
            let most = backoff.delay(attempt: attempt, fraction: 0.999_999)
            #expect(least > .zero && least <= most && most <= .seconds(900))
        }
        #expect(backoff.delay(attempt: 3, fraction: 0.5) == .seconds(4))
    }
}
