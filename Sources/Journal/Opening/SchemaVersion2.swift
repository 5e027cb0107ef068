/// Remembers what escalation ladders have tried.
enum SchemaVersion2 {
    static let sql = """
        CREATE TABLE escalations (
            id INTEGER PRIMARY KEY,
            node TEXT NOT NULL,
            runbook TEXT NOT NULL,
            step TEXT NOT NULL,
            rung TEXT NOT NULL,
            run TEXT NOT NULL,
            time INTEGER NOT NULL,
            helped INTEGER NOT NULL
        ) STRICT;
        CREATE INDEX escalations_by_node ON escalations (node, runbook, step, time);
        """
}
