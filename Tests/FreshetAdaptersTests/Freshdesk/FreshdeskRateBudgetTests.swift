import FreshetCore
import FreshetTestKit
import Testing

@testable import FreshetAdapters

/// The reckoning, without anybody waiting: an account that counts as servers do, and a client that obeys the budget.
struct FreshdeskRateBudgetTests {
    typealias Cost = RateBudget.Cost
    typealias Limits = RateBudget.Limits

    @Test func `before the first answer two calls may be out`() {
        var budget = RateBudget(share: 0.5)
        let now = Timestamp.epoch
        for _ in 0..<2 {
            #expect(budget.verdict(on: Cost(credits: 4), urgency: .urgent, now: now) == .now)
            budget.grant(Cost(credits: 4), urgency: .urgent, now: now)
        }
        #expect(budget.verdict(on: Cost(credits: 1), urgency: .urgent, now: now) == .everybodyWaits(until: nil))
    }

    @Test(arguments: [nil, 1_000_000, 5_000_000] as [Int?])
    func `an account that names no limits, or huge ones, is not paced`(total: Int?) {
        var budget = RateBudget(share: 0.5)
        let now = Timestamp.epoch
        budget.grant(Cost(credits: 1), urgency: .backfill, now: now)
        budget.end(Cost(credits: 1), status: 200, limits: Limits(total: total), retryAfter: nil, now: now)
        for _ in 0..<10_000 {
            #expect(budget.verdict(on: Cost(credits: 4, isList: true), urgency: .backfill, now: now) == .now)
            budget.grant(Cost(credits: 4, isList: true), urgency: .backfill, now: now)
        }
    }

    @Test(arguments: [500, 404, 302])
    func `an answer that is not good proves no lack of limits`(status: Int) {
        var budget = RateBudget(share: 0.5)
        budget.grant(Cost(credits: 1), urgency: .urgent, now: .epoch)
        budget.end(Cost(credits: 1), status: status, limits: Limits(), retryAfter: nil, now: .epoch)
        for _ in 0..<2 { budget.grant(Cost(credits: 1), urgency: .urgent, now: .epoch) }
        #expect(budget.verdict(on: Cost(credits: 1), urgency: .urgent, now: .epoch) == .everybodyWaits(until: nil))
    }

    @Test(arguments: [(200, 20), (400, 100), (700, 200), (1000, 300), (2000, 400), (50, 5), (123, 12), (5, 1)])
    func `the limit on lists follows from the plan`(total: Int, lists: Int) {
        #expect(RateBudget.listLimit(of: total) == lists)
    }

