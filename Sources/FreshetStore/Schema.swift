import FreshetCore
import GRDB

/// The tables, in numbered steps. A step that was released is never edited: a change is a new step.
///
/// Times are integer milliseconds since 1970. Every table with a company's data has the column `company_id`, so that a
/// purge and its test find them all.
enum Schema {
    /// "Frsh" in ASCII: tells our files from other people's.
    static let applicationID: Int64 = 0x4672_7368

    static let steps: [String] = [
        v1, v2, v3, v4, v5, v6, snapshots, access, recommendations, feedback, slots, erasures,
    ]

    /// Brings the file up to date, in one transaction for all processes that start at once.
    ///
    /// Throws `StoreError.unusable`, and changes nothing, when the file is someone else's or newer than this program.
    static func migrate(_ session: Session) throws {
        let version = try check(session)
        guard version < steps.count else { return }
        for step in steps[version...] { try session.database.execute(sql: session.text.rewritten(step)) }
        try session.run("PRAGMA application_id = \(applicationID)")
        try session.run("PRAGMA user_version = \(steps.count)")
    }

    /// How many steps the file has seen.
    @discardableResult
    static func check(_ session: Session) throws -> Int {
        let application = try session.first("PRAGMA application_id") { $0[0] as Int64 } ?? 0
        let version = try session.first("PRAGMA user_version") { $0[0] as Int } ?? 0
        let tables = try session.first("SELECT count(*) FROM sqlite_master") { $0[0] as Int } ?? 0
        guard application == applicationID || (application == 0 && version == 0 && tables == 0) else {
            throw StoreError.unusable(detail: "the file is another program's database; name another data directory")
        }
        guard version <= steps.count else {
            throw StoreError.unusable(
                detail:
                    "the file was written by a newer version (schema \(version), this program knows \(steps.count));"
                    + " start that version, or restore a backup")
        }
        return version
    }

