package import FreshetCore
package import FreshetSystem
package import Logging
import Synchronization

/// Finds the Freshdesk account of a company, and keeps it while nothing about the company changes.
///
/// Companies on one account share its governor, which also outlives a change of key: what the account's quota has seen
/// does not depend on who asks.
package final class FreshdeskHelpDesks: HelpDesks, NoteBoards, AttachmentDesks {
    private struct Known {
        var revision: Int64
        var account: FreshdeskAccount
        var helpDesk: FreshdeskHelpDesk
    }

    private struct State {
        var known: [CompanyID: Known] = [:]
        var governors: [FreshdeskURL: RateGovernor] = [:]
    }

    private let companies: any Companies
    private let http: HTTPClient
    private let clock: any WallClock
    private let random: any RandomSource
    private let logger: Logger
    private let lookupExpiry: LookupExpiry
    private let articleLanguages: [String]
    private let state = Mutex(State())

    package init(
        companies: any Companies, http: HTTPClient, clock: any WallClock, random: any RandomSource, logger: Logger,
        lookupExpiry: LookupExpiry = LookupExpiry(), articleLanguages: [String] = []
    ) {
        self.companies = companies
        self.http = http
        self.clock = clock
        self.random = random
        self.logger = logger
        self.lookupExpiry = lookupExpiry
        self.articleLanguages = articleLanguages
    }

    /// Throws `StoreError.unknownCompany`; `UpstreamError.unauthorized` for a company without a key; and
    /// `FreshdeskURLError` when the address on record is none that we call.
    package func helpDesk(of company: CompanyID) async throws -> any HelpDesk { try await freshdesk(of: company) }

    /// Throws like `helpDesk(of:)`.
    package func notes(of company: CompanyID) async throws -> any NoteBoard { try await freshdesk(of: company) }

    /// Throws like `helpDesk(of:)`.
    package func attachments(of company: CompanyID) async throws -> any AttachmentDesk {
        try await freshdesk(of: company)
    }

    /// The account's own automation rules have sent us a webhook: that came out of the quota, and for our sake, so it
    /// counts as ours. Companies that have not been asked for yet are not counted.
    package func ruleDelivered(for company: CompanyID) {
        let governor = state.withLock { state in
            state.known[company].flatMap { state.governors[$0.account.url] }
        }
        governor?.spend(1)
    }

    private func freshdesk(of company: CompanyID) async throws -> FreshdeskHelpDesk {
        // Before the company is read, so that a change in between is noticed the next time.
        let revision = try await companies.revision()
        if let known = state.withLock({ $0.known[company] }), known.revision == revision { return known.helpDesk }

        guard let record = try await companies.company(company) else {
            state.withLock { $0.known[company] = nil }
            throw StoreError.unknownCompany(company)
        }
        guard let key = try await companies.apiKey(of: company) else { throw UpstreamError.unauthorized }
        let account = FreshdeskAccount(
            company: company, url: try .recorded(record.url), apiKey: key, share: record.apiShare)
        return state.withLock { state in
            // Somebody else's change: the names looked up so far stay good.
            if let known = state.known[company], known.account == account {
                state.known[company]?.revision = max(revision, known.revision)
                return known.helpDesk
            }
            let governor = state.governors[account.url] ?? RateGovernor(share: account.share, clock: clock)
            governor.setShare(account.share)
            state.governors[account.url] = governor
            let helpDesk = FreshdeskHelpDesk(
                account: account, http: http, clock: clock, random: random, governor: governor, logger: logger,
                lookupExpiry: lookupExpiry, articleLanguages: articleLanguages)
            state.known[company] = Known(revision: revision, account: account, helpDesk: helpDesk)
            return helpDesk
        }
    }
}
