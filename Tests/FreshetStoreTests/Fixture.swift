import Foundation
import FreshetCore
import FreshetStore
import FreshetTestKit
import Testing

/// A store of its own over a real file, with its companies in it and a clock that stands still.
struct Fixture {
    let directory: TemporaryDirectory
    let clock: ManualClock
    let key: MasterKey
    let store: SQLiteStore

    var path: String { directory.path("freshet.db") }
    var now: Timestamp { clock.now }

    init(
        _ companies: [String] = ["acme"], limits: StoreLimits = StoreLimits(), statements: SQLText = .unchanged
    ) async throws {
        directory = try TemporaryDirectory()
        clock = ManualClock()
        key = MasterKey.generate()
        store = try SQLiteStore(
            path: directory.path("freshet.db"), masterKey: key, clock: clock, limits: limits, statements: statements)
        for company in companies { try await add(company) }
    }

    /// Goes on where another was, on files of its own.
    init(_ copy: Copy, limits: StoreLimits = StoreLimits(), statements: SQLText = .unchanged) throws {
        directory = try TemporaryDirectory()
        clock = ManualClock(copy.now)
        key = copy.key
        let path = directory.path("freshet.db")
        try Self.copyFiles(copy.path, path)
        store = try SQLiteStore(path: path, masterKey: key, clock: clock, limits: limits, statements: statements)
    }

    /// The files, the key and the clock as they are at a moment.
    struct Copy {
        let path: String
        let key: MasterKey
        let now: Timestamp
    }

    func copy(to path: String) throws -> Copy {
        try Self.copyFiles(self.path, path)
        return Copy(path: path, key: key, now: now)
    }

    private static func copyFiles(_ from: String, _ to: String) throws {
        for suffix in ["", "-wal"] where FileManager.default.fileExists(atPath: from + suffix) {
            try FileManager.default.copyItem(atPath: from + suffix, toPath: to + suffix)
        }
    }

    func add(_ company: String) async throws {
        try await store.companies.add(
            .sample(company, at: clock.now), apiKey: Secret("key of \(company)"),
            webhookSecret: Secret("whsec_\(company)"))
    }

    /// The same file once more, as another process would have it.
    func another(statements: SQLText = .unchanged) throws -> SQLiteStore {
        try SQLiteStore(path: path, masterKey: key, clock: clock, statements: statements)
    }

    /// The file as it would be found after kill -9 at this moment: without anything that only closing writes.
    func afterKill() throws -> SQLiteStore {
        let copy = directory.path("copy-\(UUID().uuidString).db")
        try Self.copyFiles(path, copy)
        return try SQLiteStore(path: copy, masterKey: key, clock: clock)
    }

    /// Claims one item, which has to be there.
    func claim(_ policy: ClaimPolicy = ClaimPolicy(), owner: String = "worker") async throws -> Run {
        try #require(try await store.ledger.claim(limit: 1, owner: owner, policy: policy, now: now).first)
    }

    func mark(_ item: Item, _ urgency: Urgency = .urgent, cause: Cause = .webhook, policy: MarkPolicy = MarkPolicy())
        async throws
    {
        try await store.ledger.mark([Mark(item, cause: cause, urgency: urgency)], policy: policy, now: now)
    }

    func finish(_ run: Run, _ outcome: Outcome = .updated, reason: String? = nil, retryAt: Timestamp? = nil)
        async throws
    {
        try await store.ledger.finish(
            RunReport(run: run, outcome: outcome, reason: reason, retryAt: retryAt), now: now)
    }