    private static let v1 = """
        CREATE TABLE companies (
            company_id TEXT NOT NULL PRIMARY KEY,
            platform TEXT NOT NULL,
            url TEXT NOT NULL,
            scheme TEXT NOT NULL,
            paused INTEGER NOT NULL CHECK (paused IN (0, 1)),
            api_share REAL NOT NULL,
            created_at INTEGER NOT NULL,
            updated_at INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE secrets (
            company_id TEXT NOT NULL REFERENCES companies (company_id),
            name TEXT NOT NULL CHECK (name IN ('api_key', 'webhook', 'webhook_previous')),
            key_id TEXT NOT NULL,
            sealed BLOB NOT NULL,
            expires_at INTEGER,
            updated_at INTEGER NOT NULL,
            PRIMARY KEY (company_id, name)
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE key_check (
            one INTEGER NOT NULL PRIMARY KEY CHECK (one = 1),
            key_id TEXT NOT NULL,
            sealed BLOB NOT NULL
        ) STRICT;

        CREATE TABLE tokens (
            company_id TEXT NOT NULL REFERENCES companies (company_id),
            id INTEGER NOT NULL,
            hash BLOB NOT NULL UNIQUE,
            role TEXT NOT NULL,
            label TEXT NOT NULL,
            created_at INTEGER NOT NULL,
            expires_at INTEGER,
            revoked_at INTEGER,
            PRIMARY KEY (company_id, id)
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE purges (
            company_id TEXT NOT NULL PRIMARY KEY
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE revision (
            one INTEGER NOT NULL PRIMARY KEY CHECK (one = 1),
            value INTEGER NOT NULL
        ) STRICT;
        INSERT INTO revision (one, value) VALUES (1, 0);

        CREATE TRIGGER companies_inserted AFTER INSERT ON companies
            BEGIN UPDATE revision SET value = value + 1; END;
        CREATE TRIGGER companies_updated AFTER UPDATE ON companies
            BEGIN UPDATE revision SET value = value + 1; END;
        CREATE TRIGGER companies_deleted AFTER DELETE ON companies
            BEGIN UPDATE revision SET value = value + 1; END;
        CREATE TRIGGER secrets_inserted AFTER INSERT ON secrets
            BEGIN UPDATE revision SET value = value + 1; END;
        CREATE TRIGGER secrets_updated AFTER UPDATE ON secrets
            BEGIN UPDATE revision SET value = value + 1; END;
        CREATE TRIGGER secrets_deleted AFTER DELETE ON secrets
            BEGIN UPDATE revision SET value = value + 1; END;
        CREATE TRIGGER tokens_inserted AFTER INSERT ON tokens
            BEGIN UPDATE revision SET value = value + 1; END;
        CREATE TRIGGER tokens_updated AFTER UPDATE ON tokens
            BEGIN UPDATE revision SET value = value + 1; END;
        CREATE TRIGGER tokens_deleted AFTER DELETE ON tokens
            BEGIN UPDATE revision SET value = value + 1; END;

        -- `generated` is 1 where the sender gave no id: then `delivery_id` is made of the digest and the time.
        CREATE TABLE deliveries (
            company_id TEXT NOT NULL,
            platform TEXT NOT NULL,
            generated INTEGER NOT NULL CHECK (generated IN (0, 1)),
            delivery_id TEXT NOT NULL,
            kind TEXT NOT NULL,
            original_id INTEGER NOT NULL CHECK (original_id > 0),
            digest TEXT NOT NULL,
            event TEXT,
            received_at INTEGER NOT NULL,
            conflicts INTEGER NOT NULL DEFAULT 0,
            PRIMARY KEY (company_id, platform, generated, delivery_id)
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX deliveries_by_age ON deliveries (company_id, received_at);

        -- The ledger. A row is idle (wanted = done), waiting, in flight (lease_until set) or parked. While it is in
        -- flight, `urgency`, `cause` and `marked_at` are the run's, and `next_…` are those of the marks made meanwhile.
        CREATE TABLE items (
            company_id TEXT NOT NULL,
            platform TEXT NOT NULL,
            kind TEXT NOT NULL,
            original_id INTEGER NOT NULL CHECK (original_id > 0),
            wanted INTEGER NOT NULL,
            claimed INTEGER NOT NULL DEFAULT 0,
            done INTEGER NOT NULL DEFAULT 0,
            fence INTEGER NOT NULL DEFAULT 0,
            owner TEXT,
            lease_until INTEGER,
            attempts INTEGER NOT NULL DEFAULT 0 CHECK (attempts >= 0),
            not_before INTEGER NOT NULL,
            urgency TEXT NOT NULL CHECK (urgency IN ('urgent', 'backfill')),
            cause TEXT NOT NULL,
            marked_at INTEGER,
            next_urgency TEXT CHECK (next_urgency IN ('urgent', 'backfill')),
            next_cause TEXT,
            next_marked_at INTEGER,
            state TEXT NOT NULL DEFAULT 'ready' CHECK (state IN ('ready', 'parked')),
            reason TEXT,
            source_updated_at INTEGER,
            due_at INTEGER GENERATED ALWAYS AS (
                CASE WHEN state = 'parked' OR wanted = done THEN NULL
                     WHEN lease_until IS NOT NULL THEN lease_until
                     ELSE not_before END) VIRTUAL,
            PRIMARY KEY (company_id, platform, kind, original_id),
            CHECK (0 <= done AND done <= claimed AND claimed <= wanted),
            CHECK ((owner IS NULL) = (lease_until IS NULL)),
            CHECK (wanted = done OR marked_at IS NOT NULL),
            CHECK (state = 'ready' OR (reason IS NOT NULL AND lease_until IS NULL))
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX items_due ON items (company_id, urgency, due_at, lease_until, marked_at)
            WHERE due_at IS NOT NULL;
        CREATE INDEX items_parked ON items (company_id) WHERE state = 'parked';

        -- Whose turn it was last, by class: the lowest has waited longest.
        CREATE TABLE turns (
            company_id TEXT NOT NULL,
            urgency TEXT NOT NULL CHECK (urgency IN ('urgent', 'backfill')),
            turn INTEGER NOT NULL,
            PRIMARY KEY (company_id, urgency)
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE decisions (
            company_id TEXT NOT NULL,
            platform TEXT NOT NULL,
            kind TEXT NOT NULL,
            original_id INTEGER NOT NULL,
            number INTEGER NOT NULL,
            at INTEGER NOT NULL,
            fence INTEGER NOT NULL,
            cause TEXT NOT NULL,
            outcome TEXT NOT NULL,
            reason TEXT,
            changes TEXT NOT NULL,
            content_hash TEXT,
            facets_hash TEXT,
            api_calls INTEGER NOT NULL,
            summaries INTEGER NOT NULL,
            embeddings INTEGER NOT NULL,
            milliseconds INTEGER NOT NULL,
            PRIMARY KEY (company_id, platform, kind, original_id, number)
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE documents (
            company_id TEXT NOT NULL,
            platform TEXT NOT NULL,
            kind TEXT NOT NULL,
            original_id INTEGER NOT NULL,
            state TEXT NOT NULL CHECK (state IN ('indexed', 'excluded', 'removed')),
            reason TEXT,
            document TEXT,
            summary TEXT,
            content_hash TEXT,
            facets_hash TEXT,
            summariser TEXT,
            embedder TEXT,
            generation INTEGER NOT NULL,
            recorded_at INTEGER NOT NULL,
            UNIQUE (company_id, platform, kind, original_id)
        ) STRICT;
        CREATE INDEX documents_by_state ON documents (company_id, state);

        CREATE TABLE model_cache (
            company_id TEXT NOT NULL,
            kind TEXT NOT NULL CHECK (kind IN ('summary', 'embedding')),
            model TEXT NOT NULL,
            fingerprint TEXT NOT NULL,
            summary TEXT,
            vector BLOB,
            features BLOB,
            last_used INTEGER NOT NULL,
            UNIQUE (company_id, kind, model, fingerprint),
            CHECK ((kind = 'summary') = (summary IS NOT NULL)),
            CHECK ((kind = 'embedding') = (vector IS NOT NULL AND features IS NOT NULL))
        ) STRICT;
        CREATE INDEX model_cache_by_use ON model_cache (company_id, last_used);
        CREATE TABLE model_cache_sizes (
            company_id TEXT NOT NULL PRIMARY KEY,
            entries INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID;

        -- One row per company with points. `term_table` names its full text table and is never used twice.
        CREATE TABLE point_scopes (
            term_table INTEGER PRIMARY KEY AUTOINCREMENT,
            company_id TEXT NOT NULL UNIQUE,
            sequence INTEGER NOT NULL,
            last_number INTEGER NOT NULL DEFAULT 0
        ) STRICT;
        -- Where the sequences of new companies begin: above all that were purged, so that caches of theirs are noticed.
        CREATE TABLE sequence_floor (
            one INTEGER NOT NULL PRIMARY KEY CHECK (one = 1),
            value INTEGER NOT NULL
        ) STRICT;
        INSERT INTO sequence_floor (one, value) VALUES (1, 0);
        -- Full text tables whose company is gone and that are still to be dropped.
        CREATE TABLE dropped_term_tables (
            term_table INTEGER NOT NULL PRIMARY KEY
        ) STRICT;

        -- `number` is the point's own within its company; a tombstone keeps the generation of a removal.
        CREATE TABLE points (
            company_id TEXT NOT NULL,
            number INTEGER NOT NULL,
            platform TEXT NOT NULL,
            kind TEXT NOT NULL,
            original_id INTEGER NOT NULL,
            sequence INTEGER NOT NULL,
            generation INTEGER NOT NULL,
            tombstone INTEGER NOT NULL CHECK (tombstone IN (0, 1)),
            subject TEXT,
            summary TEXT,
            metadata TEXT,
            content_hash TEXT,
            facets_hash TEXT,
            created_at INTEGER,
            updated_at INTEGER,
            indexed_at INTEGER NOT NULL,
            vector BLOB,
            features BLOB,
            UNIQUE (company_id, platform, kind, original_id),
            UNIQUE (company_id, number),
            UNIQUE (company_id, sequence),
            CHECK (tombstone = 1 OR (subject IS NOT NULL AND summary IS NOT NULL AND metadata IS NOT NULL
                AND content_hash IS NOT NULL AND facets_hash IS NOT NULL AND vector IS NOT NULL
                AND features IS NOT NULL)),
            CHECK (tombstone = 0 OR (subject IS NULL AND summary IS NULL AND metadata IS NULL AND vector IS NULL))
        ) STRICT;
        CREATE INDEX points_live ON points (company_id) WHERE tombstone = 0;

        CREATE TABLE reconciles (
            company_id TEXT NOT NULL,
            id TEXT NOT NULL,
            mode TEXT NOT NULL,
            since INTEGER,
            state TEXT NOT NULL CHECK (state IN ('waiting', 'running', 'complete', 'failed', 'cancelled')),
            phase TEXT NOT NULL,
            position TEXT,
            seen INTEGER NOT NULL,
            marked INTEGER NOT NULL,
            unchanged INTEGER NOT NULL,
            removed INTEGER NOT NULL,
            failed INTEGER NOT NULL,
            api_calls INTEGER NOT NULL,
            next_cursor INTEGER,
            reason TEXT,
            requested_at INTEGER NOT NULL,
            started_at INTEGER,
            ended_at INTEGER,
            owner TEXT,
            lease_until INTEGER,
            PRIMARY KEY (company_id, id),
            CHECK ((state = 'running') = (lease_until IS NOT NULL AND owner IS NOT NULL))
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX reconciles_by_request ON reconciles (company_id, requested_at);
        CREATE INDEX reconciles_open ON reconciles (company_id, requested_at) WHERE state IN ('waiting', 'running');

        CREATE TABLE cursors (
            company_id TEXT NOT NULL PRIMARY KEY,
            at INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID;
        """

