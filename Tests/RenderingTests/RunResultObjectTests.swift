import Foundation
import Model
import Testing

@testable import runbook

/// The end of a run for programs.
@Suite struct RunResultObjectTests {
    private let last = ["no such volume"]

    /// A run whose undo failed on two nodes of three.
    private func halfUndone() -> (run: StagedRun, lastLines: [InvocationID: [String]]) {
        var run = StagedRun(3)
        var lines: [InvocationID: [String]] = [:]
        for name in run.names.prefix(2) {
            let undo = run.invocation(name, step: 4)
            lines[undo] = last
            run.end(
                name,
                NodeOutcome(
                    .rollbackFailed, text: "It failed.", step: "break", invocation: run.invocation(name, step: 2),
                    failedUndo: FailedUndo(
                        step: "one", text: "it ended with status 3", invocation: undo, exitStatus: 3, undone: ["two"],
                        standing: ["one"])))
        }
        run.end("n0003", NodeOutcome(.healthy))
        run.finish()
        return (run, lines)
    }

    @Test func aFailedUndoIsInTheDocumentWithItsLastLinesAndWhatGoesOn() throws {
        let (run, lines) = halfUndone()
        let document = try RunResultObject(state: run.state, lastLines: lines).document()
        let nodes = try #require(document["nodes"] as? [String: Any])
        let node = try #require(nodes["n0001"] as? [String: Any])
        let outcome = try #require(node["outcome"] as? [String: Any])
        let undo = try #require(outcome["failed_undo"] as? [String: Any])
        #expect(undo["step"] as? String == "one")
        #expect(undo["exit_status"] as? Int == 3)
        #expect(undo["last_lines"] as? [String] == last)
        #expect(undo["undone"] as? [String] == ["two"])
        #expect(undo["standing"] as? [String] == ["one"])
        #expect(document["next"] as? [String] == ["runbook rollback 3f9c12ab --nodes 'n[0001-0002]'"])
    }

    @Test func theSameFailedUndoOfTwoNodesIsOneInTheSummary() throws {
        let (run, lines) = halfUndone()
        let text = try RunResultObject(state: run.state, lastLines: lines).summary(of: StagedRun.id)
        let summary = try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
        let failed = try #require(summary["failed_undos"] as? [[String: Any]])
        #expect(failed.count == 1)
        #expect(failed.first?["nodes"] as? String == "n[0001-0002]")
        #expect(failed.first?["step"] as? String == "one")
        #expect(failed.first?["exit_status"] as? Int == 3)
        #expect(failed.first?["last_lines"] as? [String] == last)
        #expect(summary["next"] as? [String] == ["runbook rollback 3f9c12ab --nodes 'n[0001-0002]'"])
        #expect(summary["exit_status"] as? Int == 1)
    }

    @Test func aRunThatGoesOnOffersNothing() throws {
        let run = StagedRun(1)
        #expect(try RunResultObject(state: run.state).document()["next"] as? [String] == [])
        let killed = try RunResultObject(state: run.state, isInterrupted: true).document()
        #expect(killed["next"] as? [String] == ["runbook resume 3f9c12ab"])
    }
}
