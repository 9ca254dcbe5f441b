import FreshetCore
import Foundation
import GRDB

/// The table `companies`, and `purges`, which names those whose removal has begun and not ended.
enum CompanyRow {
    /// Throws `StoreError.companyExists`, also while a purge of the same id is unfinished: what it has not deleted yet
    /// must not come back to life.
    static func insert(_ company: Company, in session: Session) throws {
        guard try !exists(company.id, in: session), try !isPurging(company.id, in: session) else {
            throw StoreError.companyExists(company.id)
        }
        try session.run(
            """
            INSERT INTO companies (company_id, platform, url, scheme, paused, api_share, created_at, updated_at)
            VALUES (:company, :platform, :url, :scheme, :paused, :share, :created, :created)
            """,
            [
                "company": company.id.text, "platform": company.platform.rawValue, "url": company.url.absoluteString,
                "scheme": company.scheme.rawValue, "paused": company.isPaused, "share": company.apiShare,
                "created": company.createdAt.milliseconds,
            ])
    }

    static func exists(_ id: CompanyID, in session: Session) throws -> Bool {
        try session.first("SELECT 1 FROM companies WHERE company_id = :company", ["company": id.text]) { _ in } != nil
    }

    /// Whatever adds rows for a company asks this first, in the same transaction: a purge leaves nothing behind it.
    static func require(_ id: CompanyID, in session: Session) throws {
        guard try exists(id, in: session) else { throw StoreError.unknownCompany(id) }
    }

    static func company(_ id: CompanyID, in session: Session) throws -> Company? {
        try session.first("SELECT * FROM companies WHERE company_id = :company", ["company": id.text], company)
    }

    static func all(in session: Session) throws -> [Company] {
        try session.all("SELECT * FROM companies ORDER BY company_id", [], company)
    }

    private static func company(_ row: Row) throws -> Company {
        guard let url = URL(string: row["url"]) else { throw Row.unreadable("url") }
        return Company(
            id: try row.company(), platform: try row.word("platform"), url: url, scheme: try row.word("scheme"),
            isPaused: row["paused"], apiShare: row["api_share"], createdAt: row.time("created_at"))
    }

    static func setPaused(_ paused: Bool, _ id: CompanyID, now: Timestamp, in session: Session) throws {
        try session.run(
            "UPDATE companies SET paused = :paused, updated_at = :now WHERE company_id = :company",
            ["paused": paused, "now": now.milliseconds, "company": id.text])
    }

    static func setScheme(_ scheme: WebhookScheme, _ id: CompanyID, now: Timestamp, in session: Session) throws {
        try session.run(
            "UPDATE companies SET scheme = :scheme, updated_at = :now WHERE company_id = :company",
            ["scheme": scheme.rawValue, "now": now.milliseconds, "company": id.text])
    }

    // MARK: - Purging

    static func beginPurge(_ id: CompanyID, in session: Session) throws {
        try session.run(
            "INSERT INTO purges (company_id) VALUES (:company) ON CONFLICT (company_id) DO NOTHING",
            ["company": id.text])
    }

    static func isPurging(_ id: CompanyID, in session: Session) throws -> Bool {
        try session.first("SELECT 1 FROM purges WHERE company_id = :company", ["company": id.text]) { _ in } != nil
    }

    static func endPurge(_ id: CompanyID, in session: Session) throws {
        try session.run("DELETE FROM purges WHERE company_id = :company", ["company": id.text])
    }

    static func revision(in session: Session) throws -> Int64 {
        try session.first("SELECT value FROM revision") { $0[0] as Int64 } ?? 0
    }
}
