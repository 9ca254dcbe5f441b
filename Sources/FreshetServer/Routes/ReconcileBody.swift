import FreshetCore

/// The bodies that ask for a reconcile, read strictly.
enum ReconcileBody {
    /// What an operator asks for.
    struct Wish: Equatable {
        var order: ReconcileOrder
        var isDryRun = false
    }

    /// `POST /ingest`: `{mode, since?, kinds?}`.
    static func ingest(_ bytes: [UInt8]) throws(RouteFault) -> ReconcileOrder {
        let members = try QueryBody.members(of: bytes, known: ["mode", "since", "kinds"])
        if let kinds = members["kinds"] {
            guard case .array(let names) = kinds, names.allSatisfy({ $0 == .string("tickets") }), !names.isEmpty else {
                throw QueryBody.fault("must be a list that holds tickets", "/kinds")
            }
        }
        return try order(members, modes: [.incremental, .sweep])
    }

    /// `POST /admin/companies/{c}/reconciles`: `{mode, since?, ticket_ids?, dry_run?}`, or without a mode or with `audit`
    /// `{rebuild: true, dry_run?}` and `{rollback: true}`.
    static func wish(_ bytes: [UInt8]) throws(RouteFault) -> Wish {
        let members = try QueryBody.members(
            of: bytes, known: ["mode", "since", "ticket_ids", "dry_run", "rebuild", "rollback"])
        if let wish = try slotWish(members) { return wish }
        var wish = Wish(order: try order(members, modes: [.incremental, .sweep, .audit]))
        wish.isDryRun = try flag("dry_run", members)
        if let ids = members["ticket_ids"] { wish.order.tickets = try tickets(ids) }
        if !wish.order.tickets.isEmpty, wish.order.since != nil || wish.isDryRun || wish.order.mode == .audit {
            throw QueryBody.fault("goes with neither since, dry_run nor the mode audit", "/ticket_ids")
        }
        return wish
    }

    /// What is about slots of the index instead of the help desk; `nil` when nothing of that is asked for.
    private static func slotWish(_ members: [String: JSONValue]) throws(RouteFault) -> Wish? {
        let (rebuilds, rollsBack) = (try flag("rebuild", members), try flag("rollback", members))
        guard rebuilds || rollsBack else { return nil }
        let name = rebuilds ? "/rebuild" : "/rollback"
        if rebuilds, rollsBack { throw QueryBody.fault("does not go with rebuild", "/rollback") }
        if let mode = members["mode"], mode != .string(Reconcile.Mode.audit.rawValue) {
            throw QueryBody.fault("goes with no mode but audit", name)
        }
        guard members["since"] == nil, members["ticket_ids"] == nil else {
            throw QueryBody.fault("goes with neither since nor ticket_ids", name)
        }
        let isDryRun = try flag("dry_run", members)
        if rollsBack, isDryRun { throw QueryBody.fault("does not go with rollback, which costs nothing", "/dry_run") }
        return Wish(order: ReconcileOrder(mode: rebuilds ? .rebuild : .rollback), isDryRun: isDryRun)
    }

    private static func order(
        _ members: [String: JSONValue], modes: [Reconcile.Mode]
    ) throws(RouteFault) -> ReconcileOrder {
        let names = modes.map(\.rawValue).joined(separator: ", ")
        guard let given = members["mode"] else { throw QueryBody.fault("is missing", "/mode") }
        guard case .string(let word) = given, let mode = Reconcile.Mode(rawValue: word), modes.contains(mode) else {
            throw QueryBody.fault("must be one of \(names)", "/mode")
        }
        var order = ReconcileOrder(mode: mode)
        if let since = members["since"] {
            guard case .string(let text) = since, let moment = Timestamp(iso8601: text) else {
                throw QueryBody.fault("must be a time as in RFC 3339, with its zone", "/since")
            }
            guard mode == .incremental else { throw QueryBody.fault("goes with the mode incremental only", "/since") }
            order.since = moment
        }
        return order
    }

    private static func flag(_ name: String, _ members: [String: JSONValue]) throws(RouteFault) -> Bool {
        switch members[name] {
        case nil: return false
        case .bool(let value): return value
        default: throw QueryBody.fault("must be true or false", "/\(name)")
        }
    }

    private static func tickets(_ value: JSONValue) throws(RouteFault) -> [Int64] {
        guard case .array(let values) = value, (1...mostTickets).contains(values.count) else {
            throw QueryBody.fault("must be a list of 1 to \(mostTickets) ticket ids", "/ticket_ids")
        }
        var ids: [Int64] = []
        for (index, value) in values.enumerated() {
            guard let id = ticket(value) else {
                throw QueryBody.fault("must be a ticket's id", "/ticket_ids/\(index)")
            }
            ids.append(id)
        }
        return ids
    }

    /// A number, or the same as digits.
    private static func ticket(_ value: JSONValue) -> Int64? {
        switch value {
        case .integer(let id): id > 0 ? id : nil
        case .string(let text): Int64(text).flatMap { $0 > 0 && String($0) == text ? $0 : nil }
        default: nil
        }
    }

    private static let mostTickets = 1000
}