    /// Sweeps, removals that wait for a release, certificates and the missed-webhook meter.
    private static let v2 = """
        ALTER TABLE items ADD COLUMN seen_in TEXT; -- The last sweep whose listings named the item.
        -- When the last webhook that named it was taken in.
        ALTER TABLE items ADD COLUMN announced_at INTEGER;
        -- The last reconcile that marked it, with the generation it wanted then and the time of change it was listed with.
        ALTER TABLE items ADD COLUMN marked_by TEXT;
        ALTER TABLE items ADD COLUMN marked_wanted INTEGER;
        ALTER TABLE items ADD COLUMN marked_source INTEGER;
        -- The reconcile that proposes its removal, and whether that waits for a person's release.
        ALTER TABLE items ADD COLUMN removal_by TEXT;
        ALTER TABLE items ADD COLUMN removal_proof TEXT;
        ALTER TABLE items ADD COLUMN removal_held INTEGER NOT NULL DEFAULT 0;
        CREATE INDEX items_by_reconcile ON items (company_id, marked_by, marked_source) WHERE marked_by IS NOT NULL;
        CREATE INDEX items_removals ON items (company_id, removal_by, removal_held) WHERE removal_by IS NOT NULL;

        ALTER TABLE reconciles ADD COLUMN withheld INTEGER NOT NULL DEFAULT 0;
        ALTER TABLE reconciles ADD COLUMN changes INTEGER NOT NULL DEFAULT 0;
        ALTER TABLE reconciles ADD COLUMN missed INTEGER NOT NULL DEFAULT 0;
        ALTER TABLE reconciles ADD COLUMN alarm TEXT;
        ALTER TABLE reconciles ADD COLUMN certificate TEXT;

        ALTER TABLE cursors ADD COLUMN swept_at INTEGER NOT NULL DEFAULT 0;
        ALTER TABLE cursors ADD COLUMN judged_to INTEGER NOT NULL DEFAULT 0;
        """

