package import FreshetCore
package import Logging

/// Where the river begins: an authentic webhook becomes a durable mark, or a plain answer why not.
///
/// Asks no provider and waits for nothing but the disk.
package struct Intake: WebhookIntake {
    private let book: CredentialBook
    private let readers: [Platform: any WebhookReader]
    private let limiter: IntakeLimiter
    private let commit: GroupCommit
    private let backlog: BacklogGauge
    private let health: Health
    private let ruleDelivered: @Sendable (CompanyID) -> Void
    private let clock: any WallClock
    private let logger: Logger

    /// - Parameter ruleDelivered: told of every authentic webhook that a help desk's own automation rule sent, whatever
    ///   becomes of it: such webhooks come out of the account's API quota.
    package init(
        book: CredentialBook, readers: [Platform: any WebhookReader], limiter: IntakeLimiter, commit: GroupCommit,
        backlog: BacklogGauge, health: Health = Health(),
        ruleDelivered: @escaping @Sendable (CompanyID) -> Void = { _ in }, clock: any WallClock, logger: Logger
    ) {
        self.book = book
        self.readers = readers
        self.limiter = limiter
        self.commit = commit
        self.backlog = backlog
        self.health = health
        self.ruleDelivered = ruleDelivered
        self.clock = clock
        self.logger = logger
    }

    package func receive(_ request: WebhookRequest) async -> IntakeAnswer {
        do {
            guard let reader = readers[request.platform] else { return .unauthorized(reason: "unknown_platform") }
            let delivery = try await authentic(request, by: reader)
            if let seconds = limiter.take(for: request.company, now: clock.now) { return .limited(retryAfter: seconds) }
            if backlog.isFull { return .unavailable(reason: "backlog_full", retryAfter: 30) }
            let acceptance = try await commit.commit(delivery)
            health.storeWrote()
            return .accepted(acceptance)
        } catch let rejection as Rejection {
            switch rejection {
            case .unauthorized(let reason): return .unauthorized(reason: reason)
            case .malformed(let reason): return .malformed(reason: reason)
            case .unusable(let reason): return .unusable(reason: reason)
            }
        } catch StoreError.unknownCompany {
            return .unauthorized(reason: "wrong_signature")
        } catch is GroupCommit.Overflow {
            return .unavailable(reason: "queue_full", retryAfter: 5)
        } catch {
            health.intakeFailed()
            logger.error("cannot store deliveries", metadata: ["error": "\(error)"])
            return .unavailable(reason: "store", retryAfter: 10)
        }
    }

    /// A rejection counts only against the newest secrets, and costs the same whether the company exists or not.
    private func authentic(_ request: WebhookRequest, by reader: any WebhookReader) async throws -> Delivery {
        let credentials = try await book.credentials(of: request.company, on: request.platform)
        do {
            let delivery = try reader.read(request, with: credentials)
            if credentials?.scheme == .token { ruleDelivered(request.company) }
            return delivery
        } catch .unauthorized(let reason) {
            // Compared rather than asked whether this refresh changed something: another request's may have, meanwhile.
            _ = try await book.refresh()
            let newest = try await book.credentials(of: request.company, on: request.platform)
            guard newest != credentials else { throw Rejection.unauthorized(reason: reason) }
            return try reader.read(request, with: newest)
        }
    }
}
