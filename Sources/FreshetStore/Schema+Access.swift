extension Schema {
    /// Whose a token is and what it may see, when it was last used, and what people with power did.
    static let access = """
        ALTER TABLE tokens ADD COLUMN user TEXT;
        -- Both empty: everything. Else the agent whose tickets are seen, and the groups, as a JSON array.
        ALTER TABLE tokens ADD COLUMN assigned_to TEXT;
        ALTER TABLE tokens ADD COLUMN groups TEXT;

        -- Apart from `tokens`, since every change there makes all processes read the companies anew.
        CREATE TABLE token_uses (
            company_id TEXT NOT NULL,
            id INTEGER NOT NULL,
            used_at INTEGER NOT NULL,
            PRIMARY KEY (company_id, id)
        ) STRICT, WITHOUT ROWID;

        -- What the operator did to no single company has the company ''.
        CREATE TABLE audit (
            company_id TEXT NOT NULL,
            number INTEGER NOT NULL,
            at INTEGER NOT NULL,
            actor TEXT NOT NULL,
            act TEXT NOT NULL,
            target TEXT NOT NULL,
            request_id TEXT,
            outcome TEXT,
            PRIMARY KEY (company_id, number)
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX audit_by_time ON audit (at, company_id, number);
        CREATE INDEX audit_of_company ON audit (company_id, at, number);
        """
}
