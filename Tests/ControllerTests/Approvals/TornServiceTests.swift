import Foundation
import Glibc
import TestSupport
import Testing

/// Runs that the service was torn away from, and that its own user may not ask for.
@Suite(.serialized, .nodesOfThisMachine) struct TornServiceTests {
    private static let steps = """
          - name: make
            gate: window
            effect: once
            timeout: 3m
            run: \(ApprovalSite.countAndAwaitGo)
            undo: "true"
          - name: finish
            gate: window
            effect: once
            run: echo x >>NODE/finished; touch NODE/done
            undo: rm -f NODE/done
        """

    private func calendar(_ site: ApprovalSite, opensIn seconds: Double) throws {
        let format = Date.ISO8601FormatStyle().year().month().day().time(includingFractionalSeconds: false)
        let (start, end) = (Date().addingTimeInterval(seconds), Date().addingTimeInterval(7200))
        try site.folder.write(
            "inventory/windows.yaml",
            """
            schema_version: 1
            windows:
              soon: {timezone: UTC, open: [{start: "\(start.formatted(format))", end: "\(end.formatted(format))"}]}
            """)
    }

    private func stop(_ process: SpawnedProcess, by signal: Int32 = SIGKILL) {
        kill(process.processIdentifier, signal)
        process.waitUntilExit()
    }

    /// A run of carol's that waited for its window, and in whose first step the service was killed.
    private func withTornRun(_ body: (ApprovalSite, String) async throws -> Void) async throws {
        let window = "window: {calendar: soon, on_close: finish_wave}"
        let runbook = ApprovalSite.runbook(approve: window, steps: Self.steps)
        try await ApprovalSite.with(["fix": runbook]) { site in
            try calendar(site, opensIn: 3600)
            let asking = try site.start("carol", "apply", "fix", "--nodes", "n1", "--yes", "--wait")
            var run = ""
            let waits = try await becomes {
                let found = try site.run("carol", "runs", "--state", "waiting_window", "--output", "jsonl")
                run = found.last["id"] as? String ?? ""
                return !run.isEmpty
            }
            #expect(waits)
            stop(asking)
            try calendar(site, opensIn: -60)
            let service = try site.start("runbook", "serve")
            #expect(try await becomes { !site.node("count").isEmpty })
            stop(service)
            try await body(site, run)
        }
    }

    @Test func theServiceGoesOnWithThemByTheRightsOfWhoAsked() async throws {
        try await withTornRun { site, run in
            try site.folder.write("node/go", "")
            let service = try site.start("runbook", "serve")
            defer { stop(service, by: SIGTERM) }
            let ending = try await site.ending(of: run)
            #expect(ending.status == 0, "\(ending)")
            #expect(ending.counts == ["remediated": 1])
            #expect(site.node("count") == "x\n")
            #expect(site.node("finished") == "x\n")
            #expect(try site.audit(run).allSatisfy { $0.action != "access.refused" })
        }
    }

    @Test func whatWasTakenFromWhoAskedTheServiceDoesNotDoEither() async throws {
        try await withTornRun { site, run in
            let access = try site.folder.read("inventory/access.yaml")
            try site.folder.write("inventory/access.yaml", access.replacing("[apply, rollback, ", with: "["))
            try site.folder.write("node/go", "")
            let service = try site.start("runbook", "serve")
            defer { stop(service, by: SIGTERM) }
            #expect(try await becomes { try site.audit(run).contains { $0.action == "access.refused" } })
            let refusal = try #require(try site.audit(run).first { $0.action == "access.refused" })
            #expect(refusal.detail["why"]?.contains("carol may not apply") == true, "\(refusal)")
            #expect(site.node("finished").isEmpty)
        }
    }

    @Test func oneIsCancelledOnceTheServiceGoesOnWithIt() async throws {
        try await withTornRun { site, run in
            let early = try site.run("carol", "cancel", run)
            #expect(early.status == 2, "\(early.error)")
            #expect(early.error.contains("The service goes on with it once it runs"), "\(early.error)")
            let file = site.folder.path("state/cancel/\(run)")
            #expect(!FileManager.default.fileExists(atPath: file))
            let service = try site.start("runbook", "serve")
            defer { stop(service, by: SIGTERM) }
            #expect(try await becomes { try site.run("carol", "cancel", run).status == 0 })
            try site.folder.write("node/go", "")
            _ = try await site.ending(of: run)
            #expect(try await becomes { !FileManager.default.fileExists(atPath: file) })
        }
    }
}
