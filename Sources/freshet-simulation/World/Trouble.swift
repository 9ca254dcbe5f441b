import FreshetCore

/// What people do to tickets and what the weather does to the house, from the beginning until calm.
struct Trouble {
    private let world: World

    init(_ world: World) { self.world = world }

    private var machine: Machine { world.machine }
    private var weather: Weather { world.weather }

    func begin(hours: Double) {
        machine.after(Int64(hours * 3_600_000) - 120_000) { closing() }
        for company in world.companies { change(company) }
        repeating(weather.hoursBetweenRestarts, stop)
        repeating(weather.hoursBetweenFreezes, freeze)
        repeating(weather.hoursBetweenClockSteps, stepClock)
        repeating(weather.hoursBetweenOutages, breakDesk)
        repeating(weather.hoursBetweenFullDisks, fillDisk)
        repeating(0.5, ask)
    }

    /// Again and again, `hours` apart on average.
    private func repeating(_ hours: Double?, _ work: @escaping () -> Void) {
        guard let hours else { return }
        machine.after(world.dice.milliseconds(0...2 * hours * 3600)) {
            guard !world.isCalm else { return }
            work()
            repeating(hours, work)
        }
    }

    private func livingNode() -> Node? {
        machine.nodes.isEmpty ? nil : world.dice.pick(machine.nodes)
    }

    // MARK: - Machines

    private func stop() {
        guard let node = livingNode() else { return }
        node.note("asked to stop")
        machine.inside(node) { node.stop() }
        if world.dice.chance(0.3) {
            // The deployment's patience ends: cancelled, then killed.
            machine.after(world.dice.milliseconds(0...20)) {
                if !node.isDead { machine.inside(node) { node.root?.cancel() } }
            }
        }
    }

    /// Longer than a lease, mostly.
    private func freeze() {
        guard let node = livingNode() else { return }
        node.note("frozen")
        node.frozenUntil = machine.time + world.dice.milliseconds(1...300)
    }

    private func stepClock() {
        let step: Int64 = world.dice.pick([-120_000, -5000, 5000, 120_000, 500_000, -500_000])
        machine.clockOffset += weather.hasClockAhead ? step : min(step, -machine.clockOffset)
        world.wasAhead = world.wasAhead || machine.clockOffset > 0
        machine.note("the clock is \(machine.clockOffset) ms ahead")
    }

    private func breakDesk() {
        guard let desk = world.desks[world.dice.pick(world.companies)] else { return }
        machine.note("\(desk.company): outage")
        desk.isDown = true
        machine.after(world.dice.milliseconds(60...7200)) {
            machine.note("\(desk.company): outage over")
            desk.isDown = false
        }
    }

    private func fillDisk() {
        guard let node = livingNode() else { return }
        machine.inside(node) { node.fillDisk(true) }
        machine.after(world.dice.milliseconds(10...900)) {
            if !node.isDead { machine.inside(node) { node.fillDisk(false) } }
        }
    }

    private func ask() {
        guard let node = livingNode() else { return }
        machine.inside(node) { world.search(node) }
    }

    // MARK: - Tickets

    private func change(_ company: CompanyID) {
        machine.after(world.dice.milliseconds(0...2 * 3600 / weather.changesPerHour)) {
            guard !world.isCalm, let desk = world.desks[company] else { return }
            let id = Int64(world.dice.int(1...weather.tickets * 2))
            if world.toss(weather.rushes) {
                rush(desk, id)
            } else {
                act(desk, id)
            }
            change(company)
        }
    }

