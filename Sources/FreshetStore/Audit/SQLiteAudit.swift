package import FreshetCore
import GRDB

/// The audit log in SQLite. See `AuditTrail` for what it promises.
package struct SQLiteAudit: AuditTrail {
    let storage: Storage
    let batch: Int

    package func begin(_ act: AdminAct) async throws -> AdminActID {
        try await storage.write { session in
            if let company = act.company { try CompanyRow.require(company, in: session) }
            return AdminActID(at: act.at, company: act.company, number: try AuditRow.insert(act, in: session))
        }
    }

    package func end(_ id: AdminActID, outcome: String) async throws {
        try await storage.write { session in try AuditRow.end(id, outcome: outcome, in: session) }
    }

    package func acts(
        of company: CompanyID?, before position: AdminActID?, limit: Int
    ) async throws -> [(AdminActID, AdminAct)] {
        try await storage.read { session in
            guard let company else { return try AuditRow.all(before: position, limit: limit, in: session) }
            return try AuditRow.all(of: company, before: position, limit: limit, in: session)
        }
    }

    package func prune(_ company: CompanyID?, before moment: Timestamp, keeping kept: Int) async throws -> Int {
        var count = 0
        while true {
            let gone = try await storage.write { session in
                try AuditRow.prune(company, before: moment, keeping: kept, limit: batch, in: session)
            }
            count += gone
            if gone < batch { return count }
        }
    }
}
