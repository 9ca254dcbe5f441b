package import FreshetCore
import Synchronization

/// Proves who asks: by our own tokens, and where an issuer is configured by what it signed.
///
/// When a token was used is kept in memory, so that asking stays a read, and written down by `Housekeeping`. Safe to use
/// from any task.
package final class AccessDesk: BearerCheck {
    private struct Key: Hashable {
        var company: CompanyID
        var tokenID: Int64
    }

    private let companies: any Companies
    private let issued: (any BearerCheck)?
    private let clock: any WallClock
    /// Only of tokens that hold, so there are no more than were made; emptied every few seconds.
    private let uses = Mutex<[Key: Timestamp]>([:])

    /// - Parameter issued: proves tokens that somebody else signed; asked for those that have the shape of one.
    package init(companies: any Companies, issued: (any BearerCheck)? = nil, clock: any WallClock) {
        self.companies = companies
        self.issued = issued
        self.clock = clock
    }

    package func bearer(of token: Secret) async throws -> Bearer? {
        if let issued, Self.hasThreeParts(token) { return try await issued.bearer(of: token) }
        let now = clock.now
        guard let bearer = try await companies.bearer(of: token, now: now) else { return nil }
        if let id = bearer.tokenID { uses.withLock { $0[Key(company: bearer.company, tokenID: id)] = now } }
        return bearer
    }

    /// Writes down which tokens were used since the last call. What could not be written is kept for the next.
    package func writeDown() async throws {
        let noted = uses.withLock { uses in
            defer { uses = [:] }
            return uses
        }
        do {
            try await companies.note(
                noted.map { TokenUse(company: $0.key.company, tokenID: $0.key.tokenID, at: $0.value) })
        } catch {
            uses.withLock { uses in uses.merge(noted) { max($0, $1) } }
            throw error
        }
    }

    /// Our own tokens have no dots in them.
    private static func hasThreeParts(_ token: Secret) -> Bool {
        token.bytes.count { $0 == UInt8(ascii: ".") } == 2
    }
}
