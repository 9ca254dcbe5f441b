import Foundation
import FreshetCore
import FreshetTestKit
import Testing

@testable import FreshetAdapters

/// What the wire says, in our words: pure, without a network.
struct FreshdeskPayloadTests {
    typealias Sample = FreshdeskSample

    @Test func `every label of a ticket is taken over`() throws {
        let ticket = try source(Sample.ticket(4711, ["status": .integer(6)]), names: names)
        let metadata = ticket.metadata
        #expect(metadata.stage == .other)
        #expect(metadata.status == Label(id: 6, name: "Waiting on Customer"))
        #expect(metadata.priority == Label(id: 3, name: "High"))
        #expect(metadata.source == Label(id: 1, name: "Email"))
        #expect(metadata.group == Label(id: 62_000_154_870, name: "Billing"))
        #expect(metadata.product == Label(id: 62_000_331_025, name: "Ledger"))
        #expect(metadata.agent == Person(id: 62_003_310_542, name: "Bo Lindqvist", email: "bo@tidewater.example"))
        #expect(metadata.organisation == Label(id: 62_000_920_174))
        #expect(metadata.tags == ["export", "billing"])
        #expect(metadata.type == "Problem")
        #expect(metadata.customFields["cf_region"] == .null)
        #expect(metadata.createdAt == Sample.created)
        #expect(!ticket.repeatsFirstMessage)
    }

    @Test(
        arguments: [
            (2, .open), (3, .pending), (4, .resolved), (5, .closed), (6, .other), (77, .other), (0, .other),
        ] as [(Int64, Metadata.Stage)])
    func `the stage follows the status number`(status: Int64, stage: Metadata.Stage) throws {
        #expect(try source(Sample.ticket(1, ["status": .integer(status)])).metadata.stage == stage)
    }

    @Test func `a web chat repeats its first message`() throws {
        #expect(try source(Sample.ticket(1, ["source": .integer(15)])).repeatsFirstMessage)
    }

    @Test(arguments: FreshdeskPayloadTests.authors)
    func `who wrote a message is told by the message alone`(example: AuthorExample) throws {
        let text = Sample.ticket(1, ["conversations": .array([Sample.conversation(1, example.members)])])
        for names in [names, FreshdeskNames()] {
            let author = try #require(try source(text, names: names).messages.first).author
            #expect(author.role == example.role)
            #expect(author.id == example.id)
        }
        #expect(try source(text, names: names).messages.first?.author.name == example.name)
    }

