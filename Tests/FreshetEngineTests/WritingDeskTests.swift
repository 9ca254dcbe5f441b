import CoreMetrics
import FreshetAdapters
import FreshetCore
import FreshetEngine
import FreshetStore
import FreshetTestKit
import Synchronization
import Testing

/// Repeats the last thing that each passage says, and remembers what it was shown.
private final class EchoWriter: Writer {
    let identity = ModelIdentity(provider: "paid", model: "chat-1", version: 1)
    private let seen = Mutex<(answers: [AnswerOrder], replies: [ReplyOrder])>(([], []))
    private let fault = Mutex<WritingFault?>(nil)

    var answers: [AnswerOrder] { seen.withLock { $0.answers } }
    var replies: [ReplyOrder] { seen.withLock { $0.replies } }
    func fail(_ with: WritingFault?) { fault.withLock { $0 = with } }

    func answer(
        _ order: AnswerOrder, for company: CompanyID, until end: Timestamp
    ) async throws(WritingFault) -> Draft {
        seen.withLock { $0.answers.append(order) }
        return try echo(order.passages)
    }

    func reply(
        _ order: ReplyOrder, for company: CompanyID, until end: Timestamp
    ) async throws(WritingFault) -> Draft {
        seen.withLock { $0.replies.append(order) }
        return try echo(order.passages)
    }

    private func echo(_ passages: [Passage]) throws(WritingFault) -> Draft {
        if let fault = fault.withLock({ $0 }) { throw fault }
        return Draft(
            sentences: passages.map { Draft.Sentence(text: $0.parts.last?.text ?? "", sources: [$0.item]) },
            language: "en", maker: identity.name)
    }
}

/// Takes an hour to answer anything.
private struct SlowDesk: HelpDesk, HelpDesks {
    let clock: ManualClock
    var calls: Int64 { 0 }

    func helpDesk(of company: CompanyID) async throws -> any HelpDesk { self }
    func check() async throws(UpstreamError) {}

    func fetch(_ item: Item, urgency: Urgency) async throws(UpstreamError) -> Fetched {
        do { try await clock.sleep(for: .seconds(3600)) } catch { throw .unreachable(detail: "cancelled") }
        return Fetched(.gone(.purged), calls: 1)
    }

    func page(
        of listing: Listing, at position: ListingPosition?, urgency: Urgency
    ) async throws(UpstreamError) -> ListingPage { ListingPage(items: [], next: nil) }
}

@Suite struct WritingDeskTests {
    private let writer = EchoWriter()

    private func world() async throws -> World {
        let world = try await World()
        for id in Int64(1)...3 {
            var ticket = SourceTicket.sample(world.item(id), "The exporter stops", at: world.clock.now)
            ticket.metadata.stage = id == 3 ? .open : .resolved
            ticket.metadata.requester = Person(id: 9, name: "Nora Quill")
            ticket.messages.append(
                SourceMessage(
                    id: id * 100 + 1, author: Author(role: .agent, id: 7, name: "Ada"), isPrivate: true,
                    isIncoming: false, bodyHTML: "<div>wombat margin</div>", createdAt: world.clock.now))
            ticket.attachments = [
                Attachment(attachmentID: id, fileName: "wombat.pdf", contentType: nil, size: 1)
            ]
            world.desk.put(ticket)
        }
        for (id, visibility) in [(Int64(11), Visibility.everyone), (12, .agents)] {
            var article = SourceArticle.sample(world.article(id), "The exporter stops", at: world.clock.now)
            article.metadata.article?.place.visibility = visibility
            world.desk.put(article: article)
        }
        for item in [1, 2, 3].map(world.item) + [11, 12].map(world.article) { try await world.converge(item) }
        return world
    }

    private func desk(
        _ world: World, helpDesks: (any HelpDesks)? = nil, budget: Budget = Budget(), includesPrivate: Bool = false
    ) -> WritingDesk {
        let metrics = RiverMetrics(factory: NOOPMetricsHandler.instance)
        return WritingDesk(
            writer: writer, builtin: BuiltinWriter(),
            recommender: Recommendations(
                index: world.index, documents: world.store.documents, random: world.random, clock: world.clock,
                metrics: metrics), documents: world.store.documents, helpDesks: helpDesks ?? world.desk,
            keeper: BudgetKeeper(
                records: world.store.usage, budgets: BudgetTable(usual: budget), currency: "USD", clock: world.clock),
            configuration: WritingDesk.Configuration(includesPrivate: includesPrivate), clock: world.clock,
            metrics: metrics)
    }

