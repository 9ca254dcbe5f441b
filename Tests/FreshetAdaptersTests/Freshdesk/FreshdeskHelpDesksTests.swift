import Foundation
import FreshetCore
import FreshetSystem
import FreshetTestKit
import Logging
import Synchronization
import Testing

@testable import FreshetAdapters

struct FreshdeskHelpDesksTests {
    typealias Account = FreshdeskScriptedAccount

    @Test func `a company's help desk is kept, its names and its count of calls with it`() async throws {
        let account = try Account { _ in .ok("{}") }
        let desks = try desks(of: Register(url: account.url))
        let company = FreshdeskHelpDesk.testCompany
        try await desks.helpDesk(of: company).check()
        #expect(try await desks.helpDesk(of: company).calls == 1)
    }

    @Test func `a new key is used from the next call on, and the account's budget goes on`() async throws {
        let account = try Account { _ in .ok("{}") }
        let register = Register(url: account.url)
        let desks = try desks(of: register)
        let company = FreshdeskHelpDesk.testCompany
        try await desks.helpDesk(of: company).check()
        try await register.setAPIKey(Secret("key-4712"), of: company, now: .epoch)
        try await desks.helpDesk(of: company).check()
        let keys = account.requests.map { $0.headers["authorization"] }
        #expect(keys[0] != keys[1])
        #expect(try await desks.helpDesk(of: company).calls == 2)
    }

    @Test func `an unknown company, one without a key and one with a foreign address have no help desk`() async throws {
        let register = Register(url: "http://127.0.0.1:1")
        let desks = try desks(of: register)
        let nobody = try #require(CompanyID("nobody"))
        await #expect(throws: StoreError.unknownCompany(nobody)) { try await desks.helpDesk(of: nobody) }
        register.removeKey()
        await #expect(throws: UpstreamError.unauthorized) {
            try await desks.helpDesk(of: FreshdeskHelpDesk.testCompany)
        }
        let odd = try self.desks(of: Register(url: "https://user@acme.freshdesk.com"))
        await #expect(throws: FreshdeskURLError.userInfo) {
            try await odd.helpDesk(of: FreshdeskHelpDesk.testCompany)
        }
    }

    @Test func `a key never shows in a description`() throws {
        let account = FreshdeskAccount(
            company: FreshdeskHelpDesk.testCompany, url: try .validate("https://acme.freshdesk.com"),
            apiKey: Secret("key-4711"))
        var dumped = ""
        dump(account, to: &dumped)
        #expect(!dumped.contains("key-4711") && !"\(account)".contains("key-4711"))
    }

    private func desks(of register: Register) throws -> FreshdeskHelpDesks {
        let clock = ManualClock()
        var logger = Logger(label: "test")
        logger.logLevel = .critical
        return FreshdeskHelpDesks(
            companies: register, http: try HTTPClient(), clock: clock, random: SeededRandomSource(seed: 1),
            logger: logger)
    }

    /// A register with one company, as far as finding a help desk asks it.
    private final class Register: Companies {
        private struct State {
            var key: Secret? = Secret("key-4711")
            var revision: Int64 = 1
        }

        private let url: String
        private let state = Mutex(State())

        init(url: String) { self.url = url }

        func removeKey() {
            state.withLock { state in
                state.key = nil
                state.revision += 1
            }
        }

        func company(_ id: CompanyID) async throws -> Company? {
            guard id == FreshdeskHelpDesk.testCompany, let url = URL(string: url) else { return nil }
            return Company(id: id, platform: .freshdesk, url: url, scheme: .standard, createdAt: .epoch)
        }
        func revision() async throws -> Int64 { state.withLock { $0.revision } }
        func apiKey(of id: CompanyID) async throws -> Secret? { state.withLock { $0.key } }
        func setAPIKey(_ key: Secret, of id: CompanyID, now: Timestamp) async throws {
            state.withLock { state in
                state.key = key
                state.revision += 1
            }
        }

        // Nobody asks for the rest here.
        func add(_ company: Company, apiKey: Secret, webhookSecret: Secret) async throws {}
        func all() async throws -> [Company] { [] }
        func webhookCredentials(of id: CompanyID, now: Timestamp) async throws -> WebhookCredentials? { nil }
        func rotateWebhookSecret(
            of id: CompanyID, to secret: Secret, scheme: WebhookScheme?, overlapUntil: Timestamp, now: Timestamp
        ) async throws {}
        func setPaused(_ paused: Bool, _ id: CompanyID, now: Timestamp) async throws {}
        func addToken(_ token: Secret, of id: CompanyID, _ grant: TokenGrant, now: Timestamp) async throws -> Int64 {
            1
        }
        func note(_ uses: [TokenUse]) async throws {}
        func bearer(of token: Secret, now: Timestamp) async throws -> Bearer? { nil }
        func tokens(of id: CompanyID) async throws -> [TokenInfo] { [] }
        func revokeToken(_ id: Int64, of company: CompanyID, now: Timestamp) async throws -> Bool { false }
        func purge(_ id: CompanyID) async throws -> [String: Int] { [:] }
    }
}
