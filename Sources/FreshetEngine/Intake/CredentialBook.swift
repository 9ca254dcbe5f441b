package import FreshetCore
import Synchronization

/// The webhook secrets of all companies in memory, so that a good webhook costs no read of the store.
///
/// Changes made by any process are seen within `checkInterval`, and before anybody is turned away: a rejection is only
/// final once the store's revision has been asked.
package final class CredentialBook: Sendable {
    private struct Entry {
        var platform: Platform
        var credentials: WebhookCredentials
    }

    private struct State {
        var entries: [CompanyID: Entry] = [:]
        var revision: Int64 = -1
        var loadedAt = Timestamp.epoch
        var checkedAt = Timestamp.epoch
    }

    private let companies: any Companies
    private let clock: any WallClock
    private let checkInterval: Duration
    /// A previous secret retires by the clock, without a new revision; so the book is read again now and then.
    private let reloadInterval: Duration
    private let state = Mutex(State())

    package init(
        companies: any Companies, clock: any WallClock, checkInterval: Duration = .milliseconds(200),
        reloadInterval: Duration = .seconds(10)
    ) {
        self.companies = companies
        self.clock = clock
        self.checkInterval = checkInterval
        self.reloadInterval = reloadInterval
    }

    /// The company's credentials; `nil` when it is unknown or belongs to another platform.
    package func credentials(of company: CompanyID, on platform: Platform) async throws -> WebhookCredentials? {
        let now = clock.now
        let isDue = state.withLock { state in
            guard now - state.checkedAt > checkInterval || now < state.checkedAt else { return false }
            state.checkedAt = now  // One request looks; the others go on with what is known.
            return true
        }
        if isDue { _ = try await refresh() }
        return state.withLock { state in
            guard let entry = state.entries[company], entry.platform == platform else { return nil }
            return entry.credentials
        }
    }

    /// Asks the store for changes; `true` when the book was read anew.
    package func refresh() async throws -> Bool {
        let now = clock.now
        let revision = try await companies.revision()
        let isCurrent = state.withLock { state in
            state.checkedAt = now
            return state.revision == revision && now - state.loadedAt <= reloadInterval && now >= state.loadedAt
        }
        if isCurrent { return false }
        var entries: [CompanyID: Entry] = [:]
        for company in try await companies.all() {
            guard let credentials = try await companies.webhookCredentials(of: company.id, now: now) else { continue }
            entries[company.id] = Entry(platform: company.platform, credentials: credentials)
        }
        state.withLock { state in
            state.entries = entries
            state.revision = revision
            state.loadedAt = now
        }
        return true
    }
}