    @Test func `lists keep to their own limit and leave single tickets alone`() {
        var budget = known(total: 200)
        let list = Cost(credits: 1, isList: true)
        var granted = 0
        while budget.verdict(on: list, urgency: .urgent, now: start) == .now, granted < 100 {
            budget.grant(list, urgency: .urgent, now: start)
            budget.end(list, status: 200, limits: Limits(total: 200), retryAfter: nil, now: start)
            granted += 1
        }
        #expect(granted == 10)
        #expect(
            budget.verdict(on: list, urgency: .urgent, now: start) == .listsWait(until: start + .seconds(60)))
        #expect(budget.verdict(on: Cost(credits: 4), urgency: .urgent, now: start) == .now)
    }

    @Test func `a lower total on a list's answer is the lists' limit, not the account's`() {
        var budget = known(total: 400)
        let list = Cost(credits: 1, isList: true)
        budget.grant(list, urgency: .urgent, now: start)
        budget.end(list, status: 200, limits: Limits(total: 30, remaining: 29), retryAfter: nil, now: start)
        #expect(budget.allowance(now: start) == 200)
        for _ in 0..<14 {
            budget.grant(list, urgency: .urgent, now: start)
            budget.end(list, status: 200, limits: Limits(total: 30, remaining: 1), retryAfter: nil, now: start)
        }
        #expect(budget.verdict(on: list, urgency: .urgent, now: start) == .listsWait(until: start + .seconds(60)))
    }

    @Test func `after a 429 everybody waits, then one call looks whether it is over`() {
        var budget = known(total: 400)
        let cost = Cost(credits: 1)
        budget.grant(cost, urgency: .urgent, now: start)
        budget.end(
            cost, status: 429, limits: Limits(total: 400, remaining: 0), retryAfter: .seconds(27), now: start)
        let over = start + .seconds(27)
        #expect(budget.verdict(on: cost, urgency: .urgent, now: start) == .everybodyWaits(until: over))
        #expect(budget.verdict(on: cost, urgency: .urgent, now: over) == .now)
        budget.grant(cost, urgency: .urgent, now: over)
        #expect(budget.verdict(on: cost, urgency: .urgent, now: over) == .everybodyWaits(until: nil))
        budget.end(cost, status: 200, limits: Limits(total: 400, remaining: 399), retryAfter: nil, now: over)
        #expect(budget.verdict(on: cost, urgency: .urgent, now: over) == .now)
    }

    @Test func `a 429 that does not say how long counts as half a minute`() {
        var budget = known(total: 400)
        budget.grant(Cost(credits: 1), urgency: .urgent, now: start)
        budget.end(Cost(credits: 1), status: 429, limits: Limits(), retryAfter: nil, now: start)
        #expect(
            budget.verdict(on: Cost(credits: 1), urgency: .urgent, now: start)
                == .everybodyWaits(until: start + .seconds(30)))
    }

    @Test func `a call that costs more than the whole share is paid off over several windows`() {
        var budget = known(total: 50, share: 0.02)
        let cost = Cost(credits: 4)
        #expect(budget.verdict(on: cost, urgency: .urgent, now: start) == .now)
        budget.grant(cost, urgency: .urgent, now: start)
        budget.end(cost, status: 200, limits: Limits(total: 50, used: 4), retryAfter: nil, now: start)
        #expect(
            budget.verdict(on: cost, urgency: .urgent, now: start)
                == .everybodyWaits(until: start + .seconds(240)))
    }

    @Test func `an old account's total is per hour, unless its quota comes back sooner`() {
        var budget = known(total: 3000)
        for _ in 0..<375 { spend(&budget, 4, total: 3000, remaining: nil, now: start) }
        #expect(
            budget.verdict(on: Cost(credits: 4), urgency: .urgent, now: start)
                == .everybodyWaits(until: start + .seconds(3600)))

        budget = known(total: 3000)
        var now = start
        for remaining in [2000, 2996, 2000, 2996] {
            now = now + .seconds(60)
            spend(&budget, 4, total: 3000, remaining: remaining, now: now)
        }
        for _ in 0..<100 { spend(&budget, 4, total: 3000, remaining: nil, now: now) }
        #expect(budget.verdict(on: Cost(credits: 4), urgency: .urgent, now: now + .seconds(60)) == .now)
    }

    /// An account as the server counts it, by windows that jump or slide, with other users who come and go. However the
    /// lots fall: never a 429, and never more than the share in any minute.
    @Test(arguments: 0..<30 as Range<UInt64>)
    func `the share is kept in every minute, and no call is refused`(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        let total = [50, 200, 400, 700, 1234][Int.random(in: 0..<5, using: &random)]
        let share = [0.1, 0.25, 0.5, 0.9, 1][Int.random(in: 0..<5, using: &random)]
        var account = Account(total: total, slides: Bool.random(using: &random))
        // Others use a steady part of what is not ours.
        let othersPerMinute = (1 - share) * Double(total) * Double.random(in: 0...0.8, using: &random)
        var owedToOthers = 0.0
        var budget = RateBudget(share: share)
        var out: [(cost: Cost, at: Timestamp, status: Int, limits: Limits)] = []
        var ours: [(at: Timestamp, credits: Int)] = []
        var now = start + .milliseconds(Int64.random(in: 0..<60_000, using: &random))
        var urgency = Urgency.urgent

        for _ in 0..<6000 {
            now = now + .milliseconds(50)
            owedToOthers += othersPerMinute / 1200
            while owedToOthers >= 1 {
                owedToOthers -= 1
                _ = account.call(1, isList: false, now: now)
            }
            out.removeAll { call in
                guard call.at <= now else { return false }
                budget.end(
                    call.cost, status: call.status, limits: call.limits,
                    retryAfter: call.status == 429 ? .seconds(20) : nil, now: now)
                return true
            }
            // As many as may go, up to ten at once.
            while out.count < 10 {
                let isList = Int.random(in: 0..<8, using: &random) == 0
                let cost =
                    isList ? Cost(credits: 1, isList: true) : Cost(credits: Int.random(in: 1...4, using: &random))
                guard budget.verdict(on: cost, urgency: urgency, now: now) == .now else { break }
                budget.grant(cost, urgency: urgency, now: now)
                // The request travels before the server counts it; the answer travels back.
                let answer = account.call(cost.credits, isList: isList, now: now)
                if answer.status == 200 { ours.append((now, cost.credits)) }
                #expect(answer.status == 200, "seed \(seed)")
                let latency = Duration.milliseconds(Int64.random(in: 5...900, using: &random))
                out.append((cost, now + latency, answer.status, answer.limits))
            }
            urgency = Int.random(in: 0..<3, using: &random) == 0 ? .urgent : .backfill
        }

        var busiest = 0
        var used = 0
        var first = 0
        for (at, credits) in ours {
            used += credits
            while ours[first].at + .seconds(60) <= at {
                used -= ours[first].credits
                first += 1
            }
            busiest = max(busiest, used)
        }
        #expect(busiest <= max(4, Int(share * Double(total))), "seed \(seed)")
        // And it is not kept by doing nothing.
        let spent = ours.map(\.credits).reduce(0, +)
        #expect(Double(spent) > 0.6 * min(share, 0.8) * Double(total) * 5, "seed \(seed)")
    }

    @Test func `a backlog is drained within five per cent of the share`() {
        var account = Account(total: 400, slides: false)
        var budget = RateBudget(share: 0.5)
        let cost = Cost(credits: 4)
        var now = start
        var left = 1000
        var out: [(at: Timestamp, limits: Limits)] = []
        while left > 0 || !out.isEmpty {
            now = now + .milliseconds(20)
            out.removeAll { call in
                guard call.at <= now else { return false }
                budget.end(cost, status: 200, limits: call.limits, retryAfter: nil, now: now)
                return true
            }
            while left > 0, out.count < 4, budget.verdict(on: cost, urgency: .backfill, now: now) == .now {
                budget.grant(cost, urgency: .backfill, now: now)
                out.append((now + .milliseconds(300), account.call(4, isList: false, now: now).limits))
                left -= 1
            }
        }
        let bound = 1000.0 * 4 / 200 * 60
        #expect((now - start).seconds < bound * 1.05)
        #expect((now - start).seconds > bound * 0.93)
    }

    @Test func `others who use the account are given way`() {
        var account = Account(total: 400, slides: false)
        var budget = RateBudget(share: 0.5)
        let cost = Cost(credits: 1)
        var now = start
        var ours = 0
        var refusedOthers = 0
        for step in 0..<6000 {
            now = now + .milliseconds(100)
            // 300 a minute: more than the half that is not ours.
            let wasServed = step % 2 == 1 || account.call(1, isList: false, now: now).status == 200
            if !wasServed, step > 1800 { refusedOthers += 1 }
            if budget.verdict(on: cost, urgency: .backfill, now: now) == .now {
                budget.grant(cost, urgency: .backfill, now: now)
                let answer = account.call(1, isList: false, now: now)
                budget.end(cost, status: answer.status, limits: answer.limits, retryAfter: .seconds(20), now: now)
                if step > 2400 { ours += 1 }
            }
        }
        // Once their use has been seen, they get what they want and we take what is left: less than 100 a minute.
        #expect(refusedOthers < 10)
        #expect(ours > 6 * 20)
        #expect(ours <= 6 * 100)
    }

    @Test func `a call is let go now and then while others use up everything`() {
        var budget = known(total: 400)
        let cost = Cost(credits: 4)
        var now = start
        var granted = 0
        for _ in 0..<1200 {
            now = now + .milliseconds(500)
            guard budget.verdict(on: cost, urgency: .backfill, now: now) == .now else { continue }
            granted += 1
            budget.grant(cost, urgency: .backfill, now: now)
            budget.end(cost, status: 200, limits: Limits(total: 400, remaining: 3), retryAfter: nil, now: now)
        }
        // Every ten seconds or so, within a tenth of our share.
        #expect((40...60).contains(granted))
    }

    @Test func `half of the share goes to urgent calls at once, and the rest evenly`() {
        var budget = known(total: 400)
        let cost = Cost(credits: 4)
        var granted = 0
        while budget.verdict(on: cost, urgency: .urgent, now: start) == .now, granted < 100 {
            spend(&budget, 4, total: 400, remaining: nil, now: start)
            granted += 1
        }
        // A little more than half: two seconds may be caught up.
        #expect((25...28).contains(granted))
        #expect(
            budget.verdict(on: cost, urgency: .urgent, now: start) != .everybodyWaits(until: start + .seconds(60)))
    }

    private let start = Timestamp(seconds: 1_800_000_000)

    private func known(total: Int, share: Double = 0.5) -> RateBudget {
        var budget = RateBudget(share: share)
        budget.grant(Cost(credits: 0), urgency: .urgent, now: .epoch)
        budget.end(Cost(credits: 0), status: 200, limits: Limits(total: total), retryAfter: nil, now: .epoch)
        return budget
    }

    private func spend(_ budget: inout RateBudget, _ credits: Int, total: Int, remaining: Int?, now: Timestamp) {
        budget.grant(Cost(credits: credits), urgency: .urgent, now: now)
        budget.end(
            Cost(credits: credits), status: 200, limits: Limits(total: total, remaining: remaining), retryAfter: nil,
            now: now)
    }
}

/// An account's quota as its server counts it: a minute that jumps at its own beginning, or the minute up to now.
private struct Account {
    private let total: Int
    private let slides: Bool
    private var spent: [(at: Timestamp, credits: Int, isList: Bool)] = []
    private var used = 0
    private var lists = 0

    init(total: Int, slides: Bool) {
        self.total = total
        self.slides = slides
    }

    mutating func call(_ credits: Int, isList: Bool, now: Timestamp) -> (status: Int, limits: RateBudget.Limits) {
        let minute = Timestamp(seconds: now.secondsSinceEpoch / 60 * 60)
        while let oldest = spent.first, slides ? oldest.at + .seconds(60) <= now : oldest.at < minute {
            used -= oldest.credits
            lists -= oldest.isList ? 1 : 0
            spent.removeFirst()
        }
        if used + credits > total || (isList && lists >= RateBudget.listLimit(of: total)) {
            return (429, RateBudget.Limits(total: total, remaining: max(0, total - used), used: 0))
        }
        spent.append((now, credits, isList))
        used += credits
        lists += isList ? 1 : 0
        return (200, RateBudget.Limits(total: total, remaining: total - used, used: credits))
    }
}
