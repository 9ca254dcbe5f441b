/// Remembers which items may have changed and who is working on them (design 5).
///
/// Every call is one transaction, durable when it returns. Calls may come from several processes on one store.
package protocol Ledger: Sendable {
    /// Stores authentic deliveries and marks their items, all or nothing, in one transaction.
    ///
    /// A delivery id seen before with the same body changes nothing; with another body it marks again and is counted
    /// as a conflict. Without an id, a body digest seen within `policy.repeatWindow` is a repeat. The answers are in the
    /// order of the deliveries; `StoreError.unavailable` when it cannot commit: then nothing is stored.
    ///
    /// Returns at once. `answered` is called once, after COMMIT, on the thread that writes: it must be quick, and a batch
    /// that it hands in is next without a change of threads.
    func accept(
        _ deliveries: [Delivery], policy: MarkPolicy, now: Timestamp,
        answered: @escaping @Sendable (Result<[Acceptance], any Error>) -> Void)

    /// Raises the wanted generation of each item by one. A parked item gets `policy.freshAllowance` more attempts.
    func mark(_ marks: [Mark], policy: MarkPolicy, now: Timestamp) async throws

    /// Marks, as backfill, items whose stand-in is due (`DocumentRecord.standIn`) and that nothing else is about to run: at
    /// most `limit`, those due longest first. How many they were.
    func markStandIns(of company: CompanyID, limit: Int, policy: MarkPolicy, now: Timestamp) async throws -> Int

    /// Takes up to `limit` items that are due, at most `policy.perCompany` in flight for one company, companies in
    /// turn beginning after `policy.after`, urgent before backfill but for every `policy.backfillEvery`-th claim.
    /// `policy.inFlight` says how many this worker holds already. Items whose lease ran out are due again.
    /// An item with its attempts used up is parked here instead of being claimed.
    func claim(limit: Int, owner: String, policy: ClaimPolicy, now: Timestamp) async throws -> [Run]

    /// Extends the leases of the runs still held; the answer holds the items that were lost to somebody else.
    func renew(_ runs: [Run], owner: String, until: Timestamp, now: Timestamp) async throws -> [Item]

    /// Ends a run in one transaction: document, ledger row and decision together, only where the fence still matches
    /// (else `StoreError.staleFence`, nothing written). An item marked again meanwhile stays ready. Throws
    /// `StoreError.erased`, and writes nothing, for a document of what was erased while the run was under way.
    func finish(_ report: RunReport, now: Timestamp) async throws

    /// Gives a run back unfinished (shutdown): due at once, its attempt not counted.
    func release(_ run: Run, now: Timestamp) async throws

    /// What waits for the company's budget is due now: all of it, or only what is worth most. How many items that is.
    func resume(_ company: CompanyID, all: Bool, now: Timestamp) async throws -> Int

    /// A person's retry: attempts start anew and the item is marked. `false` when it is not known.
    func retry(_ item: Item, now: Timestamp) async throws -> Bool

    func entry(_ item: Item) async throws -> LedgerEntry?
    func decisions(about item: Item, limit: Int) async throws -> [Decision]
    /// Deliveries about the item that were received at or after the moment and not pruned since, oldest first.
    func deliveries(about item: Item, since moment: Timestamp) async throws -> [ReceivedDelivery]
    func backlog(of company: CompanyID?) async throws -> [CompanyID: Backlog]
    /// The earliest moment at which something falls due that is not due now; `nil` when nothing is waiting.
    func nextDue(now: Timestamp) async throws -> Timestamp?

    /// Deletes deliveries received before `deliveries` and decisions beyond `decisionsPerItem` or older than
    /// `decisions`, in bounded transactions. Returns how many rows went.
    func prune(deliveriesBefore: Timestamp, decisionsBefore: Timestamp, decisionsPerItem: Int) async throws -> Int
}

/// A delivery as it is remembered.
package struct ReceivedDelivery: Sendable, Equatable {
    package var receivedAt: Timestamp
    /// The sender's word for what happened.
    package var event: String?

    package init(receivedAt: Timestamp, event: String?) {
        self.receivedAt = receivedAt
        self.event = event
    }
}

extension Ledger {
    /// The same for who can wait.
    package func accept(
        _ deliveries: [Delivery], policy: MarkPolicy, now: Timestamp
    ) async throws -> [Acceptance] {
        try await withCheckedThrowingContinuation { continuation in
            accept(deliveries, policy: policy, now: now) { continuation.resume(with: $0) }
        }
    }
}

