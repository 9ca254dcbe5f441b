/// Remembers reconciles: what was asked, how far it is, what it found. A reconcile survives the process that runs it.
package protocol Reconciles: Sendable {
    /// Stores a request in state `waiting`; the id is its own.
    func request(_ reconcile: Reconcile) async throws
    /// Takes the oldest reconcile that waits or whose lease ran out, of a company that has none running.
    func claim(owner: String, lease: Duration, now: Timestamp) async throws -> Reconcile?
    /// The same, for one that is named: `nil` when somebody else runs it or it has ended.
    func claim(_ id: String, of company: CompanyID, owner: String, lease: Duration, now: Timestamp) async throws
        -> Reconcile?
    /// Marks and notes what a page told, moves the position and counts, renews the lease: all or nothing, only for the
    /// holder.
    func advance(
        _ reconcile: Reconcile, finding findings: Findings, policy: MarkPolicy, owner: String, leaseUntil: Timestamp,
        now: Timestamp
    ) async throws
    /// Extends the holder's lease while a page takes long; `false` when somebody else holds it now.
    func renew(_ id: String, of company: CompanyID, owner: String, until: Timestamp) async throws -> Bool
    /// Ends it. Removals that it proposed and that were not judged are forgotten.
    func finish(_ reconcile: Reconcile, owner: String, now: Timestamp) async throws
    func reconcile(_ id: String, of company: CompanyID) async throws -> Reconcile?
    func list(of company: CompanyID, limit: Int) async throws -> [Reconcile]
    /// The newest that compares with the help desk: none that `isAboutSlots`.
    func latestComparison(of company: CompanyID) async throws -> Reconcile?
    /// What the company's complete reconciles have left behind; `nil` before the first one.
    func progress(of company: CompanyID) async throws -> ReconcileProgress?

    // MARK: Removals

    /// Items of `kinds` on record as present that no listing of this sweep named, in the order of their keys, after
    /// `item`. What a run has recorded since the sweep started is left out: that was seen later than any listing.
    func absent(
        from reconcile: Reconcile, kinds: Set<ItemKind>, after item: Item?, limit: Int
    ) async throws -> [AbsentItem]
    /// Marks the removals that the reconcile proposed, one batch a call, or withholds all of them where they are more
    /// than `cap`; counts into the reconcile and renews the lease. `isDone` when nothing is left to judge.
    func judge(
        _ reconcile: Reconcile, cap: Int, policy: MarkPolicy, owner: String, leaseUntil: Timestamp, now: Timestamp
    ) async throws -> (reconcile: Reconcile, isDone: Bool)
    /// Removals withheld and not yet released, by the reconcile that proposed them.
    func withheld(of company: CompanyID) async throws -> [String: Int]
    /// A person's word: marks everything that the reconcile withheld, so that runs prove and remove. How many.
    func release(_ id: String, of company: CompanyID, policy: MarkPolicy, now: Timestamp) async throws -> Int

    // MARK: Certificate and meter

    /// What became of the items that the reconcile marked, window by window of its certificate, and of those it marked
    /// without a listed time of change (removals) last.
    func settlements(of reconcile: Reconcile) async throws -> [Settlement]
    /// When the last webhook that named each item was taken in; items that none ever named are absent.
    func announcements(of items: [Item]) async throws -> [Item: Timestamp]
    /// Changes and missed webhooks over the company's last reconciles.
    func meter(of company: CompanyID) async throws -> MissedWebhooks
}

extension Reconciles {
    package func cursor(of company: CompanyID) async throws -> Timestamp? { try await progress(of: company)?.cursor }
}

