import FreshetCore

/// How much of an account's API quota is free for us now: a pure reckoning, told of every call and every answer.
///
/// Freshdesk limits an account per minute over all its users and does not say where a minute begins, so three bounds
/// hold together:
///
/// 1. **Our share.** In any stretch of one window (60 s) our calls cost at most `share` × the total that the headers
///    name. A call counts from when it is granted until one window after its answer, so it is never counted shorter than
///    the server counts it, whether the server's window slides or jumps. Ticket lists have the same bound again under
///    their own, lower limit: the plan's, which follows from its total, or lower where an answer says so or a list was
///    refused. Webhooks that the account's own rules send us come out of its quota and count as ours (`spend`).
/// 2. **Room for others.** What the server says is used beyond our own use, others used. Their busiest minute of the
///    last two is left to them, plus a reserve, before we take our share; a tenth of our share stays ours, so that a busy
///    account still becomes fresh.
/// 3. **The last word.** When the server's own figure of what remains is down to the reserve, we stop, whoever used it,
///    and look again with a single call every ten seconds.
///
/// Half of our share goes to urgent calls as fast as they come; beyond that, and for all of backfill, calls are spaced
/// evenly, so that nobody waits for a minute to pass behind a burst. Before the first answer two calls may be out; after
/// a 429 nothing until `Retry-After`, then one. An account that names no limits, or a million and more, is not paced.
package struct RateBudget: Sendable {
    /// What a call is, as far as limits go.
    package struct Cost: Sendable, Equatable {
        /// One, plus what its includes cost.
        package var credits: Int
        /// Counts against the lower limit on listing tickets, too.
        package var isList: Bool

        package init(credits: Int, isList: Bool = false) {
            self.credits = credits
            self.isList = isList
        }
    }

    /// What an answer said about limits.
    package struct Limits: Sendable, Equatable {
        package var total: Int?
        package var remaining: Int?
        /// What this call really cost.
        package var used: Int?

        package init(total: Int? = nil, remaining: Int? = nil, used: Int? = nil) {
            self.total = total
            self.remaining = remaining
            self.used = used
        }
    }

    /// Whether a call may go now and, if not, who else has to wait with it.
    enum Verdict: Equatable {
        case now
        /// Every call waits; until a moment, or (`nil`) until an answer comes in.
        case everybodyWaits(until: Timestamp?)
        /// Other lists wait, too; single tickets need not.
        case listsWait(until: Timestamp?)
        /// Only backfill waits.
        case backfillWaits(until: Timestamp)
    }

    private enum Quota: Equatable {
        case unknown, unlimited
        case total(Int)
    }

    /// Share of the account's quota that we may use, 0.01...1.
    package var share: Double {
        didSet { share = min(max(share, 0.01), 1) }
    }

    private var quota = Quota.unknown
    /// As told by an answer to a list, where it is lower than what other answers say.
    private var toldListTotal: Int?
    /// What we keep to since a list was refused while the account had room: others list, too.
    private var refusedLists: (count: Int, until: Timestamp)?
    private var window = Self.minute
    private var overall = Meter()
    private var lists = Meter()
    private(set) var callsInFlight = 0
    private var remaining: (count: Int, at: Timestamp)?
    private var others = Peak()
    private var rises: [Timestamp] = []
    private var blockedUntil: Timestamp?
    /// After a 429: one call at a time until one is answered.
    private var isProbing = false
    /// The earliest moment of the next call that is spaced.
    private var nextSpaced = Timestamp.epoch

    static let minute = Duration.seconds(60)
    private static let hour = Duration.seconds(3600)
    private static let callsBeforeFirstAnswer = 2
    private static let refusalHolds = Duration.seconds(600)
    private static let lookAgain = Duration.seconds(10)
    private static let countsAsUnlimited = 1_000_000

    package init(share: Double) {
        self.share = min(max(share, 0.01), 1)
    }

    // MARK: - Asking

    func verdict(on cost: Cost, urgency: Urgency, now: Timestamp) -> Verdict {
        if let blockedUntil, blockedUntil > now { return .everybodyWaits(until: blockedUntil) }
        if isProbing, callsInFlight > 0 { return .everybodyWaits(until: nil) }
        switch quota {
        case .unlimited: return .now
        case .unknown:
            return callsInFlight < Self.callsBeforeFirstAnswer ? .now : .everybodyWaits(until: nil)
        case .total: break
        }
        if case .later(let moment) = overall.room(for: cost.credits, within: allowance(now: now), now: now) {
            return .everybodyWaits(until: moment)
        }
        if let wait = floor(under: cost, now: now) { return wait }
        if cost.isList,
            case .later(let moment) = lists.room(for: cost.credits, within: listAllowance(now: now), now: now)
        {
            return .listsWait(until: moment)
        }
        guard isSpaced(cost, urgency, now: now), nextSpaced > now else { return .now }
        switch urgency {
        case .urgent: return .everybodyWaits(until: nextSpaced)
        case .backfill: return .backfillWaits(until: nextSpaced)
        }
    }

    /// `nil` when the call leaves the reserve alone, or when it is time to look again.
    private func floor(under cost: Cost, now: Timestamp) -> Verdict? {
        guard let remaining, remaining.at + window > now,
            remaining.count - overall.inFlight - cost.credits < reserve
        else { return nil }
        // The answers of those that are out will tell more.
        if callsInFlight > 0 { return .everybodyWaits(until: nil) }
        let again = remaining.at + Self.lookAgain
        return again > now ? .everybodyWaits(until: again) : nil
    }

    private func isSpaced(_ cost: Cost, _ urgency: Urgency, now: Timestamp) -> Bool {
        switch urgency {
        case .backfill: true
        case .urgent: overall.used(now: now) + cost.credits > allowance(now: now) / 2
        }
    }

    /// Credits that we may use in one window.
    func allowance(now: Timestamp) -> Int {
        guard case .total(let total) = quota else { return .max }
        let ours = share * Double(total)
        let left = Double(total - reserve - others.value(now: now, within: window))
        return max(1, Int(min(ours, max(left, ours / 10))))
    }

    private func listAllowance(now: Timestamp) -> Int {
        guard case .total(let total) = quota else { return .max }
        let ours = max(1, Int(share * Double(min(toldListTotal ?? .max, Self.listLimit(of: total)))))
        guard let refusedLists, refusedLists.until > now else { return ours }
        return min(ours, refusedLists.count)
    }

    /// Left to others at any moment: a fifth of what is not our share.
    private var reserve: Int {
        guard case .total(let total) = quota else { return 0 }
        return Int((1 - share) * Double(total) / 5)
    }

    /// The limit on ticket lists that goes with a plan's total. For totals that are on no price list a tenth, which is the
    /// lowest ratio among those that are.
    static func listLimit(of total: Int) -> Int {
        switch total {
        case 200: 20
        case 400: 100
        case 700: 200
        case 1000: 300
        case 2000: 400
        default: max(1, total / 10)
        }
    }

    // MARK: - Telling

    mutating func grant(_ cost: Cost, urgency: Urgency, now: Timestamp) {
        let isSpaced = isSpaced(cost, urgency, now: now)
        callsInFlight += 1
        overall.begin(cost.credits)
        if cost.isList { lists.begin(cost.credits) }
        guard case .total = quota, isSpaced else { return }
        // Two seconds may be caught up, so that late wake-ups do not add up to a slower pace.
        let spacing = Double(window.milliseconds) * Double(cost.credits) / Double(allowance(now: now))
        nextSpaced = max(nextSpaced, now - .seconds(2)) + .milliseconds(Int64(spacing))
    }

    /// The call ended: answered with `status`, or (`nil`) without any answer, which may have cost its credits all the same.
    ///
    /// `retryAfter` is only looked at for 429, where a missing one counts as half a minute.
    mutating func end(_ cost: Cost, status: Int?, limits: Limits, retryAfter: Duration?, now: Timestamp) {
        callsInFlight -= 1
        let used = limits.used.map { min(max($0, 0), 100) } ?? cost.credits
        if let status { learn(limits, from: cost, status: status) }
        overall.end(cost.credits, costing: used, until: expiry(of: used, within: allowance(now: now), now: now))
        if cost.isList {
            // Whether an include also counts against the lists' own limit is not documented; ours carry none.
            lists.end(cost.credits, costing: used, until: expiry(of: used, within: listAllowance(now: now), now: now))
        }
        if quota == .unlimited {
            overall.forget()
            lists.forget()
        }
        guard let status else { return }
        read(limits, now: now)
        if status == 429 {
            // Refused though the account has room: it is the lists' own limit, which is lower or shared with others.
            if cost.isList, let left = limits.remaining, left > cost.credits {
                refusedLists = (max(1, (lists.used(now: now) - used) * 3 / 4), now + Self.refusalHolds)
            }
            blockedUntil = max(blockedUntil ?? now, now + (retryAfter ?? .seconds(30)))
            isProbing = true
        } else {
            isProbing = false
        }
    }

    /// Credits that the account has used for our sake without a call of ours.
    mutating func spend(_ credits: Int, now: Timestamp) {
        guard case .total = quota else { return }
        overall.expire(now: now)
        overall.settle(credits, until: now + window)
    }

    private mutating func learn(_ limits: Limits, from cost: Cost, status: Int) {
        guard let total = limits.total, total >= 0 else {
            // Only a good answer proves that an account has no limits; an error page may come from in between.
            if (200...299).contains(status), limits.remaining == nil, quota == .unknown { quota = .unlimited }
            return
        }
        if cost.isList, case .total(let known) = quota, total < known {
            toldListTotal = total
            return
        }
        let learnt: Quota = total >= Self.countsAsUnlimited ? .unlimited : .total(max(1, total))
        guard learnt != quota else { return }
        quota = learnt
        toldListTotal = nil
        remaining = nil
        others = Peak()
        rises = []
        // Old accounts are limited per hour, by totals that no plan has per minute.
        window = total == 3000 || total == 5000 ? Self.hour : Self.minute
    }

    /// Takes what the server says remains, and from it what others have used.
    private mutating func read(_ limits: Limits, now: Timestamp) {
        guard let count = limits.remaining, case .total(let total) = quota, (0...total).contains(count),
            limits.total == nil || limits.total == total
        else { return }
        if let last = remaining, count - last.count > total / 20 { noticeRise(now: now) }
        remaining = (count, now)
        overall.expire(now: now)
        // Calls in flight may or may not be in the server's figure; counting them as ours gives others too little for
        // a moment, never too much.
        others.note(max(0, total - count - overall.settled - overall.inFlight), now: now, within: window)
    }

    /// An hourly quota jumps up once an hour. Two jumps within ten minutes prove that it is one per minute after all.
    private mutating func noticeRise(now: Timestamp) {
        guard window == Self.hour else { return }
        rises = rises.filter { $0 + .seconds(600) > now } + [now]
        if rises.count >= 2 { window = Self.minute }
    }

    /// A call that costs more than a whole window's allowance is paid off over several windows.
    private func expiry(of credits: Int, within allowance: Int, now: Timestamp) -> Timestamp {
        let windows = max(1, Double(credits) / Double(max(1, allowance)))
        return now + .milliseconds(Int64(Double(window.milliseconds) * windows))
    }
}

