extension Schema {
    /// Whose tickets are never taken in: digests of requesters' ids under the master key. Erased tickets themselves are
    /// known by their records.
    static let erasures = """
        CREATE TABLE erasures (
            company_id TEXT NOT NULL,
            digest BLOB NOT NULL,
            erased_at INTEGER NOT NULL,
            PRIMARY KEY (company_id, digest)
        ) STRICT, WITHOUT ROWID;
        """
}
