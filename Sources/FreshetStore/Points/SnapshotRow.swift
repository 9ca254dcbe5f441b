import FreshetCore
import Foundation
import GRDB

/// The tables `point_snapshots` and `point_snapshot_parts`.
struct SnapshotRow {
    /// The number of the slot that all of this is about.
    let slot: Int

    func latest(of company: CompanyID, in session: Session) throws -> PointSnapshot? {
        try session.first(
            """
            SELECT number, format, sequence, parts FROM point_snapshots
            WHERE company_id = :company AND slot = :slot AND parts IS NOT NULL ORDER BY number DESC LIMIT 1
            """, ["company": company.text, "slot": slot]
        ) { PointSnapshot(number: $0["number"], format: $0["format"], sequence: $0["sequence"], parts: $0["parts"]) }
    }

    func part(
        _ part: Int, of snapshot: PointSnapshot, in company: CompanyID, _ session: Session
    ) throws -> [UInt8]? {
        try session.first(
            """
            SELECT bytes FROM point_snapshot_parts
            WHERE company_id = :company AND number = :number AND part = :part
            """, ["company": company.text, "number": snapshot.number, "part": part]
        ) { row in try row.withUnsafeData(named: "bytes") { $0.map { [UInt8]($0) } ?? [] } }
    }

    func begin(
        _ format: String, sequence: Int64, in company: CompanyID, _ session: Session
    ) throws -> PointSnapshot {
        let number = try session.first(
            """
            INSERT INTO point_snapshots (company_id, number, format, sequence, slot)
            VALUES (:company, (SELECT coalesce(max(number), 0) + 1 FROM point_snapshots WHERE company_id = :company),
                :format, :sequence, :slot)
            RETURNING number
            """, ["company": company.text, "format": format, "sequence": sequence, "slot": slot]
        ) { $0["number"] as Int64 }
        return PointSnapshot(number: number ?? 0, format: format, sequence: sequence, parts: 0)
    }

    /// Throws `StoreError.unavailable` when the snapshot has gone meanwhile: none of it stays behind.
    func add(
        _ bytes: [UInt8], to snapshot: PointSnapshot, in company: CompanyID, _ session: Session
    ) throws {
        let added = try session.run(
            """
            INSERT INTO point_snapshot_parts (company_id, number, part, bytes, slot)
            SELECT company_id, number, :part, :bytes, slot FROM point_snapshots
            WHERE company_id = :company AND number = :number AND slot = :slot
            """,
            [
                "company": company.text, "number": snapshot.number, "part": snapshot.parts, "bytes": Data(bytes),
                "slot": slot,
            ])
        guard added > 0 else { throw StoreError.unavailable(detail: "the snapshot of the points was removed") }
    }

    func finish(_ snapshot: PointSnapshot, in company: CompanyID, _ session: Session) throws {
        try session.run(
            "UPDATE point_snapshots SET parts = :parts WHERE company_id = :company AND number = :number",
            ["company": company.text, "number": snapshot.number, "parts": snapshot.parts])
        try remove(before: snapshot.number, of: company, session)
    }

    /// Those with smaller numbers, unfinished ones too.
    func remove(before number: Int64, of company: CompanyID, _ session: Session) throws {
        for table in ["point_snapshots", "point_snapshot_parts"] {
            try session.run(
                "DELETE FROM \(table) WHERE company_id = :company AND slot = :slot AND number < :number",
                ["company": company.text, "slot": slot, "number": number])
        }
    }
}