    func entry(_ item: Item) async throws -> LedgerEntry { try #require(try await store.ledger.entry(item)) }
}

extension CompanyID {
    /// A company id that a test knows to be good.
    static func known(_ text: String) -> CompanyID {
        guard let id = CompanyID(text) else { preconditionFailure("not a company id: \(text)") }
        return id
    }
}

let acme = CompanyID.known("acme")
let globex = CompanyID.known("globex")

extension Company {
    static func sample(_ id: String, at moment: Timestamp) -> Company {
        guard let url = URL(string: "https://\(id).freshdesk.com") else { preconditionFailure("not a URL") }
        return Company(id: .known(id), platform: .freshdesk, url: url, scheme: .standard, createdAt: moment)
    }
}

extension Item {
    static func ticket(_ number: Int64, of company: CompanyID = acme) -> Item {
        Item(company: company, platform: .freshdesk, kind: .ticket, originalID: number)
    }
}

extension Fingerprint {
    /// A fingerprint that differs with `number`.
    static func sample(_ number: Int) -> Fingerprint {
        let digits = String(number, radix: 16)
        guard let value = Fingerprint(hex: String(repeating: "0", count: 64 - digits.count) + digits) else {
            preconditionFailure("64 hex digits")
        }
        return value
    }
}

extension Delivery {
    static func sample(_ item: Item, id: String?, body: Int = 1, at moment: Timestamp) -> Delivery {
        Delivery(item: item, id: id, bodyDigest: .sample(body), event: "changed", receivedAt: moment)
    }
}

extension Metadata {
    static func sample(tags: [String] = ["billing"], at moment: Timestamp) -> Metadata {
        Metadata(
            stage: .resolved, status: Label(id: 4, name: "Resolved"), priority: Label(id: 2, name: "Medium"),
            type: "Question", source: Label(id: 1, name: "Email"), tags: tags, group: Label(id: 7, name: "Tier 1"),
            product: Label(id: 9, name: "Rocket"), agent: Person(id: 3, name: "Ann", email: "ann@example.com"),
            requester: Person(id: 5, name: nil, email: nil), organisation: Label(id: 11, name: nil),
            customFields: [
                "cf_text": .string("a \"quoted\" wörd\u{0}\u{1F600}"), "cf_number": .integer(.max),
                "cf_half": .number(0.5),
                "cf_none": .null, "cf_flag": .bool(true),
                "cf_list": .array([.integer(1), .object(["a": .bool(false)])]),
            ],
            createdAt: moment, updatedAt: moment + .milliseconds(1), resolvedAt: moment + .seconds(5), closedAt: nil,
            isArchived: true)
    }
}

extension Summary {
    static func sample(_ text: String) -> Summary {
        Summary(problem: text, cause: "c", solution: "s", result: "r", tags: ["one", "two"], language: "en")
    }
}

extension Document {
    static func sample(_ item: Item, text: String = "hello", at moment: Timestamp) -> Document {
        Document(
            item: item, subject: "Subject \(text)", description: "Text\n\(text)",
            conversations: [
                Message(
                    id: 1, author: Author(role: .agent, id: 3, name: "Ann"), isPrivate: true, isIncoming: false,
                    body: text, createdAt: moment, editedAt: moment + .milliseconds(7)),
                Message(
                    id: .max, author: Author(role: .automatic), isPrivate: false, isIncoming: true, body: "",
                    createdAt: moment),
            ],
            attachments: [Attachment(attachmentID: 8, fileName: "a.png", contentType: nil, size: 1 << 40)],
            metadata: .sample(at: moment))
    }
}

extension DocumentRecord {
    static func sample(_ item: Item, text: String = "hello", generation: Int64 = 1, at moment: Timestamp)
        -> DocumentRecord
    {
        DocumentRecord(
            item: item, state: .indexed, document: .sample(item, text: text, at: moment), summary: .sample(text),
            contentHash: .sample(1), facetsHash: .sample(2), summariser: "builtin/extractive/1",
            embedder: "builtin/hashed/1", generation: generation, recordedAt: moment)
    }
}

extension Point {
    static func sample(
        _ item: Item, text: String = "hello", generation: Int64 = 1, tags: [String] = ["billing"], at moment: Timestamp
    ) -> Point {
        Point(
            item: item, subject: "Subject \(text)", summary: .sample(text), text: text,
            metadata: .sample(tags: tags, at: moment), contentHash: .sample(1), facetsHash: .sample(2),
            generation: generation, indexedAt: moment,
            embedding: Embedding(vector: [0.6, -0.8, .leastNonzeroMagnitude], features: [0, 7, .max]))
    }
}

extension FullTextTerms {
    static func words(_ subject: String, _ body: String = "") -> FullTextTerms {
        FullTextTerms(
            subject: subject.split(separator: " ").map(String.init), body: body.split(separator: " ").map(String.init))
    }
}
