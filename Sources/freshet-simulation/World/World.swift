import Foundation
import FreshetCore
import FreshetEngine
import FreshetStore
import FreshetSystem

/// The whole of one simulation: help desks that people use, a post that loses letters, Freshet nodes on one file, trouble
/// of every kind, and an oracle that knows what ought to be.
///
/// Confined to the machine's thread; `Sendable` only because the nodes' tasks, which run on it, hold it.
final class World: @unchecked Sendable {
    let seed: UInt64
    let machine: Machine
    let weather: Weather
    let path: String
    let masterKey: MasterKey
    var dice: Dice
    private(set) var desks: [CompanyID: Desk] = [:]
    let companies: [CompanyID]
    /// No more trouble, no more changes: what is owed is to be paid.
    private(set) var isCalm = false
    /// The house's clock was ahead of the help desks' by so much that a time of change may have been believed too soon.
    var wasAhead = false
    private(set) var crashes = 0
    private(set) var changes = 0

    // Filled in `init`, since they speak of the world.
    private(set) var audit: Audit!
    private(set) var bills: Bills!
    private(set) var post: Post!

    let maxAttempts = 8
    let perCompany = 3
    var marks: MarkPolicy { MarkPolicy(quietPeriod: weather.quietPeriod, maxAttempts: maxAttempts) }
    let backfillEvery = 4
    /// Milliseconds.
    let lease: Int64 = 60_000
    let reconcileInterval = Duration.seconds(1800)

    private var births = 0
    private let directory: String

    /// - Parameter directory: where the store's file may lie while it runs.
    init(seed: UInt64, directory parent: String, isVerbose: Bool) throws {
        self.seed = seed
        weather = Weather(seed: seed)
        dice = Dice(seed: seed, for: "world")
        machine = Machine(seed: seed, isVerbose: isVerbose)
        machine.isSlow = weather.isSlow
        companies = ["acme", "birch", "cedar"].prefix(weather.companies).compactMap { CompanyID($0) }
        guard let key = MasterKey(bytes: SHA256.digest("simulation")) else { preconditionFailure("32 bytes are a key") }
        masterKey = key
        directory = "\(parent)/freshet-simulation-\(getpid())-\(seed)"
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        path = directory + "/freshet.db"
        bills = Bills(self)
        post = Post(self)
        try found()
        audit = try Audit(self)
    }

    /// Everything that it left on the disk.
    func discard() {
        audit.close()
        do { try FileManager.default.removeItem(atPath: directory) } catch { machine.note("left behind: \(directory)") }
    }

    /// One of the weather's chances; never in calm.
    func toss(_ probability: Double) -> Bool { !isCalm && dice.chance(probability) }

    // MARK: - The beginning

    /// The companies with their first tickets, and a reconcile of each that a person asked for.
    private func found() throws {
        let schemes: [WebhookScheme] = dice.pick([[.standard, .standard, .hub], [.hub, .standard, .hub]])
        for (index, company) in companies.enumerated() {
            let secret =
                schemes[index] == .standard
                ? Secret("whsec_" + Base64.encode(SHA256.digest(company.text)))
                : Secret("\(company.text) signs with thirty-two letters")
            let desk = Desk(
                company: company, scheme: schemes[index], secret: secret, skew: Int64(dice.int(-1000...1500)),
                dice: Dice(seed: seed, for: company.text), machine: machine)
            desk.listLag = weather.listLag
            for id in 1...weather.tickets { desk.create(Int64(id)) }
            desks[company] = desk
        }
    }

    /// What `company add` and `reconcile` do, by a node that lives for nothing else.
    private func enrol() {
        let node = Node(name: "founder", slot: -1, world: self)
        machine.add(node)
        machine.inside(node) {
            do {
                let store = try SQLiteStore(
                    path: path, masterKey: masterKey, scheduling: .callersThread(turn: { await node.pause() }))
                Task { [self] in
                    do {
                        for company in companies { try await enrol(company, in: store) }
                        try store.close()
                    } catch {
                        machine.violate("store", "companies cannot be added: \(error)")
                    }
                }
            } catch {
                machine.violate("store", "cannot be made: \(error)")
            }
        }
        machine.run(until: 0)
        machine.bury(node)
    }

    private func enrol(_ company: CompanyID, in store: SQLiteStore) async throws {
        guard let desk = desks[company], let url = URL(string: "https://\(company.text).freshdesk.com") else { return }
        try await store.companies.add(
            Company(id: company, platform: .freshdesk, url: url, scheme: desk.scheme, createdAt: machine.wallNow),
            apiKey: Secret("key"), webhookSecret: desk.secret)
        try await store.reconciles.request(
            Reconcile(
                id: "rec_first", company: company, mode: .incremental, since: nil, requestedAt: machine.wallNow))
    }

    // MARK: - Its course