/// How marks fall due.
package struct MarkPolicy: Sendable, Equatable {
    /// Urgent marks wait this long for the burst to settle.
    package var quietPeriod: Duration
    /// … but never longer than this after the first unanswered mark.
    package var quietLimit: Duration
    /// Deliveries without an id and with the same body count as one within this window.
    package var repeatWindow: Duration
    /// Attempts that a new event grants to a parked item.
    package var freshAllowance: Int
    package var maxAttempts: Int

    package init(
        quietPeriod: Duration = .seconds(2), quietLimit: Duration = .seconds(15), repeatWindow: Duration = .seconds(2),
        freshAllowance: Int = 2, maxAttempts: Int = 8
    ) {
        self.quietPeriod = quietPeriod
        self.quietLimit = quietLimit
        self.repeatWindow = repeatWindow
        self.freshAllowance = freshAllowance
        self.maxAttempts = maxAttempts
    }
}

package struct ClaimPolicy: Sendable, Equatable {
    package var lease: Duration
    package var perCompany: Int
    /// Every n-th claim prefers backfill, so that it is never starved. At least 2.
    package var backfillEvery: Int
    package var maxAttempts: Int
    /// The company that was served last: the turn goes on after it.
    package var after: CompanyID?
    /// How many claims this worker has made, for the backfill share.
    package var claimsSoFar: Int
    /// Runs that this worker holds now, by company.
    package var inFlight: [CompanyID: Int]

    package init(
        lease: Duration = .seconds(60), perCompany: Int = 4, backfillEvery: Int = 4, maxAttempts: Int = 8,
        after: CompanyID? = nil, claimsSoFar: Int = 0, inFlight: [CompanyID: Int] = [:]
    ) {
        self.lease = lease
        self.perCompany = perCompany
        self.backfillEvery = backfillEvery
        self.maxAttempts = maxAttempts
        self.after = after
        self.claimsSoFar = claimsSoFar
        self.inFlight = inFlight
    }
}

package enum Acceptance: Sendable, Equatable {
    case new
    /// The same delivery once more: nothing changed.
    case repeated
    /// Its id is known with another body: stored as marked again.
    case conflicting
}

/// How a run ended and what is to be remembered of it.
package struct RunReport: Sendable, Equatable {
    package var run: Run
    package var outcome: Outcome
    /// Why: one of our own sentences, safe to show and to log.
    package var reason: String?
    /// Names of what changed since the last run: `subject`, `message 62099000101`, `status`.
    package var changes: [String]
    /// The new state to record; `nil` leaves what is there.
    package var document: DocumentRecord?
    /// The source's time of change as this run saw it; `nil` leaves what is there.
    package var sourceUpdatedAt: Timestamp?
    /// When the source says that the item last changed, settled or not; it tells how fresh the index is and is not stored.
    package var changedAt: Timestamp?
    /// When to try again; set exactly for `.failed`.
    package var retryAt: Timestamp?
    /// `.parked` only, and instead of it: the item waits for its company's budget. The attempt does not count.
    package var deferral: Deferral?
    /// The run has seen a content that the index does not hold. Stays so until a run succeeds.
    package var isStale: Bool
    /// The removal of this item waits for a release and goes on waiting; a run that ends otherwise ends the waiting.
    package var isWithheld: Bool
    /// The numbers of the slots in which the point is now as the run left it; `nil` when it wrote no point. With the
    /// record goes down which other slots lack it (`IndexSlots.debts`); where the serving one does, nothing is recorded.
    package var slots: Set<Int>?
    package var cost: RunCost

    package init(
        run: Run, outcome: Outcome, reason: String? = nil, changes: [String] = [], document: DocumentRecord? = nil,
        sourceUpdatedAt: Timestamp? = nil, changedAt: Timestamp? = nil, retryAt: Timestamp? = nil,
        deferral: Deferral? = nil, isStale: Bool = false, isWithheld: Bool = false, slots: Set<Int>? = nil,
        cost: RunCost = RunCost()
    ) {
        self.run = run
        self.outcome = outcome
        self.reason = reason
        self.changes = changes
        self.document = document
        self.sourceUpdatedAt = sourceUpdatedAt
        self.changedAt = changedAt
        self.retryAt = retryAt
        self.deferral = deferral
        self.isStale = isStale
        self.isWithheld = isWithheld
        self.slots = slots
        self.cost = cost
    }
}

/// For how long an item waits at most: until the budget allows it or somebody marks it again it is left alone.
package struct Deferral: Sendable, Equatable {
    package var until: Timestamp
    package var value: WorkValue

    package init(until: Timestamp, value: WorkValue) {
        self.until = until
        self.value = value
    }
}