    private func rush(_ desk: Desk, _ id: Int64, isOfOne: Bool = false) {
        switch world.dice.pick(isOfOne ? [0, 1, 1, 2] : [0, 1, 2, 2, 3]) {
        case 0:
            // A slip of the hand, taken back.
            act(desk, id)
            machine.after(world.dice.milliseconds(world.dice.chance(0.5) ? 0...10 : 0...120)) {
                guard !world.isCalm, desk.entries[id]?.gone == nil else { return }
                desk.revert(id)
                announce(desk, id, "changed back")
            }
        case 1:
            // Two changes within a second, the other one by something that no rule of the help desk announces.
            act(desk, id)
            machine.after(world.dice.milliseconds(0.1...0.7)) { act(desk, id, isAnnounced: false) }
        case 2:
            // One ticket, several times within seconds, or within one.
            for _ in 0..<world.dice.int(2...6) {
                machine.after(world.dice.milliseconds(world.dice.chance(0.7) ? 0...1 : 0...20)) { act(desk, id) }
            }
        default: bulk(world.dice.chance(0.5) ? [desk] : world.companies.compactMap { world.desks[$0] })
        }
    }

    /// A bulk update: everything at once, at one help desk or at all of them, and perhaps somebody who asks for a
    /// reconcile meanwhile.
    private func bulk(_ desks: [Desk]) {
        for desk in desks {
            for id in desk.entries.keys.sorted() {
                machine.after(world.dice.milliseconds(0...5)) { act(desk, id) }
            }
            if world.dice.chance(0.5) {
                machine.after(world.dice.milliseconds(0...5)) { world.requestReconcile(of: desk.company) }
            }
        }
    }

    /// The last changes before calm: what becomes of them is what is looked at in the end.
    private func closing() {
        for desk in world.companies.compactMap({ world.desks[$0] }) {
            for id in desk.entries.keys.sorted() where world.dice.chance(0.8) {
                machine.after(world.dice.milliseconds(0...110)) { rush(desk, id, isOfOne: true) }
            }
        }
    }

    /// One more change while somebody reads, which a rule of the help desk announces or not.
    func edit(_ desk: Desk, _ id: Int64) { act(desk, id, isAnnounced: world.dice.chance(0.5)) }

    private func act(_ desk: Desk, _ id: Int64, isAnnounced: Bool = true) {
        guard !world.isCalm else { return }
        guard let entry = desk.entries[id] else {
            desk.create(id)
            return announce(desk, id, "created", isAnnounced)
        }
        if let gone = entry.gone {
            let hours = Double(machine.time - entry.goneAt) / 3_600_000
            if gone == .purged { return }
            if world.dice.chance(0.5) {
                desk.restore(id)
                announce(desk, id, "restored", isAnnounced)
            } else if hours > 6, world.audit.isRemoved(desk.item(id)) {
                // The trash is emptied after weeks; by then a reconcile has listed what is in it.
                desk.remove(id, as: .purged)
                announce(desk, id, "purged", isAnnounced)
            }
            return
        }
        switch world.dice.int(0...19) {
        case 0...5: desk.reply(id)
        case 6...7: desk.rename(id)
        case 8...9:
            let tags = world.dice.pick([[], ["export"], ["billing", "export"]])
            desk.change(id) { $0.metadata.tags = tags }
        case 10...12:
            let (stage, number) = world.dice.pick([(Metadata.Stage.open, 2), (.pending, 3), (.resolved, 4)])
            desk.change(id) {
                $0.metadata.stage = stage
                $0.metadata.status = Label(id: Int64(number), name: stage.rawValue)
            }
        case 13...16: desk.revert(id)
        case 17: desk.change(id) { _ in }
        case 18: world.dice.chance(0.3) ? desk.blank(id) : desk.reply(id)
        default: desk.remove(id, as: world.dice.chance(0.7) ? .deleted : .spam)
        }
        announce(desk, id, "changed", isAnnounced)
    }

    private func announce(_ desk: Desk, _ id: Int64, _ event: String, _ isAnnounced: Bool = true) {
        world.countChange()
        machine.note("\(desk.company): ticket/\(id) \(event) to version \(desk.version(of: id))")
        if isAnnounced { world.post.send(desk, id, event) }
    }
}