package struct Reconcile: Sendable, Equatable {
    package enum Mode: String, Sendable, Codable, CaseIterable {
        case incremental, sweep, audit
        /// Fills a second slot of the index by today's models and lets it serve; asks the help desk nothing.
        case rebuild
        /// Lets the slot serve again that the last rebuild replaced.
        case rollback

        /// Its steps in order. A further listing of a sweep belongs before `absent`, and its kind into
        /// `Reconcile.sweptKinds`.
        package var phases: [Phase] {
            switch self {
            // Of an incremental one only a company's first lists the articles.
            case .incremental: [.changed, .deleted, .spam, .articles, .judgement]
            case .sweep: [.changed, .deleted, .spam, .articles, .absent, .judgement]
            case .audit: [.documents, .points, .documentRepairs, .pointRepairs]
            case .rebuild: [.filling, .catchingUp, .comparison, .switching, .adoption]
            case .rollback: [.catchingUp, .switching, .adoption]
            }
        }
    }

    package enum State: String, Sendable, Codable { case waiting, running, complete, failed, cancelled }

    /// What it is reading or doing.
    package enum Phase: String, Sendable, Codable, CaseIterable {
        /// The listings.
        case changed, deleted, spam, articles
        /// Going through what is on record and was not listed.
        case absent
        /// Deciding about the removals that were proposed.
        case judgement
        /// An audit's two directions: from the records to the points, and back.
        case documents, points
        /// The same way once more to repair what was found, where all of it could be read.
        case documentRepairs = "document_repairs"
        case pointRepairs = "point_repairs"
        /// A rebuild: from the records into the second slot; what runs could not write there; both slots' answers; the
        /// one transaction that lets it serve; and bringing the records in line with it.
        case filling
        case catchingUp = "catching_up"
        case comparison, switching, adoption
        case done
    }

    /// A rebuild or a rollback: about our own slots, and beside whatever compares the help desk.
    package var isAboutSlots: Bool { mode == .rebuild || mode == .rollback }

    /// Kinds whose listings a sweep reads whole, so that an absence means something.
    package static let sweptKinds: Set<ItemKind> = [.ticket, .article]
    /// Of those, the ones that this sweep could read whole.
    package var sweptKinds: Set<ItemKind> {
        certificate.articlesGap == nil ? Self.sweptKinds : Self.sweptKinds.subtracting([.article])
    }

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
    /// On record, and by the listings in the trash, spam or not there: marked, or withheld.
    package var removed: Int
    /// Of those, how many wait for a person's release.
    package var withheld: Int
    package var failed: Int
    package var apiCalls: Int
    /// Changes whose webhook should have come by then, and how many of them no webhook had announced.
    package var changes: Int
    package var missed: Int
    /// The cursor to store when it completes: when the listing began, or the newest change it saw.
    package var nextCursor: Timestamp?
    package var certificate: Certificate
    /// What a person should look at, in our own words; one at most.
    package var alarm: String?
    package var reason: String?
    package var requestedAt: Timestamp
    package var startedAt: Timestamp?
    package var endedAt: Timestamp?

    package init(
        id: String, company: CompanyID, mode: Mode, since: Timestamp?, state: State = .waiting, phase: Phase? = nil,
        position: ListingPosition? = nil, seen: Int = 0, marked: Int = 0, unchanged: Int = 0, removed: Int = 0,
        withheld: Int = 0, failed: Int = 0, apiCalls: Int = 0, changes: Int = 0, missed: Int = 0,
        nextCursor: Timestamp? = nil, certificate: Certificate = Certificate(), alarm: String? = nil,
        reason: String? = nil, requestedAt: Timestamp, startedAt: Timestamp? = nil, endedAt: Timestamp? = nil
    ) {
        self.id = id
        self.company = company
        self.mode = mode
        self.since = since
        self.state = state
        self.phase = phase ?? mode.phases.first ?? .done
        self.position = position
        self.seen = seen
        self.marked = marked
        self.unchanged = unchanged
        self.removed = removed
        self.withheld = withheld
        self.failed = failed
        self.apiCalls = apiCalls
        self.changes = changes
        self.missed = missed
        self.nextCursor = nextCursor
        self.certificate = certificate
        self.alarm = alarm
        self.reason = reason
        self.requestedAt = requestedAt
        self.startedAt = startedAt
        self.endedAt = endedAt
    }

    package var hasEnded: Bool { state != .waiting && state != .running }

    /// Goes to the phase after the present one.
    package mutating func enterNextPhase() {
        let phases = mode.phases
        let next = phases.firstIndex(of: phase).map { $0 + 1 } ?? phases.count
        phase = next < phases.count ? phases[next] : .done
        position = nil
    }
}

/// What one page of a reconcile found.
package struct Findings: Sendable, Equatable {
    /// Items that need a run, with their time of change as listed, where they were.
    package struct Marked: Sendable, Equatable {
        package var mark: Mark
        package var listedAt: Timestamp?

        package init(_ mark: Mark, listedAt: Timestamp?) {
            self.mark = mark
            self.listedAt = listedAt
        }
    }

    package var marked: [Marked]
    /// Listed as present: the sweep has seen them, and a removal that waits for them is off.
    package var present: [Item]
    /// Listed in the trash or as spam, known or not: the sweep has seen them.
    package var inTrash: [Item]
    /// On record and said to be gone, to be judged at the end.
    package var removals: [Removal]

    package struct Removal: Sendable, Equatable {
        package var item: Item
        package var proof: Proof

        package init(_ item: Item, proof: Proof) {
            self.item = item
            self.proof = proof
        }
    }

    /// What speaks for a removal. The last word has the run, which asks by id.
    package enum Proof: String, Sendable, Codable, CaseIterable { case deleted, spam, absent }

    package init(
        marked: [Marked] = [], present: [Item] = [], inTrash: [Item] = [], removals: [Removal] = []
    ) {
        self.marked = marked
        self.present = present
        self.inTrash = inTrash
        self.removals = removals
    }
}

/// An item on record that a sweep did not see.
package struct AbsentItem: Sendable, Equatable {
    package var item: Item
    /// The help desk's archive is in no listing, so its absence says nothing.
    package var isArchived: Bool

    package init(item: Item, isArchived: Bool) {
        self.item = item
        self.isArchived = isArchived
    }
}

/// What complete reconciles of a company have left behind.
package struct ReconcileProgress: Sendable, Equatable {
    /// Every change up to here was seen.
    package var cursor: Timestamp
    /// When the last complete sweep ended; the first complete reconcile counts as one, since it lists everything.
    package var sweptAt: Timestamp
    /// Changes up to here have been held against the webhooks.
    package var judgedTo: Timestamp

    package init(cursor: Timestamp, sweptAt: Timestamp, judgedTo: Timestamp) {
        self.cursor = cursor
        self.sweptAt = sweptAt
        self.judgedTo = judgedTo
    }
}

/// How many changes of late no webhook had announced.
package struct MissedWebhooks: Sendable, Equatable {
    package var changes: Int
    package var missed: Int

    package init(changes: Int, missed: Int) {
        self.changes = changes
        self.missed = missed
    }

    /// 0...1; `nil` while nothing changed.
    package var ratio: Double? { changes > 0 ? Double(missed) / Double(changes) : nil }
}
