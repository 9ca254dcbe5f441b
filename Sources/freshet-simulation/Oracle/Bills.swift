/// What models were paid for. Each thing is to be made once; a second call has an excuse when the first one failed, was
/// lost in a crash or with a full disk, or was still on its way in another process.
final class Bills {
    private struct Bill {
        var calls = 0
        var excuses = 0
        /// Lives in which it was called and is not kept yet.
        var holders: [ObjectIdentifier] = []
        var keptAt: Int?
        /// When each life last looked for it in vain, or not.
        var lookedAt: [ObjectIdentifier: Int] = [:]
    }

    private unowned let world: World
    private var bills: [String: Bill] = [:]
    private(set) var calls = 0

    init(_ world: World) { self.world = world }

    func looked(_ key: String, by node: Node) {
        bills[key, default: Bill()].lookedAt[ObjectIdentifier(node)] = world.machine.steps
    }

    func called(_ key: String, by node: Node) {
        let me = ObjectIdentifier(node)
        var bill = bills[key] ?? Bill()
        calls += 1
        bill.calls += 1
        let isElsewhere = !bill.holders.isEmpty && !bill.holders.contains(me)
        // Kept by the other process after this one had looked.
        let isJustKept = bill.keptAt.map { $0 >= bill.lookedAt[me] ?? 0 } ?? false
        if isElsewhere || isJustKept { bill.excuses += 1 }
        bill.holders.append(me)
        bills[key] = bill
        if bill.calls > 1 + bill.excuses {
            world.machine.violate(
                "G7", "paid \(bill.calls) times for \(key.prefix(20)), \(bill.excuses) times with a reason")
        }
    }

    func failed(_ key: String, by node: Node) { excuse(key, node) }
    func lost(_ key: String, by node: Node) { excuse(key, node) }

    func kept(_ key: String, by node: Node) {
        bills[key]?.holders.removeAll { $0 == ObjectIdentifier(node) }
        bills[key]?.keptAt = world.machine.steps
    }

    func died(_ node: Node) {
        for key in bills.keys { excuse(key, node) }
    }

    private func excuse(_ key: String, _ node: Node) {
        guard let index = bills[key]?.holders.firstIndex(of: ObjectIdentifier(node)) else { return }
        bills[key]?.holders.remove(at: index)
        bills[key]?.excuses += 1
    }
}
