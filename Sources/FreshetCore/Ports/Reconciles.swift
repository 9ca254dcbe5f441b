/// Remembers reconciles: what was asked, how far it is, what it found. A reconcile survives the process that runs it.
package protocol Reconciles: Sendable {
    /// Stores a request in state `waiting`; the id is its own.
    func request(_ reconcile: Reconcile) async throws
    /// Takes the oldest reconcile that waits or whose lease ran out, of a company that has none running.
    func claim(owner: String, lease: Duration, now: Timestamp) async throws -> Reconcile?
    /// The same, for one that is named: `nil` when somebody else runs it or it has ended.
    func claim(_ id: String, of company: CompanyID, owner: String, lease: Duration, now: Timestamp) async throws
        -> Reconcile?
    /// Marks what a page named, moves the position and counts, renews the lease: all or nothing, only for the holder.
    func advance(
        _ reconcile: Reconcile, marking marks: [Mark], policy: MarkPolicy, owner: String, leaseUntil: Timestamp,
        now: Timestamp
    ) async throws
    /// Extends the holder's lease while a page takes long; `false` when somebody else holds it now.
    func renew(_ id: String, of company: CompanyID, owner: String, until: Timestamp) async throws -> Bool
    func finish(_ reconcile: Reconcile, owner: String, now: Timestamp) async throws
    func reconcile(_ id: String, of company: CompanyID) async throws -> Reconcile?
    func list(of company: CompanyID, limit: Int) async throws -> [Reconcile]
    /// Moment up to which the last complete incremental reconcile of the company has seen every change.
    func cursor(of company: CompanyID) async throws -> Timestamp?
}

package struct Reconcile: Sendable, Equatable {
    package enum Mode: String, Sendable, Codable, CaseIterable { case incremental, sweep, audit }
    package enum State: String, Sendable, Codable { case waiting, running, complete, failed, cancelled }
    /// Which listing it is reading.
    package enum Phase: String, Sendable, Codable, CaseIterable { case changed, deleted, spam, done }

    /// Random, printable.
    package var id: String
    package var company: CompanyID
    package var mode: Mode
    /// List from here on; `nil` from the stored cursor less the overlap, or the epoch.
    package var since: Timestamp?
    package var state: State
    package var phase: Phase
    package var position: ListingPosition?
    package var seen: Int
    package var marked: Int
    package var unchanged: Int
    /// Marked because a listing says that they are in the trash or spam.
    package var removed: Int
    package var failed: Int
    package var apiCalls: Int
    /// The cursor to store when it completes: when the listing began, or the newest change it saw.
    package var nextCursor: Timestamp?
    package var reason: String?
    package var requestedAt: Timestamp
    package var startedAt: Timestamp?
    package var endedAt: Timestamp?

    package init(
        id: String, company: CompanyID, mode: Mode, since: Timestamp?, state: State = .waiting, phase: Phase = .changed,
        position: ListingPosition? = nil, seen: Int = 0, marked: Int = 0, unchanged: Int = 0, removed: Int = 0,
        failed: Int = 0, apiCalls: Int = 0, nextCursor: Timestamp? = nil, reason: String? = nil, requestedAt: Timestamp,
        startedAt: Timestamp? = nil, endedAt: Timestamp? = nil
    ) {
        self.id = id
        self.company = company
        self.mode = mode
        self.since = since
        self.state = state
        self.phase = phase
        self.position = position
        self.seen = seen
        self.marked = marked
        self.unchanged = unchanged
        self.removed = removed
        self.failed = failed
        self.apiCalls = apiCalls
        self.nextCursor = nextCursor
        self.reason = reason
        self.requestedAt = requestedAt
        self.startedAt = startedAt
        self.endedAt = endedAt
    }
}
