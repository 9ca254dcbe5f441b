import FreshetCore
import FreshetStore
import GRDB

/// Reads the store's file by a connection of its own and compares every change with what may change.
///
/// It looks after each transaction of a node, before anything else happens. Confined to the machine's thread.
final class Audit {
    private unowned let world: World
    private let database: DatabaseQueue
    private let seenItems: SeenRows
    private let seenPoints: SeenRows
    private var stored: [Item: LedgerRow] = [:]
    private var announced: [Item: Announced] = [:]
    /// What is stored, with what is announced.
    private var rows: [Item: LedgerRow] = [:]
    private var points: [Item: PointState] = [:]
    private var owed = OwedRuns()
    private var turns = Turns()
    private var itemsMayHaveChanged = false
    /// Which deliveries wait; items then as well, since those count towards them.
    private var announcedMayHaveChanged = false
    private var pointsMayHaveChanged = false

    init(_ world: World) throws {
        self.world = world
        var configuration = Configuration()
        configuration.busyMode = .timeout(5)
        try Self.makeFile(world)
        configuration.prepareDatabase { try $0.execute(sql: "PRAGMA temp_store = MEMORY") }
        let database = try DatabaseQueue(path: world.path, configuration: configuration)
        self.database = database
        (seenItems, seenPoints) = try database.writeWithoutTransaction { database in
            (
                try SeenRows(of: "items", comparing: LedgerRow.columns, in: database),
                try SeenRows(of: "points", comparing: PointState.columns, in: database)
            )
        }
    }

    /// The store makes its file; before that there is nothing to read.
    private static func makeFile(_ world: World) throws {
        try SQLiteStore(path: world.path, masterKey: world.masterKey).close()
    }

    func close() {
        do { try database.close() } catch { world.machine.note("the audit's connection does not close: \(error)") }
    }

    // MARK: - After each transaction

    func saw(_ sql: String) {
        if sql.hasPrefix("UPDATE items") || sql.hasPrefix("INSERT INTO items") { itemsMayHaveChanged = true }
        if Self.announcing.contains(where: sql.hasPrefix) {
            itemsMayHaveChanged = true
            announcedMayHaveChanged = true
        }
        if sql.hasPrefix("UPDATE points") || sql.hasPrefix("INSERT INTO points") || sql.hasPrefix("DELETE FROM points")
        {
            pointsMayHaveChanged = true
        }
    }

    /// What changes which deliveries wait to raise their items.
    private static let announcing = [
        "INSERT INTO deliveries", "DELETE FROM deliveries", "INSERT INTO inbox", "UPDATE inbox", "DELETE FROM inbox",
    ]

    func look(_ node: Node) {
        guard itemsMayHaveChanged || pointsMayHaveChanged else { return }
        do {
            if itemsMayHaveChanged { try compareItems(node) }
            if pointsMayHaveChanged { try comparePoints(node) }
        } catch {
            world.machine.violate("store", "the audit cannot read: \(error)")
        }
        (itemsMayHaveChanged, announcedMayHaveChanged, pointsMayHaveChanged) = (false, false, false)
    }

    private func compareItems(_ node: Node) throws {
        let changes = try changedRows()
        guard !changes.isEmpty else { return }
        let before = rows
        for (item, row) in changes { rows[item] = row }
        var claimed: [(Item, LedgerRow)] = []
        for (item, row) in changes {
            let version = world.desks[item.company]?.version(of: item.originalID) ?? 0
            guard let old = before[item] else {
                owed.marked(item, generation: row.wanted, version: version)
                continue
            }
            if row.wanted > old.wanted { owed.marked(item, generation: row.wanted, version: version) }
            if let fault = row.fault(after: old, ending: Node.ending, policy: world) {
                world.machine.violate(fault.promise, "\(item): \(fault.text) (\(old) became \(row))")
            }
            if row.fence != old.fence {
                if let owner = row.owner { node.owners.insert(owner) }
                node.forgetReads(of: item)
                claimed.append((item, old))
                node.note("claims \(item) as run \(row.fence)")
            }
            if row.done != old.done {
                if let fault = owed.done(item, row, node.reads[item] ?? Node.Reading()) {
                    world.machine.violate(fault.promise, "\(item): \(fault.text)")
                }
                checkPresent(item)
            }
        }
        if let first = claimed.first, let lease = rows[first.0]?.lease {
            if let fault = turns.claimed(
                claimed, before: before, now: lease - world.lease, by: node, in: world)
            {
                world.machine.violate(fault.promise, fault.text)
            }
        }
    }

    /// What counts differently than at the last look, in order.
    private func changedRows() throws -> [(Item, LedgerRow)] {
        let (changes, now) = try database.writeWithoutTransaction { database in
            (
                try seenItems.changes(in: database, LedgerRow.init),
                announcedMayHaveChanged ? try Announced.all(in: database) : announced
            )
        }
        for (item, row) in changes { stored[item] = row }
        let before = announced
        announced = now
        let touched = Set(changes.map(\.0)).union(
            Set(before.keys).union(now.keys).filter { before[$0] != now[$0] })
        return touched.sorted { ($0.company, $0.originalID) < ($1.company, $1.originalID) }.compactMap { item in
            guard let row = now[item]?.onto(stored[item], policy: world.marks) ?? stored[item] else {
                world.machine.violate("G4", "\(item): its marks are lost")
                return nil
            }
            return row == rows[item] ? nil : (item, row)
        }
    }