    /// How fresh each company's part of the index was lately, for commands beside the server.
    private static let v3 = """
        CREATE TABLE freshness (
            company_id TEXT NOT NULL,
            measure TEXT NOT NULL CHECK (measure IN ('receipt', 'source')),
            measured_at INTEGER NOT NULL,
            samples INTEGER NOT NULL,
            p50 INTEGER NOT NULL,
            p95 INTEGER NOT NULL,
            p99 INTEGER NOT NULL,
            PRIMARY KEY (company_id, measure)
        ) STRICT, WITHOUT ROWID;
        """

    /// Deliveries in the order in which they came, at the end of their table, and whose the ledger has not taken in.
    private static let v4 = """
        ALTER TABLE deliveries RENAME TO earlier_deliveries;
        DROP INDEX deliveries_by_age;
        CREATE TABLE deliveries (
            number INTEGER NOT NULL PRIMARY KEY,
            company_id TEXT NOT NULL,
            platform TEXT NOT NULL,
            generated INTEGER NOT NULL CHECK (generated IN (0, 1)),
            delivery_id TEXT NOT NULL,
            kind TEXT NOT NULL,
            original_id INTEGER NOT NULL CHECK (original_id > 0),
            digest TEXT NOT NULL,
            event TEXT,
            received_at INTEGER NOT NULL,
            conflicts INTEGER NOT NULL DEFAULT 0
        ) STRICT;
        INSERT INTO deliveries (
            company_id, platform, generated, delivery_id, kind, original_id, digest, event, received_at, conflicts)
            SELECT company_id, platform, generated, delivery_id, kind, original_id, digest, event, received_at, conflicts
            FROM earlier_deliveries ORDER BY received_at;
        DROP TABLE earlier_deliveries;
        CREATE UNIQUE INDEX deliveries_by_id ON deliveries (company_id, platform, generated, delivery_id);
        CREATE INDEX deliveries_by_age ON deliveries (company_id, received_at);

        -- A row while deliveries of the company wait to raise their items: those with greater numbers than `folded`, the
        -- first of which came at `since`. How they fall due (milliseconds) was set when they came. Every transaction that
        -- deletes deliveries leaves this table empty first, so that a number used again means nothing.
        CREATE TABLE inbox (
            company_id TEXT NOT NULL PRIMARY KEY,
            folded INTEGER NOT NULL,
            since INTEGER NOT NULL,
            quiet_period INTEGER NOT NULL,
            quiet_limit INTEGER NOT NULL,
            fresh_attempts INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID;
        """

