/// What a reconcile saw, stretch by stretch of source time, so that it can be held against what became of it.
///
/// Seen = unchanged + marked in every window, and what was marked settles into indexed, excluded, removed, failed or
/// pending (`Settlement`). Rows that a listing owed and did not give are named by window and number. Bounded: clean
/// neighbours are joined once there are many, windows with something missing stay as they are.
package struct Certificate: Sendable, Equatable, Codable {
    package struct Window: Sendable, Equatable, Codable {
        /// Times of change of its first and last row.
        package var from: Timestamp
        package var to: Timestamp
        package var seen: Int
        package var unchanged: Int
        package var marked: Int
        /// Rows that a page should have held and did not.
        package var hidden: Int

        package init(
            from: Timestamp, to: Timestamp, seen: Int = 0, unchanged: Int = 0, marked: Int = 0, hidden: Int = 0
        ) {
            self.from = from
            self.to = to
            self.seen = seen
            self.unchanged = unchanged
            self.marked = marked
            self.hidden = hidden
        }
    }

    package private(set) var windows: [Window]
    /// Seconds in which more changed than the help desk can be made to list.
    package var omissions: [Timestamp]
    /// Articles that were listed, which come in no order of time and so have no window; `nil` when none were asked for.
    package var articles: Int?
    /// Why nothing follows from what the listing of the articles did not name; `nil` when it was whole.
    package var articlesGap: String?
    /// On record, not listed anywhere, and not known to be archived.
    package var absent: Int
    /// On record as archived, which no listing holds.
    package var archived: Int
    /// Changes after the first and up to the second time were held against the webhooks; the first is `nil` where there
    /// was nothing to go by.
    package var judgedFrom: Timestamp?
    package var judgedTo: Timestamp?
    /// Of a plan that was carried out: what had moved since it was made, and was planned anew.
    package var replanned: [Item]
    /// Of an audit: how many of each verdict, and what was done about them.
    package var audit: AuditCounts?
    /// Of an audit: which items those were, and where. Bounded; `nil` while none was found.
    package var auditFindings: [AuditFinding]?
    /// Of a rebuild or a rollback.
    package var rebuild: Rebuild?

    package init(
        windows: [Window] = [], omissions: [Timestamp] = [], articles: Int? = nil, articlesGap: String? = nil,
        absent: Int = 0, archived: Int = 0,
        judgedFrom: Timestamp? = nil, judgedTo: Timestamp? = nil, replanned: [Item] = [],
        audit: AuditCounts? = nil
    ) {
        self.windows = windows
        self.omissions = omissions
        self.articles = articles
        self.articlesGap = articlesGap
        self.absent = absent
        self.archived = archived
        self.judgedFrom = judgedFrom
        self.judgedTo = judgedTo
        self.replanned = replanned
        self.audit = audit
    }

    /// How one slot of the index took another one's place.
    package struct Rebuild: Sendable, Equatable, Codable {
        package var slot: Int
        package var replaces: Int
        package var makers: SlotMakers
        package var replaced: SlotMakers
        /// Points written from records.
        package var filled = 0
        /// Points made up for what runs could not write.
        package var caughtUp = 0
        /// The share of the ten best that both slots found, over so many questions; `nil` where that could not be asked.
        package var overlap: Double?
        package var queries: Int?

        package init(slot: Int, replaces: Int, makers: SlotMakers, replaced: SlotMakers) {
            self.slot = slot
            self.replaces = replaces
            self.makers = makers
            self.replaced = replaced
        }
    }

    package var hidden: Int { windows.reduce(0) { $0 + $1.hidden } }
    /// Nothing that should have been listed is known to be missing.
    package var isComplete: Bool { hidden == 0 && omissions.isEmpty }

    /// What is known to be missing, named by window and number; `nil` when nothing is.
    package var complaint: String? {
        var parts = windows.filter { $0.hidden > 0 }.prefix(5).map {
            "\($0.hidden) rows are hidden between \($0.from) and \($0.to)"
        }
        if let first = omissions.first {
            parts.append("\(omissions.count) seconds cannot be listed whole, the first at \(first)")
        }
        return parts.isEmpty ? nil : parts.joined(separator: "; ")
    }

    /// One row of a listing, and whether it needed a run.
    package struct Row: Sendable, Equatable {
        package var at: Timestamp
        package var isMarked: Bool

        package init(at: Timestamp, isMarked: Bool) {
            self.at = at
            self.isMarked = isMarked
        }
    }

    /// Adds a page, rows in the order of their times. Windows never overlap: rows of a second that the window before
    /// ended with belong to that one.
    package mutating func add(_ rows: [Row], hidden: Int) {
        var rest = rows[...]
        if let end = windows.last?.to {
            let early = rest.prefix { $0.at <= end }
            rest = rest.dropFirst(early.count)
            windows[windows.count - 1].count(early)
            if rest.isEmpty { windows[windows.count - 1].hidden += hidden }
        }
        guard let first = rest.first, let last = rest.last else { return }
        var page = Window(from: first.at, to: last.at, hidden: hidden)
        page.count(rest)
        if let last = windows.last, last.hidden == 0, hidden == 0, last.seen < rowsAWindow {
            windows[windows.count - 1] = last.joined(with: page)
        } else {
            windows.append(page)
        }
        if windows.count > Self.mostWindows { joinNeighbours() }
    }

    private var rowsAWindow: Int { max(1000, windows.reduce(0) { $0 + $1.seen } / (Self.mostWindows / 2)) }

    private mutating func joinNeighbours() {
        var joined: [Window] = []
        var isOpen = false
        for window in windows {
            if isOpen, let last = joined.last, last.hidden == 0, window.hidden == 0 {
                joined[joined.count - 1] = last.joined(with: window)
                isOpen = false
            } else {
                joined.append(window)
                isOpen = true
            }
        }
        windows = joined
    }

    private static let mostWindows = 64
}

