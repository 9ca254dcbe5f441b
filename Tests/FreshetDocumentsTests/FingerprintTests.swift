import Foundation
import FreshetCore
import FreshetDocuments
import FreshetSystem
import FreshetTestKit
import Testing

@Suite struct FingerprintTests {
    private func prints(_ ticket: SourceTicket, followsResolution: Bool = true) -> Fingerprints {
        Fingerprints(of: Document(merging: ticket), followsResolution: followsResolution)
    }

    @Test(arguments: 0..<300 as Range<UInt64>)
    func `two fetches without a change by people are equal in both`(seed: UInt64) {
        var samples = SampleTickets(seed: seed)
        let sample = samples.ticket()
        let first = Document(merging: sample.ticket)
        for _ in 0..<3 {
            let second = Document(merging: samples.redelivered(sample))
            #expect(
                Fingerprints(of: first, followsResolution: true) == Fingerprints(of: second, followsResolution: true),
                "seed \(seed)")
            #expect(second.changes(since: first) == [], "seed \(seed)")
            #expect(second.mergedContent == first.mergedContent, "seed \(seed)")
        }
    }

    struct Change: CustomTestStringConvertible, Sendable {
        var name: String
        var difference: Difference
        var apply: @Sendable (inout SourceTicket) -> Void
        var testDescription: String { name }

        init(_ name: String, _ difference: Difference, _ apply: @escaping @Sendable (inout SourceTicket) -> Void) {
            self.name = name
            self.difference = difference
            self.apply = apply
        }
    }

    private static let newest = Timestamp(seconds: 1_772_550_000)

    /// One for each thing that people can change and others can see; the name is what the decision ledger shows.
    static let changes: [Change] = [
        Change("subject", .content) { $0.subject += " again" },
        Change("description", .content) { $0.descriptionHTML += "<p>PS</p>" },
        Change("message 62099000102", .content) { $0.messages[1].bodyHTML = "<p>Quite another text.</p>" },
        Change("message 62099000103", .content) { $0.messages[2].isPrivate.toggle() },
        Change("message 62099000101", .content) { $0.messages[0].author.role = .automatic },
        Change("message 62099000101 removed", .content) { $0.messages.remove(at: 0) },
        Change("message 62099000999 added", .content) {
            $0.messages.append(
                SourceMessage(
                    id: 62_099_000_999, author: $0.messages[0].author, isPrivate: false, isIncoming: true,
                    bodyHTML: "Thanks", createdAt: newest))
        },
        Change("message 62099000998 added", .content) {
            $0.messages.append(
                SourceMessage(
                    id: 62_099_000_998, author: $0.messages[0].author, isPrivate: true, isIncoming: true, bodyHTML: "",
                    createdAt: newest))
        },
        Change("attachment 5 added", .content) {
            $0.attachments.append(Attachment(attachmentID: 5, fileName: "a", contentType: nil, size: 1))
        },
        Change("attachment 6 added", .content) {
            $0.messages[0].attachments = [Attachment(attachmentID: 6, fileName: "a", contentType: nil, size: 1)]
        },
        Change("attachment 62055010007 removed", .content) { $0.attachments = [] },
        Change("attachment 62055010007", .content) { $0.attachments[0].fileName = "lines.csv" },
        Change("attachment 62055010007", .content) { $0.attachments[0].size += 1 },
        Change("attachment 77", .content) { $0.messages[1].attachments[0].size = 13 },
        Change("status", .facets) { $0.metadata.stage = .pending },
        Change("status", .facets) { $0.metadata.status = Label(id: 7, name: "Waiting") },
        Change("status", .facets) { $0.metadata.status.name = "Offen" },
        Change("priority", .facets) { $0.metadata.priority = Label(id: 4, name: "Urgent") },
        Change("type", .facets) { $0.metadata.type = "Question" },
        Change("source", .facets) { $0.metadata.source = Label(id: 3, name: "Phone") },
        Change("tags", .facets) { $0.metadata.tags.append("late") },
        Change("tags", .facets) { $0.metadata.tags.removeLast() },
        Change("tags", .facets) { $0.metadata.tags[0] = "Export" },
        Change("group", .facets) { $0.metadata.group = nil },
        Change("group", .facets) { $0.metadata.group?.name = "Tier 2" },
        Change("product", .facets) { $0.metadata.product = Label(id: 60, name: "Quay") },
        Change("agent", .facets) { $0.metadata.agent = Person(id: 88, name: "Mina") },
        Change("agent", .facets) { $0.metadata.agent?.email = "jo@tidewater.example" },
        Change("requester", .facets) { $0.metadata.requester?.name = "Inês Okafor" },
        Change("requester", .facets) { $0.metadata.requester?.email = nil },
        Change("organisation", .facets) { $0.metadata.organisation = nil },
        Change("custom field cf_version", .facets) { $0.metadata.customFields["cf_version"] = .string("4.2.2") },
        Change("custom field cf_big", .facets) { $0.metadata.customFields["cf_big"] = .integer(9_007_199_254_740_992) },
        Change("custom field cf_rate", .facets) { $0.metadata.customFields["cf_rate"] = .number(0.1.nextUp) },
        Change("custom field cf_flag", .facets) { $0.metadata.customFields["cf_flag"] = nil },
        Change("custom field cf_new", .facets) {
            $0.metadata.customFields["cf_new"] = .array([.integer(1), .object(["a": .bool(false)])])
        },
        Change("created_at", .facets) { $0.metadata.createdAt = Timestamp(seconds: 1_772_534_001) },
        Change("archived", .facets) { $0.isArchived = true },
        Change("authors", .facets) {
            for at in $0.messages.indices where $0.messages[at].author.role == .agent {
                $0.messages[at].author.name = "Jörg M."
            }
        },
    ]

    @Test(arguments: changes, [1, 2, 3, 4, 5] as [UInt64])
    func `a change that people see alters exactly the right one`(change: Change, seed: UInt64) {
        var samples = SampleTickets(seed: seed)
        let sample = samples.ticket()
        var changed = sample.ticket
        change.apply(&changed)
        // What moves on its own moves as well, as it does in life.
        changed.metadata.updatedAt = Self.newest
        let before = prints(sample.ticket), after = prints(changed)
        #expect((before.content != after.content) == (change.difference == .content), "seed \(seed)")
        #expect((before.facets != after.facets) == (change.difference == .facets), "seed \(seed)")
        #expect(
            Document(merging: changed).changes(since: Document(merging: sample.ticket)) == [change.name], "seed \(seed)"
        )
        #expect(after.difference(from: record(before)) == change.difference)
    }

    @Test func `becoming resolved is content only where the summary follows it`() {
        var samples = SampleTickets(seed: 1)
        let open = samples.ticket().ticket
        for stage in Metadata.Stage.allCases {
            var other = open
            other.metadata.stage = stage
            let isResolved = stage == .resolved || stage == .closed
            #expect((prints(other).content != prints(open).content) == isResolved)
            #expect(prints(other, followsResolution: false).content == prints(open).content)
            #expect((prints(other).facets != prints(open).facets) == (stage != .open))
        }
    }

    private func record(_ prints: Fingerprints?) -> DocumentRecord {
        DocumentRecord(
            item: SampleTickets.item(), state: prints == nil ? .removed : .indexed, contentHash: prints?.content,
            facetsHash: prints?.facets, generation: 1, recordedAt: .epoch)
    }

    @Test func `without a record everything is new`() {
        var samples = SampleTickets(seed: 9)
        let now = prints(samples.ticket().ticket)
        #expect(now.difference(from: nil) == .content)
        #expect(now.difference(from: record(nil)) == .content)
        #expect(now.difference(from: record(now)) == .nothing)
    }

    @Test func `many changes are counted`() {
        var samples = SampleTickets(seed: 3)
        var sample = samples.ticket().ticket
        let before = Document(merging: sample)
        sample.attachments += (1...40).map {
            Attachment(attachmentID: 900 + $0, fileName: "f", contentType: nil, size: 1)
        }
        let names = Document(merging: sample).changes(since: before)
        #expect(names.count == 21 && names.last == "20 more")
        #expect(Document(merging: sample).changes(since: nil) == [])
    }

    /// The hand-written order of keys is the canonical one, for any content.
    @Test(arguments: 0..<100 as Range<UInt64>)
    func `what is hashed is canonical JSON`(seed: UInt64) throws {
        var samples = SampleTickets(seed: seed)
        var ticket = samples.ticket().ticket
        ticket.metadata.customFields = [
            "\u{20AC}": .string("a"), "\u{1F600}": .number(1e21), "\u{FB33}": .integer(.max),
            "a": .object(["z": .null, "b": .array([.bool(true)])]),
        ]
        let document = Document(merging: ticket)
        for bytes in [
            Fingerprint.canonicalBytes(of: document.content(followsResolution: true)),
            Fingerprint.canonicalFacets(of: document),
        ] {
            let value = try JSONDecoder().decode(JSONValue.self, from: Data(bytes))
            #expect(try CanonicalJSON.bytes(of: value) == bytes, "seed \(seed)")
        }
    }

    /// Computed with another language's JSON and SHA-256: a change of this text re-summarises every ticket there is, so
    /// it comes with a new schema version.
    @Test func `the schema stays as it was`() {
        let content = Content(
            subject: "S \"1\"", description: "한글\nx",
            entries: [.init(id: 9_007_199_254_740_993, role: .agent, isPrivate: true, text: "t")],
            attachments: [Attachment(attachmentID: 7, fileName: "a.txt", contentType: "ignored", size: 12)],
            isResolved: true)
        let json =
            #"{"attachments":[{"id":"7","name":"a.txt","size":12}],"description":"한글\nx","messages":[{"id":"9007199254740993","private":true,"role":"agent","text":"t"}],"resolved":true,"subject":"S \"1\"","v":1}"#
        #expect(String(decoding: Fingerprint.canonicalBytes(of: content), as: UTF8.self) == json)
        #expect(Fingerprint(of: content).hex == "00d582f07dffb82bbce678761512faaab0627fc182985558c9352f3e350445f4")

        let document = Document(
            item: SampleTickets.item(), subject: "", description: "",
            conversations: [
                Message(
                    id: 1, author: Author(role: .agent, id: nil, name: "Bot"), isPrivate: false, isIncoming: false,
                    body: "", createdAt: .epoch)
            ], attachments: [],
            metadata: Metadata(
                stage: .other, status: Label(id: 6), priority: Label(id: 1, name: "Low"), type: nil,
                source: Label(id: 2, name: "Portal"), tags: ["a", "b"],
                requester: Person(id: 5, name: "N", email: "n@x.example"), customFields: ["cf": .integer(.max)],
                createdAt: .epoch, updatedAt: .epoch))
        let facets =
            #"{"agent":null,"archived":false,"authors":[{"id":null,"name":"Bot"}],"created_at":"1970-01-01T00:00:00Z","custom_fields":{"cf":"9223372036854775807"},"group":null,"organisation":null,"priority":{"id":"1","name":"Low"},"product":null,"requester":{"email":"n@x.example","id":"5","name":"N"},"source":{"id":"2","name":"Portal"},"stage":"other","status":{"id":"6","name":null},"tags":["a","b"],"type":null,"v":1}"#
        #expect(String(decoding: Fingerprint.canonicalFacets(of: document), as: UTF8.self) == facets)
        #expect(
            Fingerprint(facetsOf: document).hex == "e2e2f1ab8500859e779d121e5c131efbf022b271771550f5352b3d96db3ddc75")
    }
}
