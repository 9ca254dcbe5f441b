import FreshetCore
import Logging

/// Names of agents, groups, products and of the numbers in ticket fields, from cached look-ups.
///
/// Only tables that a ticket needs are fetched. Most of them need an administrator's key: without one, ids stay without
/// names, and a run never fails for it. A rename shows once the table has expired.
struct FreshdeskLookups: Sendable {
    private let api: FreshdeskAPI
    private let logger: Logger
    private let agents: LookupTable<Person>
    private let groups: LookupTable<String>
    private let products: LookupTable<String>
    private let fields: LookupTable<[Int64: String]>

    init(api: FreshdeskAPI, expiry: LookupExpiry, clock: any WallClock, random: any RandomSource, logger: Logger) {
        self.api = api
        self.logger = logger
        agents = LookupTable(expiry: expiry, clock: clock, random: random)
        groups = LookupTable(expiry: expiry, clock: clock, random: random)
        products = LookupTable(expiry: expiry, clock: clock, random: random)
        fields = LookupTable(expiry: expiry, clock: clock, random: random)
    }

    func names(for ticket: FreshdeskTicket, urgency: Urgency) async -> FreshdeskNames {
        var names = FreshdeskNames()
        names.agents = await agents(knowing: ticket.agentIDs, urgency: urgency)
        names.groups = await groups.values(knowing: set(ticket.ticket.groupID)) { () async throws(UpstreamError) in
            try await named("/api/v2/groups", urgency)
        } failed: {
            note($0, "groups")
        }
        names.products = await products.values(knowing: set(ticket.ticket.productID)) {
            () async throws(UpstreamError) in
            try await named("/api/v2/products", urgency)
        } failed: {
            note($0, "products")
        }

        let labels = await fields.values(knowing: [Field.status.rawValue]) { () async throws(UpstreamError) in
            try await fieldLabels(urgency)
        } failed: {
            note($0, "ticket_fields")
        }
        // An administrator's own labels win over the standard ones.
        names.statuses.merge(labels[Field.status.rawValue] ?? [:]) { $1 }
        names.priorities.merge(labels[Field.priority.rawValue] ?? [:]) { $1 }
        names.sources.merge(labels[Field.source.rawValue] ?? [:]) { $1 }
        return names
    }

    func agents(knowing ids: Set<Int64>, urgency: Urgency) async -> [Int64: Person] {
        await agents.values(knowing: ids) { () async throws(UpstreamError) in
            try await table("/api/v2/agents", of: AgentPayload.self, urgency) { agent in
                (agent.id, Person(id: agent.id, name: agent.contact?.name, email: agent.contact?.email))
            }
        } failed: {
            note($0, "agents")
        }
    }

    /// Ticket fields whose values are numbers; the raw value is only a key of the table.
    private enum Field: Int64, CaseIterable {
        case status = 1
        case priority, source
    }

    private func set(_ id: Int64?) -> Set<Int64> { id.map { [$0] } ?? [] }

    private func note(_ error: UpstreamError, _ table: String) {
        logger.warning(
            "names could not be looked up and stay as they are for a while",
            metadata: ["table": "\(table)", "reason": "\(error)"])
    }

    private func named(_ path: String, _ urgency: Urgency) async throws(UpstreamError) -> [Int64: String] {
        try await table(path, of: NamedPayload.self, urgency) { row in row.name.map { (row.id, $0) } }
    }

    /// A collection read to its end. More than `pageLimit` pages are left unread: names are not worth more calls.
    private func table<Row: Decodable, Value>(
        _ path: String, of type: Row.Type, _ urgency: Urgency, entry: (Row) -> (Int64, Value)?
    ) async throws(UpstreamError) -> [Int64: Value] {
        var values: [Int64: Value] = [:]
        for page in 1...Self.pageLimit {
            let query = [("per_page", "100"), ("page", String(page))]
            let answer = try await api.get(path, query: query, urgency: urgency)
            let rows = try answer.decode([Row].self, as: String(path.dropFirst("/api/v2/".count)))
            for row in rows {
                if let (id, value) = entry(row) { values[id] = value }
            }
            if rows.isEmpty || !(answer.hasNextPage || rows.count >= 100) { break }
        }
        return values
    }

    private func fieldLabels(_ urgency: Urgency) async throws(UpstreamError) -> [Int64: [Int64: String]] {
        // Without paging parameters: endpoints for fields refuse them.
        let answer = try await api.get("/api/v2/ticket_fields", urgency: urgency)
        let fields = try answer.decode([TicketFieldPayload].self, as: "ticket_fields")
        var labels: [Int64: [Int64: String]] = [:]
        for field in fields {
            let kind: Field? =
                switch (field.type, field.name) {
                case ("default_status", _), (nil, "status"): .status
                case ("default_priority", _), (nil, "priority"): .priority
                case ("default_source", _), (nil, "source"): .source
                default: nil
                }
            if let kind { labels[kind.rawValue] = field.labels }
        }
        return labels
    }

    private static let pageLimit = 50
}

/// How long names are kept.
package struct LookupExpiry: Sendable, Equatable {
    /// A rename shows after at most this long.
    package var kept: Duration
    /// A name that is not known is asked for again no sooner than this.
    package var refreshForUnknown: Duration
    /// A look-up that failed, for want of an administrator's rights for instance, is tried again no sooner than this.
    package var retryAfterFailure: Duration

    package init(
        kept: Duration = .seconds(3600), refreshForUnknown: Duration = .seconds(300),
        retryAfterFailure: Duration = .seconds(600)
    ) {
        self.kept = kept
        self.refreshForUnknown = refreshForUnknown
        self.retryAfterFailure = retryAfterFailure
    }
}
