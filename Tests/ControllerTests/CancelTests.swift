import Foundation
import Glibc
import TestSupport
import Testing

/// Runs that can't be asked to stop.
@Suite(.serialized, .nodesOfThisMachine) struct CancelTests {
    private static let steps = """
          - name: make
            effect: once
            timeout: 3m
            run: \(ApprovalSite.countAndAwaitGo); touch NODE/done
            undo: rm -f NODE/done
        """

    @Test func whatIsInterruptedOrHasEndedIsSaidToBeAndNotAskedToStop() async throws {
        let runbook = ApprovalSite.runbook(approve: "# Nobody is asked.", steps: Self.steps)
        try await ApprovalSite.with(["fix": runbook]) { site in
            let applying = try site.start("carol", "apply", "fix", "--nodes", "n1", "--yes")
            #expect(try await becomes { !site.node("count").isEmpty })
            kill(applying.processIdentifier, SIGKILL)
            applying.waitUntilExit()
            let run = try #require(try site.run("carol", "runs", "--output", "jsonl").last["id"] as? String)
            let short = String(run.prefix(8))
            let file = site.folder.path("state/cancel/\(run)")

            let interrupted = try site.run("carol", "cancel", run)
            #expect(interrupted.status == 2, "\(interrupted.error)")
            #expect(interrupted.error.contains("Run \(short) was interrupted, and nobody"), "\(interrupted.error)")
            #expect(interrupted.error.contains("runbook resume \(short)"), "\(interrupted.error)")
            #expect(!FileManager.default.fileExists(atPath: file))

            try site.folder.write("node/go", "")
            let resumed = try site.run("carol", "resume", run)
            #expect(resumed.status == 0, "\(resumed.output)\(resumed.error)")
            let ended = try site.run("carol", "cancel", run)
            #expect(ended.status == 2, "\(ended.error)")
            #expect(ended.error.contains("Run \(short) has ended already"), "\(ended.error)")
            #expect(!FileManager.default.fileExists(atPath: file))
        }
    }
}
