import FreshetCore

/// The steps of a rebuild and of a rollback, a page each.
extension Reconciler {
    func fillPage(_ reconcile: inout Reconcile) async throws {
        let company = reconcile.company
        if reconcile.certificate.rebuild == nil {
            reconcile.certificate.rebuild = try await rebuilder.target(of: company)
            try await advance(reconcile, Findings())
        }
        guard let rebuild = reconcile.certificate.rebuild else { return }
        let item = reconcile.position.flatMap { Item($0, of: company) }
        let page = try await patiently(reconcile) { [rebuilder] in
            try await rebuilder.fill(rebuild, of: company, after: item)
        }
        reconcile.seen += page.seen
        reconcile.unchanged += page.unchanged
        reconcile.failed += page.failed
        reconcile.certificate.rebuild?.filled += page.filled
        reconcile.position = page.next.map { ListingPosition($0) }
        if page.next == nil {
            if reconcile.failed > Self.toleratedFailures, reconcile.failed * 20 > reconcile.seen {
                throw Rebuilder.Refusal.tooManyFailures(reconcile.failed, of: reconcile.seen)
            }
            reconcile.enterNextPhase()
        }
        try await advance(reconcile, Findings())
    }

    func catchUp(_ reconcile: inout Reconcile) async throws {
        let company = reconcile.company
        if reconcile.certificate.rebuild == nil {
            reconcile.certificate.rebuild = try await rebuilder.kept(of: company)
        }
        guard let rebuild = reconcile.certificate.rebuild else { return }
        let paid = try await patiently(reconcile) { [rebuilder] in
            try await rebuilder.payDebts(rebuild, of: company)
        }
        reconcile.certificate.rebuild?.caughtUp += paid
        if paid == 0 { reconcile.enterNextPhase() }
        try await advance(reconcile, Findings())
    }

    func compare(_ reconcile: inout Reconcile) async throws {
        guard let rebuild = reconcile.certificate.rebuild else { return }
        let company = reconcile.company
        let found = try await holding(reconcile) { [rebuilder] in try await rebuilder.compare(rebuild, of: company) }
        reconcile.certificate.rebuild?.overlap = found?.overlap
        reconcile.certificate.rebuild?.queries = found?.queries
        reconcile.enterNextPhase()
        try await advance(reconcile, Findings())
    }

    /// From here on every search uses the other slot. A crash right after it repeats it, which changes nothing.
    func changeOver(_ reconcile: inout Reconcile) async throws {
        guard let rebuild = reconcile.certificate.rebuild else { return }
        if try await rebuilder.changeOver(rebuild, of: reconcile.company) {
            reconcile.enterNextPhase()
        } else {
            reconcile.phase = .catchingUp
        }
        try await advance(reconcile, Findings())
    }

    func adoptPage(_ reconcile: inout Reconcile) async throws {
        guard let rebuild = reconcile.certificate.rebuild else { return }
        let last = try await rebuilder.adopt(
            rebuild, of: reconcile.company, after: reconcile.position.flatMap { Item($0, of: reconcile.company) })
        reconcile.position = last.map { ListingPosition($0) }
        if last == nil { reconcile.enterNextPhase() }
        try await advance(reconcile, Findings())
    }

    /// Keeps the lease and tries again: for as long as a budget is used up, and twenty times where a model or the index
    /// does not answer. What was filled stays, so a rebuild that gave up goes on there when it is asked for again.
    private func patiently<Value: Sendable>(
        _ reconcile: Reconcile, _ work: @escaping @Sendable () async throws -> Value
    ) async throws -> Value {
        try await holding(reconcile) {
            var failures = 0
            while true {
                do {
                    return try await work()
                } catch is BudgetObstacle {
                    try await self.clock.sleep(for: Self.longestPause)
                } catch let error as UpstreamError {
                    failures += 1
                    guard failures < Self.attempts else { throw error }
                    var pause = min(Duration.seconds(1) * (1 << min(failures - 1, 10)), Self.longestPause)
                    if case .throttled(let wait?) = error { pause = max(pause, min(wait, .seconds(600))) }
                    try await self.clock.sleep(for: pause)
                }
            }
        }
    }

    private static var attempts: Int { 20 }
    private static var longestPause: Duration { .seconds(60) }
    /// From there on, one in twenty is too many to change over.
    private static var toleratedFailures: Int { 10 }
}
