import FreshetCore
import GRDB

/// The table `audit`: what people with power did. `number` counts up within a company.
enum AuditRow {
    static func insert(_ act: AdminAct, in session: Session) throws -> Int64 {
        let number = try session.first(
            """
            INSERT INTO audit (company_id, number, at, actor, act, target, request_id, outcome)
            VALUES (:company, (SELECT coalesce(max(number), 0) + 1 FROM audit WHERE company_id = :company), :at, :actor,
                :act, :target, :request, :outcome)
            RETURNING number
            """,
            [
                "company": key(act.company), "at": act.at.milliseconds, "actor": act.actor, "act": act.act,
                "target": act.target, "request": act.requestID, "outcome": act.outcome,
            ]
        ) { $0[0] as Int64 }
        guard let number else { throw StoreError.unusable(detail: "an act was not given a number") }
        return number
    }

    static func end(_ id: AdminActID, outcome: String, in session: Session) throws {
        try session.run(
            "UPDATE audit SET outcome = :outcome WHERE company_id = :company AND number = :number",
            ["outcome": outcome, "company": key(id.company), "number": id.number])
    }

    static func all(
        of company: CompanyID, before position: AdminActID?, limit: Int, in session: Session
    ) throws -> [(AdminActID, AdminAct)] {
        try session.all(
            """
            SELECT * FROM audit WHERE company_id = :company AND (at, number) < (:at, :number)
            ORDER BY at DESC, number DESC LIMIT :limit
            """,
            [
                "company": company.text, "at": position?.at.milliseconds ?? Int64.max,
                "number": position?.number ?? Int64.max, "limit": limit,
            ], act)
    }

    /// Of all companies and of none.
    static func all(
        before position: AdminActID?, limit: Int, in session: Session
    ) throws -> [(AdminActID, AdminAct)] {
        try session.all(
            """
            SELECT * FROM audit WHERE (at, company_id, number) < (:at, :key, :number)
            ORDER BY at DESC, company_id DESC, number DESC LIMIT :limit
            """,
            [
                "at": position?.at.milliseconds ?? Int64.max, "key": key(position?.company),
                "number": position?.number ?? Int64.max, "limit": limit,
            ], act)
    }

    static func prune(
        _ company: CompanyID?, before moment: Timestamp, keeping kept: Int, limit: Int, in session: Session
    ) throws -> Int {
        try session.run(
            """
            DELETE FROM audit WHERE company_id = :company AND number IN (
                SELECT number FROM audit WHERE company_id = :company AND (at < :moment
                    OR number <= (SELECT max(number) FROM audit WHERE company_id = :company) - :kept)
                LIMIT :limit)
            """, ["company": key(company), "moment": moment.milliseconds, "kept": kept, "limit": limit])
    }

    private static func key(_ company: CompanyID?) -> String { company?.text ?? "" }

    private static func act(_ row: Row) throws -> (AdminActID, AdminAct) {
        let company = (row["company_id"] as String).isEmpty ? nil : try row.company()
        let act = AdminAct(
            company: company, at: row.time("at"), actor: row["actor"], act: row["act"], target: row["target"],
            requestID: row["request_id"], outcome: row["outcome"])
        return (AdminActID(at: act.at, company: company, number: row["number"]), act)
    }
}