    /// Troubled hours, then calm; the oracle looks throughout and at the end.
    func run(hours: Double, stepLimit: Int) {
        enrol()
        boot(0)
        if weather.hasSecondNode { boot(1) }
        let trouble = Trouble(self)
        trouble.begin(hours: hours)
        machine.run(until: Int64(hours * 3_600_000), stepLimit: stepLimit)
        guard machine.violation == nil else { return end() }
        settle()
        end()
    }

    private func end() {
        isCalm = true
        for node in machine.nodes { machine.bury(node) }
    }

    private func boot(_ slot: Int) {
        births += 1
        let node = Node(name: "\(slot == 0 ? "server" : "second")-\(births)", slot: slot, world: self)
        if !isCalm, let hours = weather.hoursBetweenCrashes {
            // A life's length is drawn twice: in jobs and in statements, so that it ends between and amid transactions.
            // A busy hour of a node is some thousands of either.
            let jobs = Int(hours * 2000) + 10
            if dice.chance(0.5) {
                node.lifeInJobs = dice.int(1...2 * jobs)
            } else {
                node.lifeInStatements = dice.int(1...2 * jobs)
            }
        }
        machine.add(node)
        machine.inside(node) { node.start() }
        if node.isDead { node.died() }
    }

    /// Buries the node and lets another be born in its place.
    func crashed(_ node: Node) {
        crashes += 1
        replace(node, after: isCalm ? 1000 : dice.milliseconds(0...300))
    }

    /// A node that was asked to stop and has.
    func ended(_ node: Node) {
        node.note("stopped")
        machine.after(0) { [self] in
            guard machine.nodes.contains(where: { $0 === node }) else { return }
            replace(node, after: dice.milliseconds(0...10))
        }
    }

    private func replace(_ node: Node, after delay: Int64) {
        bills.died(node)
        machine.bury(node)
        if node.slot == 1 && isCalm { return }
        machine.after(delay) { [self] in boot(node.slot) }
    }

    // MARK: - Calm

    /// Ends all trouble and gives the house one reconcile period, and what back-offs may still last; then everything
    /// must agree.
    private func settle() {
        isCalm = true
        machine.note("calm")
        machine.isSlow = false
        for desk in desks.values {
            desk.isDown = false
            desk.listLag = 0
        }
        for node in machine.nodes {
            node.lifeInJobs = .max
            node.lifeInStatements = .max
            node.frozenUntil = 0
            machine.inside(node) { node.fillDisk(false) }
        }
        let period = reconcileInterval.milliseconds * 11 / 10
        machine.run(until: machine.time + period + 1_500_000)
        // The next reconcile may just have begun.
        for _ in 0..<60 where !audit.isQuiet { machine.run(until: machine.time + 10_000) }
        guard machine.violation == nil else { return }
        audit.checkQuiet()
        guard machine.violation == nil, let node = machine.nodes.first(where: { $0.slot == 0 }) else {
            return machine.violate("G6", "no server is left to converge")
        }
        // A person looks at what is parked and tries it again.
        machine.inside(node) { retryParked(node) }
        machine.run(until: machine.time + 300_000)
        guard machine.violation == nil else { return }
        audit.checkConverged()
        machine.inside(node) { search(node, thoroughly: true) }
        machine.run(until: machine.time + 1000)
    }

    private func retryParked(_ node: Node) {
        let parked = audit.parked
        guard let store = node.store, !parked.isEmpty else { return }
        Task { [self] in
            do {
                for item in parked { _ = try await store.ledger.retry(item, now: machine.wallNow) }
            } catch {
                machine.violate("store", "an item cannot be retried: \(error)")
            }
        }
    }

    // MARK: - Changes and questions

    /// What an admin does who wants to be sure.
    func requestReconcile(of company: CompanyID) {
        guard !isCalm, let node = machine.nodes.first, let store = node.store else { return }
        let id = "rec_asked_\(dice.next())"
        machine.inside(node) {
            _ = Task { [self] in
                do {
                    try await store.reconciles.request(
                        Reconcile(
                            id: id, company: company, mode: .incremental, since: nil, requestedAt: machine.wallNow))
                } catch {
                    node.note("a reconcile cannot be requested: \(error)")
                }
            }
        }
    }

    func countChange() { changes += 1 }

    /// An agent asks in one company for what only another one's ticket says, or for a ticket of their own.
    func search(_ node: Node, thoroughly: Bool = false) {
        guard let recommendations = node.recommendations else { return }
        let asking = dice.pick(companies)
        let words = thoroughly ? asking : dice.pick(companies)
        Task { [self] in
            do {
                let query = SearchQuery(text: "\(words.text)secret ticket1", limit: 100)
                let hits = try await recommendations.query(query, for: asking).hits
                for hit in hits
                where hit.item.company != asking
                    || (!hit.subject.isEmpty && !hit.subject.hasPrefix(asking.text + "secret"))
                {
                    machine.violate("G14", "\(asking) found \(hit.item) with \"\(hit.subject)\"")
                }
                if thoroughly { audit.checkFound(hits.map(\.item), of: asking) }
            } catch {
                if !node.isDead && isCalm { machine.violate("G6", "a search fails in calm: \(error)") }
            }
        }
    }
}
