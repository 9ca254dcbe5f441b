package import FreshetCore
import GRDB

/// What models used, in SQLite. See `UsageRecords` for what it promises.
package struct SQLiteUsage: UsageRecords {
    let storage: Storage

    package func add(_ used: [UsageEntry], saved: [SavedEntry]) async throws {
        try await storage.write { session in
            for entry in used where try CompanyRow.exists(entry.company, in: session) {
                try UsageRow.add(entry, in: session)
            }
            for entry in saved where try CompanyRow.exists(entry.company, in: session) {
                try SavedCallsRow.add(entry, in: session)
            }
        }
    }

    package func usage(
        of company: CompanyID, from first: UTCDay, through last: UTCDay
    ) async throws -> [UsageEntry] {
        try await storage.read { session in try UsageRow.all(of: company, from: first, through: last, in: session) }
    }

    package func saved(
        of company: CompanyID, from first: UTCDay, through last: UTCDay
    ) async throws -> [SavedEntry] {
        try await storage.read { session in
            try SavedCallsRow.all(of: company, from: first, through: last, in: session)
        }
    }

    package func spending(of company: CompanyID, on day: UTCDay, currency: String) async throws -> Spending {
        try await storage.read { session in
            try UsageRow.spending(of: company, on: day, currency: currency, in: session)
        }
    }

    package func prune(_ company: CompanyID, before day: UTCDay) async throws -> Int {
        try await storage.write { session in
            try UsageRow.prune(company, before: day, in: session)
                + SavedCallsRow.prune(company, before: day, in: session)
        }
    }
}
