import Foundation
import FreshetCore
import FreshetStore
import FreshetTestKit
import Testing

@Suite struct `Companies` {
    @Test func `a company comes back as it was added, once`() async throws {
        let fixture = try await Fixture([])
        let company = Company.sample("acme", at: fixture.now)
        try await fixture.store.companies.add(company, apiKey: Secret("k"), webhookSecret: Secret("w"))
        #expect(try await fixture.store.companies.company(acme) == company)
        #expect(try await fixture.store.companies.all() == [company])
        await #expect(throws: StoreError.companyExists(acme)) {
            try await fixture.store.companies.add(company, apiKey: Secret("x"), webhookSecret: Secret("y"))
        }
        #expect(try await fixture.store.companies.apiKey(of: acme) == Secret("k"))
        #expect(try await fixture.store.companies.company(globex) == nil)
        #expect(try await fixture.store.companies.apiKey(of: globex) == nil)
        #expect(try await fixture.store.companies.webhookCredentials(of: globex, now: fixture.now) == nil)
    }

    @Test func `a rotated secret overlaps with the old one, then ends it`() async throws {
        let fixture = try await Fixture()
        let companies = fixture.store.companies
        let end = fixture.now + .seconds(3600)
        try await companies.rotateWebhookSecret(
            of: acme, to: Secret("new"), scheme: nil, overlapUntil: end, now: fixture.now)
        func secrets(at moment: Timestamp) async throws -> WebhookCredentials? {
            try await companies.webhookCredentials(of: acme, now: moment)
        }
        #expect(
            try await secrets(at: end - .milliseconds(1))
                == WebhookCredentials(scheme: .standard, secrets: [Secret("new"), Secret("whsec_acme")]))
        #expect(try await secrets(at: end)?.secrets == [Secret("new")])
        try await companies.rotateWebhookSecret(
            of: acme, to: Secret("newest"), scheme: .hub, overlapUntil: end, now: fixture.now)
        #expect(
            try await secrets(at: fixture.now) == WebhookCredentials(scheme: .hub, secrets: [Secret("newest")]),
            "a secret of another scheme proves nothing")
        #expect(try await companies.company(acme)?.scheme == .hub)
    }

    @Test func `changes to a company that is not there are refused`() async throws {
        let fixture = try await Fixture()
        let companies = fixture.store.companies
        let now = fixture.now
        let unknown = StoreError.unknownCompany(globex)
        await #expect(throws: unknown) { try await companies.setAPIKey(Secret("k"), of: globex, now: now) }
        await #expect(throws: unknown) { try await companies.setPaused(true, globex, now: now) }
        await #expect(throws: unknown) {
            try await companies.rotateWebhookSecret(
                of: globex, to: Secret("k"), scheme: nil, overlapUntil: now, now: now)
        }
        await #expect(throws: unknown) {
            try await companies.addToken(
                Secret("t"), of: globex, role: .agent, label: "", expiresAt: nil, now: now)
        }
    }

    @Test func `every change raises the revision, by whichever store`() async throws {
        let fixture = try await Fixture()
        let other = try fixture.another()
        let now = fixture.now
        var last = try await other.companies.revision()
        func expectChange(_ name: String, _ change: (SQLiteCompanies) async throws -> Void) async throws {
            try await change(fixture.store.companies)
            let revision = try await other.companies.revision()
            #expect(revision > last, "\(name)")
            last = revision
        }
        try await expectChange("key") { try await $0.setAPIKey(Secret("k"), of: acme, now: now) }
        try await expectChange("pause") { try await $0.setPaused(true, acme, now: now) }
        try await expectChange("rotation") {
            try await $0.rotateWebhookSecret(of: acme, to: Secret("n"), scheme: nil, overlapUntil: now, now: now)
        }
        try await expectChange("token") {
            try await $0.addToken(Secret("t"), of: acme, role: .agent, label: "", expiresAt: nil, now: now)
        }
        try await expectChange("revocation") { _ = try await $0.revokeToken(1, of: acme, now: now) }
        try await expectChange("new company") {
            try await $0.add(.sample("globex", at: now), apiKey: Secret("k"), webhookSecret: Secret("w"))
        }
        try await expectChange("purge") { _ = try await $0.purge(globex) }
        try await fixture.mark(.ticket(1), .backfill)
        _ = try await fixture.store.ledger.claim(limit: 1, owner: "w", policy: ClaimPolicy(), now: now)
        #expect(try await other.companies.revision() == last, "work is no change to a company")
    }

    @Test func `a token proves its company and role until it expires or is revoked`() async throws {
        let fixture = try await Fixture(["acme", "globex"])
        let companies = fixture.store.companies
        let end = fixture.now + .seconds(60)
        try await companies.addToken(
            Secret("t1"), of: acme, role: .agent, label: "panel", expiresAt: end, now: fixture.now)
        try await companies.addToken(
            Secret("t2"), of: acme, role: .admin, label: "ops", expiresAt: nil, now: fixture.now)
        let bearer = Bearer(company: acme, role: .agent, tokenID: 1)
        #expect(try await companies.bearer(of: Secret("t1"), now: end - .milliseconds(1)) == bearer)
        #expect(try await companies.bearer(of: Secret("t1"), now: end) == nil)
        #expect(try await companies.bearer(of: Secret("unknown"), now: fixture.now) == nil)
        #expect(try await companies.revokeToken(2, of: globex, now: fixture.now) == false)
        #expect(try await companies.bearer(of: Secret("t2"), now: fixture.now)?.role == .admin)
        #expect(try await companies.revokeToken(2, of: acme, now: fixture.now))
        #expect(try await companies.bearer(of: Secret("t2"), now: fixture.now) == nil)
        #expect(
            try await companies.tokens(of: acme) == [
                TokenInfo(
                    id: 1, grant: TokenGrant(role: .agent, label: "panel", expiresAt: end), createdAt: fixture.now),
                TokenInfo(
                    id: 2, grant: TokenGrant(role: .admin, label: "ops"), createdAt: fixture.now,
                    revokedAt: fixture.now),
            ])
        #expect(try await companies.tokens(of: globex).isEmpty)
    }

    @Test func `a token keeps whose it is, what it may see and when it was last used`() async throws {
        let fixture = try await Fixture(["acme", "globex"])
        let companies = fixture.store.companies
        let scope = AccessScope.tickets(assignedTo: "7", groups: ["Billing", "한국"])
        let grant = TokenGrant(role: .agent, label: "panel", user: "mia@acme.example", scope: scope)
        #expect(try await companies.addToken(Secret("t1"), of: acme, grant, now: fixture.now) == 1)
        #expect(try await companies.addToken(Secret("t2"), of: globex, grant, now: fixture.now) == 1)
        #expect(
            try await companies.bearer(of: Secret("t1"), now: fixture.now)
                == Bearer(company: acme, role: .agent, tokenID: 1, user: "mia@acme.example", scope: scope))
        #expect(try await companies.tokens(of: acme).map(\.grant) == [grant])

        let revision = try await companies.revision()
        let later = fixture.now + .seconds(60)
        try await companies.note([
            TokenUse(company: acme, tokenID: 1, at: later), TokenUse(company: acme, tokenID: 1, at: fixture.now),
            TokenUse(company: acme, tokenID: 9, at: later),
        ])
        #expect(try await companies.tokens(of: acme).map(\.lastUsedAt) == [later])
        #expect(try await companies.tokens(of: globex).map(\.lastUsedAt) == [nil])
        #expect(try await companies.revision() == revision, "using a token changes no company")
    }

    @Test func `neither secrets nor tokens are readable in the file`() async throws {
        let fixture = try await Fixture([])
        try await fixture.store.companies.add(
            .sample("acme", at: fixture.now), apiKey: Secret("marmalade-key"), webhookSecret: Secret("marmalade-hook"))
        try await fixture.store.companies.addToken(
            Secret("marmalade-token"), of: acme, role: .agent, label: "x", expiresAt: nil, now: fixture.now)
        try await fixture.store.compact()
        for suffix in ["", "-wal"] {
            let bytes = try Data(contentsOf: URL(fileURLWithPath: fixture.path + suffix))
            #expect(bytes.range(of: Data("marmalade".utf8)) == nil)
        }
    }

    @Test func `a sealed secret that was moved to another row does not open`() async throws {
        let fixture = try await Fixture(["acme", "globex"])
        try Raw(fixture.path).execute(
            """
            UPDATE secrets SET sealed = (SELECT sealed FROM secrets WHERE company_id = 'acme' AND name = 'api_key')
            WHERE company_id = 'globex' OR name = 'webhook'
            """)
        #expect(try await fixture.store.companies.apiKey(of: acme) == Secret("key of acme"))
        await #expect(throws: StoreError.self) { try await fixture.store.companies.apiKey(of: globex) }
        await #expect(throws: StoreError.self) {
            try await fixture.store.companies.webhookCredentials(of: acme, now: fixture.now)
        }
    }
}