/// Credits in use: those of calls that are out, and those that were answered less than a window ago.
private struct Meter: Sendable {
    enum Room: Equatable {
        case now
        /// At the moment, or (`nil`) when calls that are out have come back.
        case later(Timestamp?)
    }

    private(set) var inFlight = 0
    private(set) var settled = 0
    /// In the order in which they expire; those within a tenth of a second share an entry, so the list is bounded.
    private var entries: [(credits: Int, until: Timestamp)] = []

    func used(now: Timestamp) -> Int {
        entries.reduce(inFlight) { $1.until > now ? $0 + $1.credits : $0 }
    }

    func room(for credits: Int, within allowance: Int, now: Timestamp) -> Room {
        var used = used(now: now)
        // Whatever it costs, a call may go when nothing else is in use; else a small share could never make one.
        if used == 0 || used + credits <= allowance { return .now }
        for entry in entries where entry.until > now {
            used -= entry.credits
            if used == 0 || used + credits <= allowance { return .later(entry.until) }
        }
        return .later(nil)
    }

    mutating func begin(_ credits: Int) { inFlight += credits }

    mutating func end(_ credits: Int, costing used: Int, until: Timestamp) {
        inFlight -= credits
        settle(used, until: until)
    }

    mutating func settle(_ used: Int, until: Timestamp) {
        guard used > 0 else { return }
        settled += used
        let place = (entries.lastIndex { $0.until <= until } ?? -1) + 1
        if place > 0, (until - entries[place - 1].until) <= .milliseconds(100) {
            entries[place - 1] = (entries[place - 1].credits + used, until)
        } else {
            entries.insert((used, until), at: place)
        }
    }

    mutating func expire(now: Timestamp) {
        entries.removeAll { entry in
            guard entry.until <= now else { return false }
            settled -= entry.credits
            return true
        }
    }

    mutating func forget() {
        settled = 0
        entries = []
    }
}

/// The highest figure of this window and the one before.
private struct Peak: Sendable {
    private var current = 0
    private var previous = 0
    private var began = Timestamp.epoch

    func value(now: Timestamp, within window: Duration) -> Int {
        if began + window + window <= now { return 0 }
        return began + window <= now ? current : max(current, previous)
    }

    mutating func note(_ count: Int, now: Timestamp, within window: Duration) {
        if began + window + window <= now {
            (previous, current, began) = (0, 0, now)
        } else if began + window <= now {
            (previous, current, began) = (current, 0, now)
        }
        current = max(current, count)
    }
}
