import Foundation
import Model
import TestSupport
import Testing

@testable import Controller

/// An undo that fails on a real node, and what goes on from there.
@Suite(.serialized, .nodesOfThisMachine) struct FailedUndoTests {
    private static func runbook(_ folder: String) -> String {
        """
        schema_version: 1
        name: greet
        version: 1
        title: Greets
        targets: "@*"
        detect:
          - name: greeted
            probe: test -e \(folder)/third
            healthy: {exit: 0}
            causes: [{id: silent, when: {exit: 1}}]
        steps:
          - name: first
            run: touch \(folder)/first
            undo: |
              echo first >>\(folder)/undone
              test -e \(folder)/mended || { echo "no such volume" >&2; exit 3; }
              rm -f \(folder)/first
            effect: idempotent
          - name: second
            run: touch \(folder)/second
            undo: echo second >>\(folder)/undone; rm -f \(folder)/second
            effect: idempotent
          - name: third
            run: touch \(folder)/third
            undo: rm -f \(folder)/third
            effect: idempotent
        verify: [detect]
        """
    }

    @Test func aRollbackThatFailedGoesOnOnceTheCauseIsMended() async throws {
        try await SSHDFixture.with { sshd in
            let node = try TemporaryFolder(prefix: "node")
            let site = try Installation(
                sshd, inventory: Installation.oneNode(sshd), runbooks: ["greet": Self.runbook(node.root)])
            let applied = try await site.carryOut(RunOrder(kind: .apply, runbook: "greet", selector: "n1"))
            #expect(applied.state.counts == [.remediated: 1], "\(applied.state.nodes)")
            let run = try #require(applied.state.header?.id).description
            let service = try await RunService(Workspace(site.settings))
            func rollBack() async throws -> RunState {
                let prepared = try await service.prepareRollback(run, nodes: nil, force: false)
                return try await service.carryOutRollback(prepared, control: RunControl(), observe: { _ in }).state
            }
            let failed = try await rollBack()
            #expect(failed.counts == [.rollbackFailed: 1], "\(failed.nodes)")
            let undo = try #require(failed.nodes["n1"]?.outcome?.failedUndo)
            #expect(undo.step == "first")
            #expect(undo.exitStatus == 3)
            #expect(undo.undone == ["second", "third"])
            #expect(undo.standing == ["first"])
            let lastLines = try await service.lastLines(failed)
            #expect(undo.invocation.flatMap { lastLines[$0] } == ["no such volume"])

            try node.write("mended", "")
            let again = try await rollBack()
            #expect(again.counts == [.rolledBack: 1], "\(again.nodes)")
            #expect(try node.read("undone") == "second\nfirst\nfirst\n")
            #expect(!FileManager.default.fileExists(atPath: node.path("first")))
            let nothing = try await rollBack()
            #expect(nothing.counts == [.healthy: 1], "\(nothing.nodes)")
            try await service.close()
        }
    }
}
