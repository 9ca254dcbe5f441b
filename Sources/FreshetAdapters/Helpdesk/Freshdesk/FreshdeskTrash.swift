import FreshetCore
import Synchronization

/// Tells a ticket in the trash from one that the key may not see, where Freshdesk answers 403 to both.
///
/// Looks at the newest rows of the trash and the spam list, and keeps them for half a minute: many tickets refused in a
/// row cost no more list calls than one.
final class FreshdeskTrash: Sendable {
    private let api: FreshdeskAPI
    private let table: LookupTable<Gone>
    /// Why the lists could not be read the last time.
    private let failure = Mutex<UpstreamError?>(nil)

    init(api: FreshdeskAPI, clock: any WallClock, random: any RandomSource) {
        self.api = api
        let expiry = LookupExpiry(
            kept: .seconds(30), refreshForUnknown: .seconds(30), retryAfterFailure: .seconds(30))
        table = LookupTable(expiry: expiry, clock: clock, random: random)
    }

    /// `nil` when neither list names the ticket, when `code` says that the whole account is refused, or when the key may
    /// not see the lists either. Throws when the lists cannot be read just now.
    func gone(_ id: Int64, refusedAs code: String, urgency: Urgency) async throws(UpstreamError) -> Gone? {
        guard !Self.wordsForAccount.contains(code) else { return nil }
        let names = await table.values(knowing: [id]) { () async throws(UpstreamError) in
            // Deleted last: a ticket in both lists is in the trash.
            var names = try await newest("spam", as: .spam, urgency)
            names.merge(try await newest("deleted", as: .deleted, urgency)) { $1 }
            failure.withLock { $0 = nil }
            return names
        } failed: { error in
            failure.withLock { $0 = error }
        }
        if let how = names[id] { return how }
        switch failure.withLock({ $0 }) {
        case nil, .forbidden, .refused: return nil
        case let error?: throw error
        }
    }

    private func newest(
        _ filter: String, as how: Gone, _ urgency: Urgency
    ) async throws(UpstreamError) -> [Int64: Gone] {
        var found: [Int64: Gone] = [:]
        for page in 1...Self.pageLimit {
            let query = [
                ("filter", filter), ("updated_since", Timestamp.epoch.iso8601), ("order_by", "updated_at"),
                ("order_type", "desc"), ("per_page", "100"), ("page", String(page)),
            ]
            let answer = try await api.get("/api/v2/tickets", query: query, isList: true, urgency: urgency)
            let rows = try answer.decode([TicketRowPayload].self, as: "tickets")
            for row in rows { found[row.id] = how }
            if rows.count < 100, !answer.hasNextPage { break }
        }
        return found
    }

    private static let pageLimit = 3
    private static let wordsForAccount: Set<String> = [
        "require_feature", "account_suspended", "password_lockout", "password_expired", "ssl_required",
    ]
}