    private func comparePoints(_ node: Node) throws {
        let (changes, losses) = try database.writeWithoutTransaction { database in
            (try seenPoints.changes(in: database, PointState.init), try seenPoints.losses(in: database))
        }
        for (item, point) in changes {
            let old = points.updateValue(point, forKey: item)
            if let old, point.generation < old.generation {
                world.machine.violate("G5", "\(item): run \(point.generation) wrote over run \(old.generation)'s point")
            }
            if let old, old.isLive, !point.isLive, !node.hasProof(against: item) {
                world.machine.violate("G13", "\(item): its point was removed, and nobody said that it is gone")
            }
            if let subject = point.subject, !subject.isEmpty, !subject.hasPrefix(item.company.text + "secret") {
                world.machine.violate("G14", "\(item) holds \"\(subject)\"")
            }
        }
        for (item, _) in changes { checkPresent(item) }
        for item in losses {
            points[item] = nil
            world.machine.violate("G13", "\(item): its point vanished without a trace")
        }
    }

    /// When nothing waits, and the help desk stands as a run has read it, the index says the same.
    private func checkPresent(_ item: Item) {
        guard let row = rows[item], row.done == row.wanted, !row.isParked,
            let entry = world.desks[item.company]?.entries[item.originalID],
            owed.hasRead(item, version: entry.version)
        else { return }
        if let fault = PointState.fault(points[item], truth: entry.state) {
            world.machine.violate("G5", "\(item) was read at version \(entry.version) and \(fault)")
        }
    }

    /// A change of the ticket was answered with 202.
    func acknowledged(_ item: Item, version: Int) {
        if let fault = owed.acknowledged(item, version: version, row: rows[item]) {
            world.machine.violate(fault.promise, "\(item): \(fault.text)")
        }
    }

    // MARK: - At the start of a life

    /// A crash cannot show whether commits reach the disk, only power can: so the file is asked how it is written.
    func checkDurability(of store: SQLiteStore) async throws {
        let condition = try await store.condition()
        if !condition.syncsEveryCommit || condition.journalMode != "wal" {
            world.machine.violate("G1", "a commit may be lost with the power: \(condition)")
        }
        checkDeliveries()
    }

    /// Every acknowledged delivery is on file, and nothing that was not authentic.
    func checkDeliveries() {
        do {
            let stored = try database.unsafeRead { try DeliveryState.all(in: $0) }
            for company in world.companies {
                let ids = stored.ids[company] ?? []
                if let lost = world.post.acknowledged[company]?.sorted().first(where: { !ids.contains($0) }) {
                    world.machine.violate("I5", "\(lost) of \(company) was acknowledged and is not stored")
                }
                let bodies = stored.digests[company] ?? []
                if world.post.acknowledgedBodies[company]?.allSatisfy({ bodies.contains($0) }) == false {
                    world.machine.violate("I5", "a delivery without an id of \(company) is not stored")
                }
                if !ids.isDisjoint(with: world.post.forged) {
                    world.machine.violate("G2", "a forged webhook left a row")
                }
            }
        } catch {
            world.machine.violate("store", "the audit cannot read: \(error)")
        }
    }

    // MARK: - In calm

    var parked: [Item] { rows.filter { $0.value.isParked }.keys.sorted { $0.description < $1.description } }

    /// Nothing waits and nothing is in flight.
    var isQuiet: Bool { rows.values.allSatisfy { $0.isParked || $0.done == $0.wanted } }

    func isRemoved(_ item: Item) -> Bool { points[item]?.isLive != true }

    /// I3: when quiet, done = wanted, or parked with a reason.
    func checkQuiet() {
        let inOrder = rows.sorted { ($0.key.company, $0.key.originalID) < ($1.key.company, $1.key.originalID) }
        for (item, row) in inOrder {
            if row.isParked {
                if row.reason?.isEmpty != false { world.machine.violate("I3", "\(item) is parked without a reason") }
            } else if row.done != row.wanted {
                world.machine.violate("I3", "\(item) still waits after a period of calm: \(row)")
            }
        }
        checkDeliveries()
    }

    /// G6: the index is what the help desks hold.
    func checkConverged() {
        do {
            points = try database.unsafeRead { try PointState.all(in: $0) }
            var live = Set(points.filter { $0.value.isLive }.keys)
            for desk in world.companies.compactMap({ world.desks[$0] }) {
                for (id, entry) in desk.entries.sorted(by: { $0.key < $1.key }) {
                    live.remove(desk.item(id))
                    // Known limit: by a clock that is ahead, a time of change is believed while it may still be another's.
                    if world.wasAhead && entry.isAmbiguous { continue }
                    if let fault = PointState.fault(points[desk.item(id)], truth: entry.state) {
                        world.machine.violate("G6", "\(desk.item(id)): \(fault)")
                    }
                }
            }
            if let stray = live.first { world.machine.violate("G6", "\(stray) is in the index and nowhere else") }
        } catch {
            world.machine.violate("store", "the audit cannot read: \(error)")
        }
    }

    /// What a search that every ticket of the company matches has found.
    func checkFound(_ found: [Item], of company: CompanyID) {
        let live = Set(points.filter { $0.value.isLive && $0.key.company == company }.keys)
        if Set(found) != live { world.machine.violate("G6", "a search finds \(found.count) of \(live.count) tickets") }
    }
}

struct Fault {
    var promise: String
    var text: String
}