@Suite struct `The master key` {
    @Test func `opens what it sealed; another or none is refused by name and changes nothing`() async throws {
        let fixture = try await Fixture()
        try fixture.store.close()
        for key in [MasterKey.generate(), nil] {
            let error = #expect(throws: StoreError.self) { try SQLiteStore(path: fixture.path, masterKey: key) }
            #expect(error?.description.contains("sealed with master key \(fixture.key.id)") == true)
        }
        #expect(try await fixture.another().companies.apiKey(of: acme) == Secret("key of acme"))
    }

    @Test func `is not needed before the first secret, and then it is`() async throws {
        let directory = try TemporaryDirectory()
        let store = try SQLiteStore(directory: directory.path("data"), masterKey: nil)
        let error = await #expect(throws: StoreError.self) {
            try await store.companies.add(
                .sample("acme", at: .epoch), apiKey: Secret("k"), webhookSecret: Secret("w"))
        }
        #expect(error?.description.contains("master key") == true)
        #expect(try await store.companies.all().isEmpty)
    }

    @Test func `of the first to seal is everybody's: a second process with another one is refused`() async throws {
        let directory = try TemporaryDirectory()
        let first = try SQLiteStore(path: directory.path("f.db"), masterKey: .generate())
        let second = try SQLiteStore(path: directory.path("f.db"), masterKey: .generate())
        try await first.companies.add(.sample("acme", at: .epoch), apiKey: Secret("k"), webhookSecret: Secret("w"))
        await #expect(throws: StoreError.self) {
            try await second.companies.add(
                .sample("globex", at: .epoch), apiKey: Secret("k"), webhookSecret: Secret("w"))
        }
        #expect(try await first.companies.all().count == 1)
    }

    @Test func `is read from hex and base64, and nothing else`() throws {
        let key = MasterKey.generate()
        let data = try #require(Data(hex: key.text))
        #expect(MasterKey(text: key.text) == key)
        #expect(MasterKey(text: " \(key.text.uppercased())\n") == key)
        #expect(MasterKey(text: data.base64EncodedString()) == key)
        for text in ["", "abc", String(key.text.dropLast()), key.text + "00", String(repeating: "g", count: 64)] {
            #expect(MasterKey(text: text) == nil, "\(text)")
        }
        #expect(!"\(key)".contains(key.text))
        #expect(MasterKey.generate() != key)
    }

    @Test func `file is made once, for its owner alone`() throws {
        let directory = try TemporaryDirectory()
        let path = directory.path("master.key")
        #expect(throws: MasterKeyFile.Failure.missing(path: path)) { try MasterKeyFile.load(path) }
        let key = try MasterKeyFile.create(path)
        #expect(try MasterKeyFile.load(path) == key)
        #expect(throws: MasterKeyFile.Failure.exists(path: path)) { try MasterKeyFile.create(path) }
        #expect(try MasterKeyFile.load(path) == key)
        let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
        #expect(mode == 0o600)
    }

    @Test(arguments: [0o644, 0o660, 0o604, 0o700, 0o620])
    func `file that others may touch is refused`(mode: Int) throws {
        let directory = try TemporaryDirectory()
        let path = directory.path("master.key")
        _ = try MasterKeyFile.create(path)
        try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path)
        let error = #expect(throws: MasterKeyFile.Failure.self) { try MasterKeyFile.load(path) }
        #expect(error == .tooOpen(path: path, mode: "0" + String(mode, radix: 8)))
        #expect(error?.description.contains("chmod 600") == true)
    }

    @Test func `file that holds no key, or is none, is refused`() throws {
        let directory = try TemporaryDirectory()
        let path = directory.path("master.key")
        try Data(String(repeating: "z", count: 5000).utf8).write(to: URL(fileURLWithPath: path))
        try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: path)
        #expect(throws: MasterKeyFile.Failure.notAKey(path: path)) { try MasterKeyFile.load(path) }
        #expect(throws: MasterKeyFile.Failure.self) { try MasterKeyFile.load(directory.url.path) }
    }
}

extension Data {
    fileprivate init?(hex: String) {
        var data = Data()
        var rest = Substring(hex)
        while !rest.isEmpty {
            guard let byte = UInt8(rest.prefix(2), radix: 16) else { return nil }
            data.append(byte)
            rest = rest.dropFirst(2)
        }
        self = data
    }
}