    /// What models used and what was spared; items that wait for a budget; points that are behind.
    private static let v5 = """
        CREATE TABLE usage (
            -- Money in millionths of the currency; that of `unpriced_calls` is not known. No price at all: no currency.
            company_id TEXT NOT NULL,
            day TEXT NOT NULL,
            provider TEXT NOT NULL,
            model TEXT NOT NULL,
            purpose TEXT NOT NULL,
            currency TEXT NOT NULL,
            calls INTEGER NOT NULL,
            unpriced_calls INTEGER NOT NULL,
            input_tokens INTEGER NOT NULL,
            cached_tokens INTEGER NOT NULL,
            output_tokens INTEGER NOT NULL,
            money INTEGER NOT NULL,
            PRIMARY KEY (company_id, day, provider, model, purpose, currency)
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE saved_calls (
            company_id TEXT NOT NULL,
            day TEXT NOT NULL,
            purpose TEXT NOT NULL,
            reason TEXT NOT NULL,
            calls INTEGER NOT NULL,
            PRIMARY KEY (company_id, day, purpose, reason)
        ) STRICT, WITHOUT ROWID;

        -- The item waits for its company's budget, being worth so much; set while nobody holds it.
        ALTER TABLE items ADD COLUMN deferred TEXT CHECK (deferred IN ('high', 'low'));
        -- A run has seen a content that the index does not hold yet.
        ALTER TABLE items ADD COLUMN is_stale INTEGER NOT NULL DEFAULT 0;
        CREATE INDEX items_deferred ON items (company_id) WHERE deferred IS NOT NULL;
        """

    /// How often no model could summarise what a document holds, and when it is tried again; both empty but for stand-ins.
    private static let v6 = """
        ALTER TABLE documents ADD COLUMN stand_in_tries INTEGER;
        ALTER TABLE documents ADD COLUMN stand_in_due INTEGER;
        CREATE INDEX documents_stand_ins ON documents (company_id, stand_in_due) WHERE stand_in_due IS NOT NULL;
        """

    /// What an index has made of a company's points, to be read at once; `parts` is set when it is whole.
    private static let snapshots = """
        CREATE TABLE point_snapshots (
            company_id TEXT NOT NULL,
            number INTEGER NOT NULL,
            format TEXT NOT NULL,
            sequence INTEGER NOT NULL,
            parts INTEGER,
            PRIMARY KEY (company_id, number)
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE point_snapshot_parts (
            company_id TEXT NOT NULL,
            number INTEGER NOT NULL,
            part INTEGER NOT NULL,
            bytes BLOB NOT NULL,
            PRIMARY KEY (company_id, number, part)
        ) STRICT;
        """

