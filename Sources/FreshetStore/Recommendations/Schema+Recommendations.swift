extension Schema {
    /// What was recommended, and attachments by name.
    static let recommendations = """
        CREATE TABLE recommendations (
            -- Ids begin with their time, so both trees grow at their ends. `ticket` is set where no text was asked. `shown`
            -- and `unaided` are names like `ticket/4711`, a space between them; no `unaided` where feedback moved nothing.
            number INTEGER NOT NULL PRIMARY KEY,
            company_id TEXT NOT NULL,
            id TEXT NOT NULL,
            kind TEXT NOT NULL,
            ticket INTEGER,
            question TEXT,
            shown TEXT NOT NULL,
            unaided TEXT,
            user TEXT NOT NULL,
            at INTEGER NOT NULL,
            judged INTEGER NOT NULL DEFAULT 0 CHECK (judged IN (0, 1)),
            CHECK ((ticket IS NULL) = (question IS NOT NULL))
        ) STRICT;
        CREATE UNIQUE INDEX recommendations_by_id ON recommendations (company_id, judged, id);

        -- Of live points; they come and go with them.
        CREATE TABLE attachments (
            company_id TEXT NOT NULL,
            platform TEXT NOT NULL,
            kind TEXT NOT NULL,
            original_id INTEGER NOT NULL,
            attachment_id INTEGER NOT NULL,
            name TEXT NOT NULL,
            content_type TEXT,
            size INTEGER NOT NULL,
            PRIMARY KEY (company_id, platform, kind, original_id, attachment_id)
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE attachment_terms (
            company_id TEXT NOT NULL,
            term TEXT NOT NULL,
            platform TEXT NOT NULL,
            kind TEXT NOT NULL,
            original_id INTEGER NOT NULL,
            attachment_id INTEGER NOT NULL,
            PRIMARY KEY (company_id, term, platform, kind, original_id, attachment_id)
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX attachment_terms_by_item
            ON attachment_terms (company_id, platform, kind, original_id);
        """

    /// What agents thought of it.
    static let feedback = """
        CREATE TABLE feedback (
            -- `kind` is empty and `original_id` 0 for a verdict on the whole recommendation.
            company_id TEXT NOT NULL,
            recommendation_id TEXT NOT NULL,
            user TEXT NOT NULL,
            kind TEXT NOT NULL,
            original_id INTEGER NOT NULL,
            verdict INTEGER NOT NULL CHECK (verdict IN (-1, 1)),
            comment TEXT,
            at INTEGER NOT NULL,
            terms TEXT NOT NULL,
            sequence INTEGER NOT NULL,
            undone_at INTEGER,
            PRIMARY KEY (company_id, recommendation_id, user, kind, original_id)
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX feedback_by_sequence ON feedback (company_id, sequence);
        CREATE INDEX feedback_by_age ON feedback (company_id, at);

        -- Whether feedback moves anything, and how far its changes have come.
        CREATE TABLE feedback_states (
            company_id TEXT NOT NULL PRIMARY KEY,
            sequence INTEGER NOT NULL,
            epoch INTEGER NOT NULL DEFAULT 0,
            enabled_at INTEGER
        ) STRICT, WITHOUT ROWID;
        """
}