/// What a run used.
package struct RunCost: Sendable, Equatable, Codable {
    package var apiCalls: Int
    package var summaries: Int
    package var embeddings: Int
    package var milliseconds: Int64

    package init(apiCalls: Int = 0, summaries: Int = 0, embeddings: Int = 0, milliseconds: Int64 = 0) {
        self.apiCalls = apiCalls
        self.summaries = summaries
        self.embeddings = embeddings
        self.milliseconds = milliseconds
    }

    enum CodingKeys: String, CodingKey {
        case apiCalls = "api_calls"
        case summaries, embeddings, milliseconds
    }
}

/// One row of the ledger as shown to people.
package struct LedgerEntry: Sendable, Equatable {
    package enum State: String, Sendable, Codable { case ready, parked }

    package var item: Item
    package var wanted: Int64
    package var claimed: Int64
    package var done: Int64
    package var fence: Int64
    package var owner: String?
    package var leaseUntil: Timestamp?
    package var attempts: Int
    package var notBefore: Timestamp
    package var urgency: Urgency
    package var state: State
    package var reason: String?
    /// It waits for its company's budget.
    package var isDeferred: Bool
    /// A run has seen a content that the index does not hold.
    package var isStale: Bool
    /// The source's time of change as the last run saw it.
    package var sourceUpdatedAt: Timestamp?
    package var markedAt: Timestamp?

    package init(
        item: Item, wanted: Int64, claimed: Int64, done: Int64, fence: Int64, owner: String?, leaseUntil: Timestamp?,
        attempts: Int, notBefore: Timestamp, urgency: Urgency, state: State, reason: String?,
        isDeferred: Bool = false, isStale: Bool = false, sourceUpdatedAt: Timestamp?, markedAt: Timestamp?
    ) {
        self.item = item
        self.wanted = wanted
        self.claimed = claimed
        self.done = done
        self.fence = fence
        self.owner = owner
        self.leaseUntil = leaseUntil
        self.attempts = attempts
        self.notBefore = notBefore
        self.urgency = urgency
        self.state = state
        self.reason = reason
        self.isDeferred = isDeferred
        self.isStale = isStale
        self.sourceUpdatedAt = sourceUpdatedAt
        self.markedAt = markedAt
    }
}

/// One line of the decision ledger: what a run saw and did, and why.
package struct Decision: Sendable, Equatable, Codable {
    package var at: Timestamp
    package var fence: Int64
    package var cause: Cause
    package var outcome: Outcome
    package var reason: String?
    package var changes: [String]
    package var contentHash: Fingerprint?
    package var facetsHash: Fingerprint?
    package var cost: RunCost

    package init(
        at: Timestamp, fence: Int64, cause: Cause, outcome: Outcome, reason: String?, changes: [String],
        contentHash: Fingerprint?, facetsHash: Fingerprint?, cost: RunCost
    ) {
        self.at = at
        self.fence = fence
        self.cause = cause
        self.outcome = outcome
        self.reason = reason
        self.changes = changes
        self.contentHash = contentHash
        self.facetsHash = facetsHash
        self.cost = cost
    }

    enum CodingKeys: String, CodingKey {
        case at, fence, cause, outcome, reason, changes, cost
        case contentHash = "content_hash"
        case facetsHash = "facets_hash"
    }
}

/// What waits for one company.
package struct Backlog: Sendable, Equatable {
    /// Marked and not done, by class; in flight counted, parked and deferred not.
    package var urgent: Int
    package var backfill: Int
    package var parked: Int
    /// Waiting for the company's budget.
    package var deferred: Int
    package var inFlight: Int
    /// When the oldest unanswered mark was made.
    package var oldestMark: Timestamp?

    /// The earliest moment at which an urgent item that nobody holds falls due, or fell due without being claimed; `nil`
    /// when there is none.
    package var urgentDueSince: Timestamp?

    package init(
        urgent: Int = 0, backfill: Int = 0, parked: Int = 0, deferred: Int = 0, inFlight: Int = 0,
        oldestMark: Timestamp? = nil,
        urgentDueSince: Timestamp? = nil
    ) {
        self.urgent = urgent
        self.backfill = backfill
        self.parked = parked
        self.deferred = deferred
        self.inFlight = inFlight
        self.oldestMark = oldestMark
        self.urgentDueSince = urgentDueSince
    }

    package var waiting: Int { urgent + backfill }
}