extension Certificate.Window {
    fileprivate mutating func count(_ rows: ArraySlice<Certificate.Row>) {
        seen += rows.count
        marked += rows.count(where: \.isMarked)
        unchanged = seen - marked
    }

    fileprivate func joined(with next: Self) -> Self {
        Self(
            from: min(from, next.from), to: max(to, next.to), seen: seen + next.seen,
            unchanged: unchanged + next.unchanged, marked: marked + next.marked, hidden: hidden + next.hidden)
    }
}

/// What became of the items that a reconcile marked in one window.
package struct Settlement: Sendable, Equatable, Codable {
    package var indexed: Int
    package var excluded: Int
    package var removed: Int
    /// Parked, with a reason that `explain` tells.
    package var failed: Int
    /// Not done yet.
    package var pending: Int
    /// Marked again by a later reconcile, whose certificate tells the rest.
    package var taken: Int

    package init(
        indexed: Int = 0, excluded: Int = 0, removed: Int = 0, failed: Int = 0, pending: Int = 0, taken: Int = 0
    ) {
        self.indexed = indexed
        self.excluded = excluded
        self.removed = removed
        self.failed = failed
        self.pending = pending
        self.taken = taken
    }

    package var total: Int { indexed + excluded + removed + failed + pending + taken }

    package static func + (a: Settlement, b: Settlement) -> Settlement {
        Settlement(
            indexed: a.indexed + b.indexed, excluded: a.excluded + b.excluded, removed: a.removed + b.removed,
            failed: a.failed + b.failed, pending: a.pending + b.pending, taken: a.taken + b.taken)
    }
}

/// A point that an audit found fault with, or missed.
package struct AuditFinding: Sendable, Hashable, Codable {
    package enum Verdict: String, Sendable, Codable { case missing, orphan, stale, duplicate, foreign }

    package var verdict: Verdict
    /// As in `ticket/4711`; of a foreign point, whatever it says of itself.
    package var item: String
    /// The index's own id of a point that lies where none belongs; `nil` for one in its place.
    package var place: String?

    package init(_ verdict: Verdict, _ item: Item, place: String? = nil) {
        self.verdict = verdict
        self.item = item.name
        self.place = place
    }
}

/// How store and vector index differed, and what was done about it.
package struct AuditCounts: Sendable, Equatable, Codable {
    /// On record as indexed, no point.
    package var missing: Int
    /// A point without a record that wants one.
    package var orphan: Int
    /// A point of another content or other labels than the record's.
    package var stale: Int
    /// More than one point for one item.
    package var duplicate: Int
    /// A point in this company's scope that names another company.
    package var foreign: Int
    /// One side could not be read: nothing was concluded, nothing repaired.
    package var unknown: Int
    package var repaired: Int

    package init(
        missing: Int = 0, orphan: Int = 0, stale: Int = 0, duplicate: Int = 0, foreign: Int = 0, unknown: Int = 0,
        repaired: Int = 0
    ) {
        self.missing = missing
        self.orphan = orphan
        self.stale = stale
        self.duplicate = duplicate
        self.foreign = foreign
        self.unknown = unknown
        self.repaired = repaired
    }
}