    @Test func `messages keep visibility, direction, edit time and attachments, and links are left out`() throws {
        let note = Sample.conversation(
            9,
            [
                "private": .bool(true), "last_edited_at": .string("2026-03-03T10:40:12Z"),
                "attachments": .array([
                    .object(["id": .integer(7), "name": .string("a.png"), "file_size": .integer(5)])
                ]),
            ])
        let message = try #require(
            try source(Sample.ticket(1, ["conversations": .array([note])])).messages.first)
        #expect(message.isPrivate)
        #expect(!message.isIncoming)
        #expect(message.editedAt == Timestamp(iso8601: "2026-03-03T10:40:12Z"))
        #expect(message.attachments == [Attachment(attachmentID: 7, fileName: "a.png", contentType: nil, size: 5)])
    }

    @Test func `nulls and missing keys are survived wherever Freshdesk has them`() throws {
        let bare = #"{"id":5,"created_at":"2026-03-03T09:14:22Z","updated_at":"2026-03-03T09:14:22Z"}"#
        let ticket = try source(bare)
        #expect(ticket.subject == "")
        #expect(ticket.metadata.status == Label(id: 0))
        #expect(ticket.metadata.requester == nil)

        var nulled = Sample.ticketMembers
        for key in nulled.keys where !["id", "created_at", "updated_at"].contains(key) { nulled[key] = .null }
        #expect(try source(Sample.text(.object(nulled))).metadata.tags == [])
    }

    @Test func `a number written as text, unknown enum values and new keys are understood`() throws {
        let ticket = try source(
            Sample.ticket(
                1,
                [
                    "status": .string("4"), "priority": .integer(99), "source": .integer(4242),
                    "spam": .string("false"),
                    "responder_id": .string("62003310542"), "tags": .array([.string("a"), .integer(7), .null]),
                    "subject": .integer(404), "brand_new": .object(["x": .array([.null])]),
                ]))
        #expect(ticket.metadata.stage == .resolved)
        #expect(ticket.metadata.priority == Label(id: 99))
        #expect(ticket.metadata.source == Label(id: 4242))
        #expect(ticket.metadata.agent?.id == 62_003_310_542)
        #expect(ticket.metadata.tags == ["a", "7"])
        #expect(ticket.subject == "404")
    }

    @Test(arguments: [
        ("id", JSONValue.null, "ticket.id"), ("id", .string("4711x"), "ticket.id"), ("id", .number(1.5), "ticket.id"),
        ("created_at", .string("soon"), "ticket.created_at"), ("updated_at", .null, "ticket.updated_at"),
        ("tags", .string("a"), "ticket.tags"), ("tags", .array([.object([:])]), "ticket.tags[0]"),
        ("spam", .string("perhaps"), "ticket.spam"), ("requester", .array([]), "ticket.requester"),
        ("stats", .object(["resolved_at": .string("x")]), "ticket.stats.resolved_at"),
        ("attachments", .array([.object(["id": .string("secret text")])]), "ticket.attachments[0].id"),
        ("custom_fields", .string("x"), "ticket.custom_fields"),
    ])
    func `what has no meaning is refused by its place`(key: String, value: JSONValue, path: String) throws {
        #expect(throws: UpstreamError.malformed(path: path)) { try payload(Sample.ticket(1, [key: value])) }
    }

    @Test(arguments: [
        #"{"2":["Open","Being processed"],"6":["Waiting","x"]}"#, #"{"2":"Open","6":"Waiting"}"#,
        #"{"Open":2,"Waiting":6}"#, #"[{"id":2,"label":"Open"},{"id":6,"label":"Waiting"}]"#,
        #"[{"value":2,"label":"Open"},{"value":6,"label":"Waiting"},7,null,{"x":1}]"#,
    ])
    func `choices of a ticket field are read in every shape they come in`(choices: String) throws {
        let text = #"{"name":"status","type":"default_status","choices":\#(choices)}"#
        let field = try JSONDecoder().decode(TicketFieldPayload.self, from: Data(text.utf8))
        #expect(field.labels == [2: "Open", 6: "Waiting"])
    }

    /// Keys go, values become null or of another type, whole subtrees move: the answer is a ticket or `malformed` with a
    /// place in our own words, never a trap and never somebody's text.
    @Test(arguments: 0..<40 as Range<UInt64>)
    func `no mutation of an answer does harm`(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        let whole = Sample.value(
            Sample.ticket(1, ["conversations": Sample.conversations(1...4)]))
        for _ in 0..<50 {
            var value = whole
            for _ in 0..<Int.random(in: 1...3, using: &random) { value = mutated(value, &random) }
            do {
                _ = try source(Sample.text(value), names: names)
            } catch let error as UpstreamError {
                guard case .malformed(let path) = error else {
                    Issue.record("seed \(seed): \(error)")
                    return
                }
                let isOurs = path.wholeMatch(of: /[a-z_]+([.][a-z_]+|[\[][0-9]+[\]])*/) != nil
                #expect(isOurs && !path.contains("mutant"), "seed \(seed): \(path)")
            }
        }
    }

    @Test func `an answer nested beyond reason is refused, not run into the ground`() throws {
        for depth in [400, 5000, 200_000] {
            let deep = String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
            let text = #"{"id":5,"custom_fields":{"a":\#(deep)},"created_at":"2026-03-03T09:14:22Z"}"#
            #expect(throws: UpstreamError.self) { try payload(text) }
        }
    }

    struct AuthorExample: Sendable {
        var members: [String: JSONValue]
        var role: Author.Role
        var id: Int64?
        var name: String?
    }

    static let requester: Int64 = 62_007_741_903
    static let agent: Int64 = 62_003_310_542

    static let authors: [AuthorExample] = [
        AuthorExample(members: [:], role: .agent, id: agent, name: "Bo Lindqvist"),
        AuthorExample(members: ["user_id": .integer(5)], role: .agent, id: 5),
        AuthorExample(
            members: ["user_id": .integer(requester), "incoming": .bool(true)], role: .requester, id: requester,
            name: "Ines Okafor"),
        AuthorExample(members: ["user_id": .integer(requester)], role: .requester, id: requester, name: "Ines Okafor"),
        AuthorExample(members: ["user_id": .integer(5), "incoming": .bool(true)], role: .requester, id: 5),
        AuthorExample(members: ["user_id": .null, "incoming": .bool(true)], role: .requester),
        AuthorExample(members: ["user_id": .integer(5), "category": .integer(1)], role: .requester, id: 5),
        AuthorExample(members: ["user_id": .null], role: .automatic),
        AuthorExample(members: ["user_id": .null, "private": .bool(true), "source": .integer(2)], role: .automatic),
        AuthorExample(members: ["auto_response": .bool(true)], role: .automatic, id: agent, name: "Bo Lindqvist"),
        AuthorExample(
            members: ["automation_id": .integer(9), "user_id": .null, "incoming": .bool(true)], role: .automatic),
    ]

    private var names: FreshdeskNames {
        var names = FreshdeskNames()
        names.agents[Self.agent] = Person(id: Self.agent, name: "Bo Lindqvist", email: "bo@tidewater.example")
        names.groups[62_000_154_870] = "Billing"
        names.products[62_000_331_025] = "Ledger"
        names.statuses[6] = "Waiting on Customer"
        return names
    }

    private func payload(_ text: String) throws -> TicketPayload {
        try FreshdeskAnswer(status: 200, body: Data(text.utf8)).decode(TicketPayload.self, as: "ticket")
    }

    private func source(_ text: String, names: FreshdeskNames = FreshdeskNames()) throws -> SourceTicket {
        let payload = try payload(text)
        let ticket = FreshdeskTicket(ticket: payload, conversations: payload.conversations ?? [], isArchived: false)
        let item = Item(
            company: FreshdeskHelpDesk.testCompany, platform: .freshdesk, kind: .ticket, originalID: payload.id)
        return ticket.source(of: item, names: names)
    }

    private func mutated(_ value: JSONValue, _ random: inout SplitMix64) -> JSONValue {
        let stop = Int.random(in: 0..<4, using: &random) == 0
        switch value {
        case .object(var members) where !stop && !members.isEmpty:
            let keys = members.keys.sorted()
            let key = keys[Int.random(in: 0..<keys.count, using: &random)]
            if Int.random(in: 0..<4, using: &random) == 0 {
                members[key] = nil
            } else {
                members[key] = mutated(members[key] ?? .null, &random)
            }
            return .object(members)
        case .array(var elements) where !stop && !elements.isEmpty:
            let index = Int.random(in: 0..<elements.count, using: &random)
            elements[index] = mutated(elements[index], &random)
            return .array(elements)
        default:
            let others: [JSONValue] = [
                .null, .bool(true), .integer(.max), .integer(-1), .number(1e300), .number(-0.5), .string(""),
                .string("mutant text"), .string("4711"), .string("2026-02-30T00:00:00Z"), .array([]), .object([:]),
                .array([.null, .string("mutant")]), .object(["mutant": .array([.integer(1)])]),
            ]
            return others[Int.random(in: 0..<others.count, using: &random)]
        }
    }
}

extension FreshdeskAnswer {
    fileprivate init(status: Int, body: Data) {
        self.init(
            status: status, body: body, limits: RateBudget.Limits(), retryAfter: nil, isFromAccount: true,
            hasNextPage: false)
    }
}
