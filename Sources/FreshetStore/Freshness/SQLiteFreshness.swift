package import FreshetCore
import GRDB

/// The figures of freshness in SQLite. See `FreshnessRecords` for what it promises.
package struct SQLiteFreshness: FreshnessRecords {
    let storage: Storage

    package func record(_ freshness: [CompanyID: CompanyFreshness]) async throws {
        try await storage.write { session in
            for (company, figures) in freshness where try CompanyRow.exists(company, in: session) {
                try FreshnessRow.replace(figures, of: company, in: session)
            }
        }
    }

    package func freshness(of company: CompanyID?) async throws -> [CompanyID: CompanyFreshness] {
        try await storage.read { session in
            var found: [CompanyID: CompanyFreshness] = [:]
            for company in try company.map({ [$0] }) ?? CompanyRow.all(in: session).map(\.id) {
                found[company] = try FreshnessRow.figures(of: company, in: session)
            }
            return found
        }
    }
}
