/// Remembers jobs, what became of their occurrences, and the runs that the service goes on with.
enum SchemaVersion4 {
    static let sql = """
        CREATE TABLE jobs (
            job TEXT PRIMARY KEY,
            definition TEXT NOT NULL,
            decided INTEGER NOT NULL,
            paused INTEGER,
            paused_by TEXT
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE occurrences (
            job TEXT NOT NULL,
            occurrence INTEGER NOT NULL,
            state TEXT NOT NULL,
            run TEXT UNIQUE,
            decided INTEGER NOT NULL,
            missed INTEGER NOT NULL,
            text TEXT NOT NULL,
            PRIMARY KEY (job, occurrence)
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX occurrences_by_time ON occurrences (occurrence);
        CREATE INDEX occurrences_queued ON occurrences (job, occurrence) WHERE state = 'queued';

        CREATE TABLE service_runs (
            run TEXT PRIMARY KEY,
            job TEXT,
            taken INTEGER NOT NULL,
            failures INTEGER NOT NULL DEFAULT 0
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE service (
            id INTEGER PRIMARY KEY CHECK (id = 1),
            clock_mark TEXT,
            suspension TEXT
        ) STRICT;
        INSERT INTO service (id) VALUES (1);
        """
}
