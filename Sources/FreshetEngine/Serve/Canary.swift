package import FreshetCore
package import Logging
import ServiceLifecycle

/// Measures freshness from outside: leaves a made-up word on a ticket, and asks as an agent would until it is found.
///
/// Each round adds one private note through the help desk's API and deletes it again; a note that an earlier process
/// left behind goes first. Its calls come out of the company's share like all others. One round at a time; what goes
/// wrong in one is counted and said, and the next comes all the same.
package struct Canary: Service {
    private let configuration: Configuration
    private let companies: any Companies
    private let helpDesks: any HelpDesks
    private let boards: any NoteBoards
    private let recommender: any Recommender
    private let clock: any WallClock
    private let random: any RandomSource
    private let metrics: RiverMetrics
    private let logger: Logger

    package struct Configuration: Sendable, Equatable {
        package var company: CompanyID
        package var ticket: Int64
        /// From the beginning of one round to that of the next.
        package var interval: Duration
        /// How long a word may take to be found before the alarm is raised. Not longer than `interval`.
        package var patience: Duration
        package var pollInterval: Duration

        package init(
            company: CompanyID, ticket: Int64, interval: Duration, patience: Duration,
            pollInterval: Duration = .milliseconds(500)
        ) {
            precondition(ticket > 0 && interval > .zero && patience > .zero && patience <= interval)
            self.company = company
            self.ticket = ticket
            self.interval = interval
            self.patience = patience
            self.pollInterval = pollInterval
        }
    }

    package init(
        configuration: Configuration, companies: any Companies, helpDesks: any HelpDesks, boards: any NoteBoards,
        recommender: any Recommender, clock: any WallClock, random: any RandomSource, metrics: RiverMetrics,
        logger: Logger
    ) {
        self.configuration = configuration
        self.companies = companies
        self.helpDesks = helpDesks
        self.boards = boards
        self.recommender = recommender
        self.clock = clock
        self.random = random
        self.metrics = metrics
        var logger = logger
        logger[metadataKey: "company"] = "\(configuration.company)"
        logger[metadataKey: "item"] = "ticket/\(configuration.ticket)"
        self.logger = logger
    }

    package func run() async throws {
        await cancelWhenGracefulShutdown {
            metrics.canaryBegins()
            while !Task.isCancelled {
                let next = clock.now + configuration.interval
                await round(endingBefore: next)
                do { try await clock.sleep(until: next) } catch { return }
            }
        }
    }

    // MARK: - One round

    private func round(endingBefore end: Timestamp) async {
        do {
            guard let company = try await companies.company(configuration.company), !company.isPaused else {
                logger.info("canary rests: its company is paused or not there")
                return
            }
            let item = Item(
                company: company.id, platform: company.platform, kind: .ticket, originalID: configuration.ticket)
            let board = try await boards.notes(of: company.id)
            try await sweep(item, board)
            let word = Self.word(random)
            let placedAt = clock.now
            let note = try await board.addPrivateNote(Self.mark + " " + word, to: item)
            let lag: Duration?
            do {
                lag = try await wait(for: word, on: item, since: placedAt, until: end)
            } catch {
                await remove(note, board)
                throw error
            }
            await remove(note, board)
            judge(lag, gaveUpAfter: clock.now - placedAt)
        } catch is CancellationError {
            return
        } catch {
            if Task.isCancelled { return }
            metrics.canary(.failed, after: .zero)
            logger.error("canary could not be placed", metadata: ["error": "\(error)"])
        }
    }

    /// Deletes what an earlier process left behind: it ended between a note and its deletion.
    private func sweep(_ item: Item, _ board: any NoteBoard) async throws {
        let helpDesk = try await helpDesks.helpDesk(of: item.company)
        guard case .present(let ticket) = try await helpDesk.fetch(item, urgency: .urgent).state else {
            throw UpstreamError.refused(status: 404, code: "no_such_ticket")
        }
        for message in ticket.messages where message.isPrivate && message.bodyHTML.contains(Self.mark) {
            try await board.deleteNote(message.id)
        }
    }

    /// Seconds until the word is found, by the search that agents use; `nil` when it was not by `end`.
    private func wait(
        for word: String, on item: Item, since placedAt: Timestamp, until end: Timestamp
    ) async throws -> Duration? {
        var isLate = false
        while true {
            let asked = clock.now
            let query = SearchQuery(text: word, kinds: [.ticket], limit: 10)
            let hits = try await recommender.query(query, for: item.company).hits
            // A search by meaning may find the ticket for any word; a point written since the note is the proof.
            if hits.contains(where: { $0.item == item && $0.indexedAt > placedAt }) { return clock.now - placedAt }
            if asked >= end { return nil }
            if !isLate, asked - placedAt > configuration.patience {
                isLate = true
                metrics.canaryAlarm(true)
                logger.error(
                    "canary is not found in time: the index is not fresh",
                    metadata: ["patience_seconds": "\(Int(configuration.patience.seconds))"])
            }
            try await clock.sleep(until: min(end, asked + configuration.pollInterval))
        }
    }

    private func judge(_ lag: Duration?, gaveUpAfter waited: Duration) {
        guard let lag else {
            metrics.canary(.lost, after: waited)
            logger.error("canary was not found at all", metadata: ["waited_seconds": "\(Int(waited.seconds))"])
            return
        }
        let isInTime = lag <= configuration.patience
        metrics.canary(isInTime ? .found : .late, after: lag)
        metrics.canaryAlarm(!isInTime)
        logger.info("canary found", metadata: ["milliseconds": "\(lag.milliseconds)"])
    }

    /// In a task of its own, since ours may be cancelled and the note must go all the same.
    private func remove(_ note: Int64, _ board: any NoteBoard) async {
        await Task {
            do { try await board.deleteNote(note) } catch {
                logger.warning(
                    "canary's note is still there and goes with the next round", metadata: ["error": "\(error)"])
            }
        }.value
    }

    /// What each note begins with, so that people know it and a later process finds it.
    private static let mark = "Freshet canary, to be deleted by itself:"

    /// Letters that no ticket holds and no stemmer shortens.
    private static func word(_ random: any RandomSource) -> String {
        let letters = Array("bcdfghjkmn")
        let middle = (0..<12).map { _ in letters[Int(random.next() % UInt64(letters.count))] }
        return "qx" + String(middle) + "qx"
    }
}

/// How a round of the canary ended.
package enum CanaryResult: String, Sendable, CaseIterable {
    case found
    /// Found, but not within the patience.
    case late
    /// Not found before the next round was due.
    case lost
    /// The note could not be placed.
    case failed
}
