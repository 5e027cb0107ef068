import Foundation
import Testing

extension OnThisMachine {
    /// The shipped job that exports the audit trail and backs the database up, on the controller itself.
    @Suite struct AuditExportJobTests {
        /// An installation with that job alone.
        private func withJob(_ body: (ControllerSite) throws -> Void) throws {
            try ControllerSite.with(runbooks: [:]) { site in
                let shipped = try Data(
                    contentsOf: URL(fileURLWithPath: Lab.root + "/Runbooks/security/audit-export.yaml"))
                try shipped.write(to: URL(fileURLWithPath: site.folder + "/runbooks/audit-export.yaml"))
                try body(site)
            }
        }

        /// Exports up to a day that has not come yet, so that everything recorded so far counts.
        private func apply(
            _ site: ControllerSite, until day: String, database: String = "db/runbook.db"
        ) throws -> Lab.Result {
            let values = [
                "program=\(Lab.root)/.build/debug/runbook", "database=\(site.folder)/\(database)",
                "folder=\(site.folder)/export", "until=\(day)", "keep=1",
            ]
            return try Lab.run(
                site.words(
                    ["apply", "audit-export", "--yes", "--output", "jsonl"] + values.flatMap { ["--param", $0] }))
        }

        private func exported(_ site: ControllerSite) -> [String] {
            ((try? FileManager.default.contentsOfDirectory(atPath: site.folder + "/export")) ?? []).sorted()
        }

        @Test func whatCameSinceTheLastExportIsExportedAndTheOldestCopiesGo() throws {
            try withJob { site in
                try FileManager.default.createDirectory(
                    atPath: site.folder + "/export/audit-2000-01-01", withIntermediateDirectories: true)
                let first = try apply(site, until: "2099-01-01")
                #expect(first.status == 0, "\(first.output)\(first.error)")
                #expect(first.counts == ["remediated": 1])
                #expect(exported(site) == ["audit-2000-01-01", "audit-2099-01-01", "runbook-2099-01-01.db"])
                let newest = site.folder + "/export/audit-2099-01-01"
                let manifest = try String(contentsOfFile: newest + "/manifest.json", encoding: .utf8)
                #expect(manifest.contains("\"since\":\"2000-01-01"), "\(manifest)")
                #expect(try site.runbook("audit", "verify", newest).status == 0)
                #expect(try apply(site, until: "2099-01-01").counts == ["healthy": 1])

                // Of the day after there is no record, and only one copy is kept.
                let next = try apply(site, until: "2099-01-02")
                #expect(next.counts == ["remediated": 1], "\(next.output)\(next.error)")
                #expect(exported(site) == ["audit-2000-01-01", "audit-2099-01-01", "runbook-2099-01-02.db"])
            }
        }

        @Test func aChainThatDoesNotVerifyFailsTheRunAndNothingIsSignedOrRemoved() throws {
            try withJob { site in
                #expect(try apply(site, until: "2099-01-01").status == 0)
                let altered = try Lab.run([
                    "/usr/bin/sqlite3", site.folder + "/db/runbook.db",
                    "DROP TRIGGER audit_is_never_altered; UPDATE audit SET user = 'mallory' WHERE sequence = 2",
                ])
                #expect(altered.status == 0, "\(altered.error)")
                #expect(try apply(site, until: "2099-01-02").status == 1)
                #expect(exported(site) == ["audit-2099-01-01", "runbook-2099-01-01.db"])
                let said = try site.runbook("logs", "last")
                #expect(said.output.contains("Record 2"), "\(said.output)\(said.error)")
            }
        }

        @Test func anotherDatabaseThanThatOfTheRunIsNotExported() throws {
            try withJob { site in
                let applied = try apply(site, until: "2099-01-01", database: "other/runbook.db")
                #expect(applied.status == 1, "\(applied.output)\(applied.error)")
                #expect(exported(site) == [])
                let said = try site.runbook("logs", "last")
                #expect(said.output.contains("does not hold this run"), "\(said.output)\(said.error)")
            }
        }
    }
}
