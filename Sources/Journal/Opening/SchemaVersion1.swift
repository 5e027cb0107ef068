/// The first version of the schema. Times are milliseconds since 1970.
enum SchemaVersion1 {
    static let sql = """
        CREATE TABLE journal (
            id INTEGER PRIMARY KEY CHECK (id = 1),
            database_id TEXT NOT NULL,
            created INTEGER NOT NULL,
            time INTEGER NOT NULL,
            audit_sequence INTEGER NOT NULL,
            audit_hash TEXT NOT NULL
        ) STRICT;

        CREATE TABLE blobs (
            digest TEXT PRIMARY KEY,
            length INTEGER NOT NULL,
            codec INTEGER NOT NULL,
            bytes BLOB NOT NULL
        ) STRICT;

        CREATE TABLE plans (
            digest TEXT PRIMARY KEY,
            blob TEXT NOT NULL REFERENCES blobs (digest),
            stored INTEGER NOT NULL
        ) STRICT;

        CREATE TABLE runs (
            key INTEGER PRIMARY KEY,
            id TEXT NOT NULL UNIQUE,
            kind TEXT NOT NULL,
            runbook TEXT NOT NULL,
            runbook_version INTEGER NOT NULL,
            selector TEXT NOT NULL,
            targets TEXT NOT NULL,
            target_count INTEGER NOT NULL,
            user TEXT NOT NULL,
            requester TEXT NOT NULL,
            actor TEXT NOT NULL,
            parent TEXT,
            header TEXT NOT NULL,
            phase TEXT NOT NULL,
            started INTEGER NOT NULL,
            ended INTEGER,
            counts TEXT,
            exit_status INTEGER,
            stop_reason TEXT,
            plan_digest TEXT,
            last_sequence INTEGER NOT NULL,
            output_bytes INTEGER NOT NULL DEFAULT 0,
            owner TEXT,
            pruned INTEGER
        ) STRICT;
        CREATE INDEX runs_by_start ON runs (started);
        CREATE INDEX runs_by_runbook ON runs (runbook, started);
        CREATE INDEX runs_by_parent ON runs (parent) WHERE parent IS NOT NULL;
        CREATE INDEX runs_unfinished ON runs (key) WHERE ended IS NULL;

        CREATE TABLE sources (
            run INTEGER NOT NULL REFERENCES runs (key),
            position INTEGER NOT NULL,
            path TEXT NOT NULL,
            blob TEXT NOT NULL REFERENCES blobs (digest),
            PRIMARY KEY (run, position)
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX sources_by_blob ON sources (blob);

        CREATE TABLE targets (
            run INTEGER NOT NULL REFERENCES runs (key),
            position INTEGER NOT NULL,
            node TEXT NOT NULL,
            state TEXT NOT NULL,
            verdict TEXT,
            outcome TEXT,
            result TEXT,
            wave INTEGER,
            boot_id TEXT,
            machine_id TEXT,
            PRIMARY KEY (run, position)
        ) STRICT, WITHOUT ROWID;
        CREATE UNIQUE INDEX targets_by_name ON targets (run, node);
        CREATE INDEX targets_by_node ON targets (node, run);
        CREATE INDEX targets_by_outcome ON targets (run, outcome);

        CREATE TABLE events (
            run INTEGER NOT NULL REFERENCES runs (key),
            sequence INTEGER NOT NULL,
            time INTEGER NOT NULL,
            type TEXT NOT NULL,
            node TEXT,
            body TEXT NOT NULL,
            PRIMARY KEY (run, sequence)
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE attempts (
            run INTEGER NOT NULL REFERENCES runs (key),
            target INTEGER NOT NULL,
            step INTEGER NOT NULL,
            attempt INTEGER NOT NULL,
            node TEXT NOT NULL,
            name TEXT NOT NULL,
            purpose TEXT NOT NULL,
            verb TEXT NOT NULL DEFAULT '',
            script_digest TEXT NOT NULL DEFAULT '',
            effect TEXT,
            boot_id TEXT NOT NULL DEFAULT '',
            machine_id TEXT NOT NULL DEFAULT '',
            host TEXT,
            intended INTEGER,
            started INTEGER,
            ended INTEGER,
            status TEXT,
            outcome TEXT,
            may_have_changed INTEGER NOT NULL DEFAULT 0,
            text TEXT NOT NULL DEFAULT '',
            PRIMARY KEY (run, target, step, attempt)
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX attempts_by_node ON attempts (node, intended) WHERE intended IS NOT NULL;
        CREATE INDEX attempts_by_name ON attempts (name, run);

        CREATE TABLE output_streams (
            run INTEGER NOT NULL REFERENCES runs (key),
            target INTEGER NOT NULL,
            step INTEGER NOT NULL,
            attempt INTEGER NOT NULL,
            stream INTEGER NOT NULL,
            node TEXT NOT NULL,
            bytes INTEGER NOT NULL,
            digest TEXT,
            limit_reason TEXT,
            PRIMARY KEY (run, target, step, attempt, stream)
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE output_blocks (
            id INTEGER PRIMARY KEY,
            run INTEGER NOT NULL REFERENCES runs (key),
            target INTEGER NOT NULL,
            step INTEGER NOT NULL,
            attempt INTEGER NOT NULL,
            stream INTEGER NOT NULL,
            start INTEGER NOT NULL,
            length INTEGER NOT NULL,
            codec INTEGER NOT NULL,
            bytes BLOB NOT NULL
        ) STRICT;
        CREATE UNIQUE INDEX output_blocks_by_place
            ON output_blocks (run, target, step, attempt, stream, start);

        CREATE TABLE captures (
            run INTEGER NOT NULL REFERENCES runs (key),
            sequence INTEGER NOT NULL,
            node TEXT NOT NULL,
            plan_step INTEGER NOT NULL,
            target INTEGER NOT NULL,
            step INTEGER NOT NULL,
            attempt INTEGER NOT NULL,
            digest TEXT NOT NULL,
            blob TEXT REFERENCES blobs (digest),
            PRIMARY KEY (run, sequence)
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX captures_by_blob ON captures (blob) WHERE blob IS NOT NULL;

        CREATE TABLE leases (
            node TEXT PRIMARY KEY,
            fence INTEGER NOT NULL,
            run TEXT,
            owner TEXT,
            claimed INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX leases_by_run ON leases (run) WHERE run IS NOT NULL;

        CREATE TABLE audit (
            sequence INTEGER PRIMARY KEY,
            time INTEGER NOT NULL,
            user TEXT NOT NULL,
            action TEXT NOT NULL,
            run TEXT,
            hash TEXT NOT NULL,
            record TEXT NOT NULL
        ) STRICT;
        CREATE INDEX audit_by_run ON audit (run, sequence) WHERE run IS NOT NULL;

        CREATE TRIGGER audit_is_never_altered BEFORE UPDATE ON audit
        BEGIN SELECT RAISE(ABORT, 'audit records are never altered'); END;

        CREATE TRIGGER audit_is_never_deleted BEFORE DELETE ON audit
        BEGIN SELECT RAISE(ABORT, 'audit records are never deleted'); END;

        CREATE TRIGGER audit_only_grows BEFORE INSERT ON audit
        WHEN NEW.sequence IS NOT (SELECT coalesce(max(sequence), 0) + 1 FROM audit)
        BEGIN SELECT RAISE(ABORT, 'audit records are only appended'); END;
        """
}
