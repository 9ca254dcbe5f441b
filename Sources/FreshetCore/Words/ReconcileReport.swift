/// A reconcile as it is shown to people and machines: what it counted, its certificate, and what became of its marks.
package struct ReconcileReport: Sendable, Equatable {
    package var reconcile: Reconcile
    /// One for each window of the certificate, and one more for what was marked without a listed time.
    package var settlements: [Settlement]
    /// Of what it withheld, how much still waits for a release.
    package var withheldNow: Int
    package var meter: MissedWebhooks
    /// How many rows its listings will have, as far as the record tells; `nil` when nobody knows.
    package var expected: Int?
    /// Until the listings are read, at the pace that the account's budget allows; `nil` when nobody knows.
    package var remaining: Duration?

    package init(
        reconcile: Reconcile, settlements: [Settlement], withheldNow: Int, meter: MissedWebhooks,
        expected: Int? = nil, remaining: Duration? = nil
    ) {
        self.reconcile = reconcile
        self.settlements = settlements
        self.withheldNow = withheldNow
        self.meter = meter
        self.expected = expected
        self.remaining = remaining
    }

    package var settled: Settlement { settlements.reduce(Settlement(), +) }

    package var json: JSONValue {
        .object([
            "run_id": .string(reconcile.id), "company_id": .string(reconcile.company.text),
            "mode": .string(reconcile.mode.rawValue), "state": .string(reconcile.state.rawValue),
            "phase": .string(reconcile.phase.rawValue), "since": .time(reconcile.since),
            "seen": .count(reconcile.seen), "marked": .count(reconcile.marked),
            "unchanged": .count(reconcile.unchanged), "removed": .count(reconcile.removed),
            "withheld": .count(reconcile.withheld), "withheld_now": .count(withheldNow),
            "failed": .count(reconcile.failed), "api_calls": .count(reconcile.apiCalls),
            "changes": .count(reconcile.changes), "missed": .count(reconcile.missed),
            "missed_webhooks_ratio": meter.ratio.map { .number($0) } ?? .null,
            "alarm": reconcile.alarm.map { .string($0) } ?? .null,
            "reason": reconcile.reason.map { .string($0) } ?? .null,
            "requested_at": .time(reconcile.requestedAt), "started_at": .time(reconcile.startedAt),
            "ended_at": .time(reconcile.endedAt), "expected": expected.map { .count($0) } ?? .null,
            "eta_seconds": remaining.map { .integer(Int64($0.seconds.rounded(.up))) } ?? .null,
            "certificate": certificate,
        ])
    }

    private var certificate: JSONValue {
        let certificate = reconcile.certificate
        var members: [String: JSONValue] = [
            "complete": .bool(reconcile.state == .complete && certificate.isComplete),
            "hidden": .count(certificate.hidden), "absent": .count(certificate.absent),
            "archived": .count(certificate.archived),
            "omitted_seconds": .array(certificate.omissions.map { .time($0) }), "settled": settled.json,
            "windows": .array(
                zip(certificate.windows, settlements).enumerated().map { number, pair in
                    .object([
                        "window": .count(number + 1), "from": .time(pair.0.from), "to": .time(pair.0.to),
                        "seen": .count(pair.0.seen), "unchanged": .count(pair.0.unchanged),
                        "marked": .count(pair.0.marked), "hidden": .count(pair.0.hidden), "settled": pair.1.json,
                    ])
                }),
            "removals": settlements.last.map(\.json) ?? .null,
            "replanned": .array(certificate.replanned.map { .string($0.name) }),
        ]
        if let audit = certificate.audit {
            members["audit"] = audit.json
            members["audit_findings"] = .array((certificate.auditFindings ?? []).map(\.json))
        }
        if let rebuild = certificate.rebuild { members["rebuild"] = rebuild.json }
        return .object(members)
    }
}

extension Settlement {
    package var json: JSONValue {
        .object([
            "indexed": .count(indexed), "excluded": .count(excluded), "removed": .count(removed),
            "failed": .count(failed), "pending": .count(pending), "taken_by_later": .count(taken),
        ])
    }
}

extension AuditFinding {
    package var json: JSONValue {
        .object([
            "verdict": .string(verdict.rawValue), "item": .string(item),
            "point_id": place.map { .string($0) } ?? .null,
        ])
    }
}

extension Certificate.Rebuild {
    package var json: JSONValue {
        .object([
            "slot": .count(slot), "replaces": .count(replaces), "makers": makers.json, "replaced": replaced.json,
            "filled": .count(filled), "caught_up": .count(caughtUp),
            "overlap_at_10": overlap.map { .number($0) } ?? .null, "queries": queries.map { .count($0) } ?? .null,
        ])
    }
}

extension SlotMakers {
    package var json: JSONValue {
        .object(["embedder": .string(embedder), "summariser": .string(summariser)])
    }
}

extension AuditCounts {
    package var json: JSONValue {
        .object([
            "missing": .count(missing), "orphan": .count(orphan), "stale": .count(stale),
            "duplicate": .count(duplicate), "foreign": .count(foreign), "unknown": .count(unknown),
            "repaired": .count(repaired),
        ])
    }
}

extension JSONValue {
    package static func count(_ value: Int) -> JSONValue { .integer(Int64(value)) }
    package static func time(_ moment: Timestamp?) -> JSONValue { moment.map { .string($0.iso8601) } ?? .null }
}
