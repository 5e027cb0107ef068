import GRDB
import Model

extension Journal {
    package func tallies() async throws -> [RunTally] {
        try await pool.read { db in
            var tallies = try Row.fetchAll(
                db,
                sql: """
                    SELECT runbook, kind, exit_status, count(*), max(ended) FROM runs
                    GROUP BY runbook, kind, exit_status ORDER BY runbook, kind, exit_status
                    """
            ).compactMap { row -> RunTally? in
                RunHeader.Kind(rawValue: row[1]).map {
                    RunTally(
                        runbook: row[0], kind: $0, exitStatus: row[2], runs: row[3], lastEnded: row[4], nodes: [:])
                }
            }
            let nodes = try Row.fetchAll(
                db,
                sql: """
                    SELECT runbook, kind, exit_status, item.key, sum(item.value) FROM runs, json_each(runs.counts) AS item
                    GROUP BY runbook, kind, exit_status, item.key
                    """)
            for row in nodes {
                guard let outcome = OutcomeClass(rawValue: row[3]) else { continue }
                let place = tallies.firstIndex {
                    $0.runbook == row[0] && $0.kind.rawValue == row[1] && $0.exitStatus == row[2]
                }
                if let place { tallies[place].nodes[outcome] = row[4] }
            }
            return tallies
        }
    }
}
