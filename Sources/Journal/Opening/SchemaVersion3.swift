/// Keeps approvals: gates at which runs wait, decisions, standing approvals and their uses.
enum SchemaVersion3 {
    static let sql = """
        CREATE TABLE gates (
            id INTEGER PRIMARY KEY,
            run TEXT NOT NULL,
            gate TEXT NOT NULL,
            plan TEXT NOT NULL,
            requirement TEXT NOT NULL,
            opened INTEGER NOT NULL,
            used INTEGER,
            break_glass TEXT,
            UNIQUE (run, gate)
        ) STRICT;

        CREATE TABLE approvals (
            id INTEGER PRIMARY KEY,
            run TEXT NOT NULL,
            gate TEXT NOT NULL,
            plan TEXT NOT NULL,
            decision TEXT NOT NULL,
            person TEXT NOT NULL,
            principal TEXT NOT NULL,
            key TEXT NOT NULL,
            statement TEXT NOT NULL UNIQUE,
            signature TEXT NOT NULL,
            reason TEXT NOT NULL,
            given INTEGER NOT NULL,
            expires INTEGER NOT NULL
        ) STRICT;
        CREATE INDEX approvals_by_plan ON approvals (plan);

        CREATE TABLE standing (
            id TEXT PRIMARY KEY,
            runbook TEXT NOT NULL,
            person TEXT NOT NULL,
            principal TEXT NOT NULL,
            key TEXT NOT NULL,
            statement TEXT NOT NULL,
            signature TEXT NOT NULL,
            limit_count INTEGER NOT NULL,
            given INTEGER NOT NULL,
            expires INTEGER NOT NULL,
            revoked INTEGER,
            revoked_by TEXT
        ) STRICT;
        CREATE INDEX standing_by_runbook ON standing (runbook);

        CREATE TABLE standing_uses (
            standing TEXT NOT NULL REFERENCES standing (id),
            run TEXT NOT NULL,
            time INTEGER NOT NULL,
            PRIMARY KEY (standing, run)
        ) STRICT, WITHOUT ROWID;
        """
}
