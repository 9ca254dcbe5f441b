/// What an account's plan allows per minute (freshdesk.md 4).
package struct Plan: Sendable, Equatable {
    package var name: String
    package var total: Int64
    /// `nil` where the plan has no limit of its own for that kind of call.
    package var ticketCreate: Int64?
    package var ticketUpdate: Int64?
    package var ticketList: Int64?
    package var contactList: Int64?

    /// Has no API at all: every call is 403.
    package static let free = Plan(name: "free", total: 0)
    package static let trial = Plan(name: "trial", total: 50)
    package static let growth = Plan(
        name: "growth", total: 200, ticketCreate: 80, ticketUpdate: 80, ticketList: 20, contactList: 20)
    package static let pro = Plan(
        name: "pro", total: 400, ticketCreate: 160, ticketUpdate: 160, ticketList: 100, contactList: 100)
    package static let enterprise = Plan(
        name: "enterprise", total: 700, ticketCreate: 280, ticketUpdate: 280, ticketList: 200, contactList: 200)
    package static let bought1000 = Plan(
        name: "bought1000", total: 1000, ticketCreate: 400, ticketUpdate: 400, ticketList: 300, contactList: 300)
    package static let bought2000 = Plan(
        name: "bought2000", total: 2000, ticketCreate: 800, ticketUpdate: 800, ticketList: 400, contactList: 400)
    /// Not one of Freshdesk's: for load tests. Its headers promise more than anybody uses.
    package static let unlimited = Plan(name: "unlimited", total: 10_000_000)

    package static let all = [free, trial, growth, pro, enterprise, bought1000, bought2000, unlimited]

    package static func named(_ name: String) -> Plan? { all.first { $0.name == name } }

    /// The same plan with another total; limits of its own shrink with it where they must.
    package func limited(to total: Int64) -> Plan {
        func capped(_ limit: Int64?) -> Int64? { limit.map { min($0, total) } }
        return Plan(
            name: name, total: total, ticketCreate: capped(ticketCreate), ticketUpdate: capped(ticketUpdate),
            ticketList: capped(ticketList), contactList: capped(contactList))
    }
}

/// Counts credits in one-minute windows, one account over all keys.
///
/// A window opens with the first call after the last one ended. A call over the limit costs nothing and is told how
/// long to wait. The extra credits of includes count against the total only: whether they count against the list's own
/// limit is not documented.
package struct RateLimiter: Sendable {
    package enum Kind: Sendable, Hashable {
        case ticketCreate, ticketUpdate, ticketList, contactList, other

        /// As statistics name the family of calls.
        var name: String {
            switch self {
            case .ticketCreate: "ticket create"
            case .ticketUpdate: "ticket update"
            case .ticketList: "ticket list"
            case .contactList: "contact list"
            case .other: "other"
            }
        }
    }

    package struct Verdict: Sendable, Equatable {
        package var total: Int64
        package var remaining: Int64
        package var used: Int64
        /// `nil` when the call may go ahead.
        package var retryAfter: Int64?
    }

    package var plan: Plan
    private var opened: Seconds?
    private var spent: Int64 = 0
    private var calls: [Kind: Int64] = [:]

    package init(plan: Plan) { self.plan = plan }

    package mutating func take(_ credits: Int64, for kind: Kind, now: Seconds) -> Verdict {
        let isOpen = opened.map { now >= $0 && now < $0 + Seconds.minute } ?? false
        if !isOpen {
            opened = now
            spent = 0
            calls = [:]
        }
        let ends = (opened ?? now) + Seconds.minute
        let isOver = spent + credits > plan.total || limit(of: kind).map { calls[kind, default: 0] >= $0 } ?? false
        if isOver {
            return Verdict(
                total: plan.total, remaining: max(0, plan.total - spent), used: credits,
                retryAfter: max(1, ends.value - now.value))
        }
        spent += credits
        calls[kind, default: 0] += 1
        return Verdict(total: plan.total, remaining: plan.total - spent, used: credits)
    }

    /// Credits that are used whether there are any left or not.
    package mutating func spend(_ credits: Int64, now: Seconds) {
        guard let opened, now < opened + Seconds.minute else { return }
        spent = min(plan.total, spent + credits)
    }

    private func limit(of kind: Kind) -> Int64? {
        switch kind {
        case .ticketCreate: plan.ticketCreate
        case .ticketUpdate: plan.ticketUpdate
        case .ticketList: plan.ticketList
        case .contactList: plan.contactList
        case .other: nil
        }
    }
}