    private func ask(_ desk: WritingDesk, _ world: World) async throws -> GroundedAnswer {
        let query = SearchQuery(text: "the exporter stops", kinds: [.ticket, .article])
        let found = Recommendation(id: "r", hits: try await world.index.search(query, in: world.company))
        return try #require(try await desk.answer(query, from: found, for: world.company))
    }

    @Test func `what is withdrawn since takes its sentences along, tickets and articles alike`() async throws {
        let world = try await world()
        let whole = try await ask(desk(world), world)
        #expect(whole.status == .answered && whole.citations.count == 5 && !whole.isUnverified)
        world.desk.trash(world.item(1), as: .spam)
        world.desk.edit(article: world.article(12)) { $0.metadata.article?.place.isDraft = true }
        let left = try await ask(desk(world), world)
        #expect(Set(left.citations.map(\.item)) == [world.item(2), world.item(3), world.article(11)])
        #expect(left.draft?.sentences.count == 3)
        for id in [2, 3] as [Int64] { world.desk.trash(world.item(id)) }
        world.desk.remove(article: world.article(11))
        #expect(try await ask(desk(world), world).status == .notEnoughEvidence)
    }

    @Test func `a help desk that keeps silent makes an answer unverified, when its time is up`() async throws {
        let world = try await world()
        let desk = desk(world, helpDesks: SlowDesk(clock: world.clock))
        async let answer = ask(desk, world)
        // Five looks and the one that ends them.
        while world.clock.sleepers < 6 { await Task.yield() }
        world.clock.advance(by: .seconds(3))
        let whole = try await answer
        #expect(whole.status == .answered && whole.isUnverified && whole.citations.count == 5)
        #expect(world.clock.sleepers == 0, "nobody goes on asking")
    }

    @Test func `private notes are shown only where that is configured, and never for a reply`() async throws {
        let world = try await world()
        for includesPrivate in [false, true] {
            let desk = desk(world, includesPrivate: includesPrivate)
            _ = try await ask(desk, world)
            #expect("\(writer.answers.last?.passages as Any)".contains("wombat margin") == includesPrivate)
            _ = try await desk.reply(ReplyWish(ticket: 3), for: world.company)
            let order = try #require(writer.replies.last)
            #expect(!"\(order)".contains("wombat"), "neither a note nor a file's name")
            #expect(Set(order.passages.map(\.item)) == [world.item(1), world.item(2), world.article(11)])
        }
    }

    @Test func `a reply rests on the ticket as it stands now, or says that it could not be looked up`() async throws {
        let world = try await world()
        world.desk.edit(world.item(3)) { $0.subject = "The exporter stops again" }
        let fresh = try #require(try await desk(world).reply(ReplyWish(ticket: 3), for: world.company))
        #expect(writer.replies.last?.ticket.subject == "The exporter stops again" && !fresh.isUnverified)
        world.desk.breakDown()
        let stored = try #require(try await desk(world).reply(ReplyWish(ticket: 3), for: world.company))
        #expect(writer.replies.last?.ticket.subject == "The exporter stops" && stored.isUnverified)
        await #expect(throws: UpstreamError.self) {
            try await desk(world).reply(ReplyWish(ticket: 404), for: world.company)
        }
        world.desk.recover()
        #expect(try await desk(world).reply(ReplyWish(ticket: 404), for: world.company) == nil)
    }

    @Test func `whatever keeps a text back has its name, and there is a built-in draft`() async throws {
        let world = try await world()
        for fault in [WritingFault.deadline, .unavailable, .declined] {
            writer.fail(fault)
            #expect(try await ask(desk(world), world).status == .withheld(fault))
            let reply = try #require(try await desk(world).reply(ReplyWish(ticket: 3), for: world.company))
            #expect(reply.reason == fault && reply.isBuiltin)
            #expect(reply.draft.text.hasPrefix("Hello Nora Quill,"), "\(reply.draft.text)")
        }
        writer.fail(.cancelled)
        await #expect(throws: CancellationError.self) { try await ask(desk(world), world) }
        writer.fail(nil)
        let asked = writer.answers.count
        try await world.store.usage.add(
            [
                UsageEntry(
                    company: world.company, day: UTCDay(world.clock.now), provider: "paid", model: "chat-1",
                    purpose: .answer, figures: UsageFigures(calls: 1, tokens: TokenUsage(input: 100)))
            ], saved: [])
        let capped = desk(world, budget: Budget(dailyTokens: 100))
        #expect(try await ask(capped, world).status == .withheld(.budget))
        #expect(writer.answers.count == asked)
        #expect(try await capped.reply(ReplyWish(ticket: 3), for: world.company)?.reason == .budget)
    }
}
