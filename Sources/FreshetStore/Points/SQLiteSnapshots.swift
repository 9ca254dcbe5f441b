package import FreshetCore

/// Snapshots of one slot's points in SQLite, each part in a row.
package struct SQLiteSnapshots: PointSnapshots {
    let storage: Storage
    private let rows: SnapshotRow

    init(storage: Storage, slot: Int = 1) {
        self.storage = storage
        rows = SnapshotRow(slot: slot)
    }

    /// The same of another slot.
    package func slot(_ number: Int) -> SQLiteSnapshots { SQLiteSnapshots(storage: storage, slot: number) }

    package func latest(of company: CompanyID) async throws -> PointSnapshot? {
        try await storage.read { session in try rows.latest(of: company, in: session) }
    }

    package func part(_ number: Int, of snapshot: PointSnapshot, in company: CompanyID) async throws -> [UInt8]? {
        try await storage.read { session in try rows.part(number, of: snapshot, in: company, session) }
    }

    package func begin(_ format: String, sequence: Int64, in company: CompanyID) async throws -> PointSnapshot {
        try await storage.write { session in
            try CompanyRow.require(company, in: session)
            return try rows.begin(format, sequence: sequence, in: company, session)
        }
    }

    package func add(_ bytes: [UInt8], to snapshot: inout PointSnapshot, in company: CompanyID) async throws {
        let present = snapshot
        try await storage.write { session in
            try CompanyRow.require(company, in: session)
            try rows.add(bytes, to: present, in: company, session)
        }
        snapshot.parts += 1
    }

    package func finish(_ snapshot: PointSnapshot, in company: CompanyID) async throws {
        try await storage.write { session in try rows.finish(snapshot, in: company, session) }
    }
}