    /// Slots: fillings of the index by one embedder each. What there was is everybody's slot 1, by whom most of it is.
    private static let slots = """
        CREATE TABLE slot_models (
            -- Which embedder all slots of one number are by. Rows stay.
            number INTEGER NOT NULL PRIMARY KEY,
            embedder TEXT NOT NULL,
            dimensions INTEGER NOT NULL
        ) STRICT;
        CREATE TABLE index_slots (
            company_id TEXT NOT NULL,
            slot INTEGER NOT NULL,
            summariser TEXT NOT NULL,
            state TEXT NOT NULL CHECK (state IN ('serving', 'filling', 'kept', 'retired')),
            since INTEGER NOT NULL,
            PRIMARY KEY (company_id, slot)
        ) STRICT, WITHOUT ROWID;
        -- Items whose state as recorded with `generation` is not in the slot yet.
        CREATE TABLE slot_debts (
            company_id TEXT NOT NULL,
            slot INTEGER NOT NULL,
            platform TEXT NOT NULL,
            kind TEXT NOT NULL,
            original_id INTEGER NOT NULL,
            generation INTEGER NOT NULL,
            PRIMARY KEY (company_id, slot, platform, kind, original_id)
        ) STRICT, WITHOUT ROWID;

        ALTER TABLE point_scopes RENAME TO earlier_point_scopes;
        CREATE TABLE point_scopes (
            term_table INTEGER PRIMARY KEY AUTOINCREMENT,
            company_id TEXT NOT NULL,
            slot INTEGER NOT NULL,
            sequence INTEGER NOT NULL,
            last_number INTEGER NOT NULL DEFAULT 0,
            UNIQUE (company_id, slot)
        ) STRICT;
        INSERT INTO point_scopes (term_table, company_id, slot, sequence, last_number)
            SELECT term_table, company_id, 1, sequence, last_number FROM earlier_point_scopes;
        -- Numbers of term tables go on from where they were.
        DELETE FROM sqlite_sequence WHERE name = 'point_scopes';
        UPDATE sqlite_sequence SET name = 'point_scopes' WHERE name = 'earlier_point_scopes';
        DROP TABLE earlier_point_scopes;

        ALTER TABLE points RENAME TO earlier_points;
        DROP INDEX points_live;
        CREATE TABLE points (
            company_id TEXT NOT NULL,
            slot INTEGER NOT NULL,
            number INTEGER NOT NULL,
            platform TEXT NOT NULL,
            kind TEXT NOT NULL,
            original_id INTEGER NOT NULL,
            sequence INTEGER NOT NULL,
            generation INTEGER NOT NULL,
            tombstone INTEGER NOT NULL CHECK (tombstone IN (0, 1)),
            subject TEXT,
            summary TEXT,
            metadata TEXT,
            content_hash TEXT,
            facets_hash TEXT,
            created_at INTEGER,
            updated_at INTEGER,
            indexed_at INTEGER NOT NULL,
            -- Who made the summary and the vector; no embedder where the vector has no numbers.
            summariser TEXT,
            embedder TEXT,
            vector BLOB,
            features BLOB,
            UNIQUE (company_id, slot, platform, kind, original_id),
            UNIQUE (company_id, slot, number),
            UNIQUE (company_id, slot, sequence),
            CHECK (tombstone = 1 OR (subject IS NOT NULL AND summary IS NOT NULL AND metadata IS NOT NULL
                AND content_hash IS NOT NULL AND facets_hash IS NOT NULL AND vector IS NOT NULL
                AND features IS NOT NULL)),
            CHECK (tombstone = 0 OR (subject IS NULL AND summary IS NULL AND metadata IS NULL AND vector IS NULL))
        ) STRICT;
        INSERT INTO points (company_id, slot, number, platform, kind, original_id, sequence, generation, tombstone,
                subject, summary, metadata, content_hash, facets_hash, created_at, updated_at, indexed_at, summariser,
                embedder, vector, features)
            SELECT p.company_id, 1, p.number, p.platform, p.kind, p.original_id, p.sequence, p.generation, p.tombstone,
                p.subject, p.summary, p.metadata, p.content_hash, p.facets_hash, p.created_at, p.updated_at,
                p.indexed_at, d.summariser, d.embedder, p.vector, p.features
            FROM earlier_points AS p LEFT JOIN documents AS d ON d.company_id = p.company_id
                AND d.platform = p.platform AND d.kind = p.kind AND d.original_id = p.original_id;
        DROP TABLE earlier_points;
        CREATE INDEX points_live ON points (company_id, slot) WHERE tombstone = 0;

        INSERT INTO slot_models (number, embedder, dimensions)
            SELECT 1, embedder, 0 FROM documents WHERE state = 'indexed' AND embedder IS NOT NULL
            GROUP BY embedder ORDER BY count(*) DESC LIMIT 1;
        INSERT INTO index_slots (company_id, slot, summariser, state, since)
            SELECT s.company_id, 1, coalesce((SELECT d.summariser FROM documents AS d
                WHERE d.company_id = s.company_id AND d.state = 'indexed' LIMIT 1), ''), 'serving', 0
            FROM point_scopes AS s WHERE EXISTS (SELECT 1 FROM slot_models);

        -- What was kept of them is made anew where it is wanted.
        DELETE FROM point_snapshots;
        DELETE FROM point_snapshot_parts;
        ALTER TABLE point_snapshots ADD COLUMN slot INTEGER NOT NULL DEFAULT 1;
        ALTER TABLE point_snapshot_parts ADD COLUMN slot INTEGER NOT NULL DEFAULT 1;
        """
}
