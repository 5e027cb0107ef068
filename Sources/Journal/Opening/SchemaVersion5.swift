/// Keeps messages that are to be sent.
enum SchemaVersion5 {
    static let sql = """
        CREATE TABLE outbox (
            sequence INTEGER PRIMARY KEY,
            id TEXT NOT NULL UNIQUE,
            run TEXT,
            receiver TEXT NOT NULL,
            occasion TEXT NOT NULL,
            body TEXT NOT NULL,
            created INTEGER NOT NULL,
            due INTEGER NOT NULL,
            attempts INTEGER NOT NULL DEFAULT 0,
            state TEXT NOT NULL DEFAULT 'waiting',
            owner TEXT,
            claimed_until INTEGER,
            settled INTEGER,
            error TEXT NOT NULL DEFAULT ''
        ) STRICT;
        CREATE INDEX outbox_waiting ON outbox (due, sequence) WHERE state = 'waiting';
        """
}
