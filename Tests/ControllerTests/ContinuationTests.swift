import Foundation
import Model
import TestSupport
import Testing

@testable import Controller

/// Going on from a run: on nodes that it left, with what it was given; and only on as many nodes as expected.
@Suite(.serialized, .thisMachineItself) struct ContinuationTests {
    private static let runbook = """
        schema_version: 1
        name: greet
        version: 1
        title: Greets
        targets: "@*"
        strategy: {max_failures: 1}
        parameters:
          word: {type: string, description: What is said}
          words: {type: list<string>, default: [], description: What is said too}
          level: {type: int, default: 1, description: How loudly}
        detect:
          - name: greeted
            probe: test -e "$HOME/$word"
            healthy: {exit: 0}
            causes: [{id: silent, when: {exit: 1}}]
        steps:
          - name: greet
            run: touch "$HOME/$word"
            undo: rm -f "$HOME/$word"
            effect: idempotent
        verify: [detect]
        """

    /// A run that ended `remediated` on n1 and `unreachable` on n2.
    private func withFormerRun(
        _ body: (Installation, RunService, RunID) async throws -> Void
    ) async throws {
        try await SSHDFixture.with { sshd in
            let inventory = Installation.oneNode(sshd).replacingOccurrences(
                of: "nodes: {n1: {address: 127.0.0.1}}",
                with: "nodes: {n1: {address: 127.0.0.1}, n2: {address: 127.0.0.1, ssh: {port: 1}}}")
            let site = try Installation(sshd, inventory: inventory, runbooks: ["greet": Self.runbook])
            let ending = try await site.carryOut(
                RunOrder(
                    kind: .apply, runbook: "greet", selector: "n[1-2]",
                    parameters: ["word": "hello", "words": "a,b", "level": "7"]))
            #expect(ending.state.counts == [.remediated: 1, .unreachable: 1], "\(ending.state.nodes)")
            let service = try await RunService(Workspace(site.settings))
            try await body(site, service, try #require(ending.state.header?.id))
            try await service.close()
        }
    }

    @Test func aRunThatGoesOnHasTheFormerParametersButForThoseGivenNow() async throws {
        try await withFormerRun { site, service, run in
            var order = RunOrder(
                kind: .apply, runbook: "greet", previous: PreviousNodes(run: run.description, outcomes: [.unreachable]))
            let same = try await service.prepare(order)
            #expect(same.nodes.folded == "n2")
            #expect(
                same.parameters["n2"] == [
                    "word": .string("hello"), "words": .list([.string("a"), .string("b")]), "level": .int(7),
                ])
            let notice = "parameters are those of run \(run.short), but for what is given now"
            #expect(same.warnings.contains(notice), "\(same.warnings)")
            // Recorded as that run, whatever else is the last one later.
            order.previous?.run = "last"
            #expect(try await service.prepare(order).header.selector == "from run \(run.short)")
            order.parameters = ["word": "bye"]
            #expect(try await service.prepare(order).parameters["n2"]?["word"] == .string("bye"))
            #expect(try await service.prepare(order).parameters["n2"]?["level"] == .int(7))

            // Another version may mean something else by them.
            try site.folder.write(
                "runbooks/greet.yaml",
                Self.runbook.replacingOccurrences(of: "version: 1\ntitle", with: "version: 2\ntitle"))
            order.parameters = [:]
            let other = order
            await #expect(throws: (any Error).self) { try await service.prepare(other) }
        }
    }

    @Test func aRunOnTheControllerItselfIsGoneOnWithLikeAnyOther() async throws {
        try await SSHDFixture.with { sshd in
            let here = """
                schema_version: 1
                name: here
                version: 1
                title: Works on the controller
                targets: controller
                detect:
                  - name: done
                    probe: exit 1
                    healthy: {exit: 0}
                    causes: [{id: undone, when: {exit: 1}}]
                steps:
                  - name: nothing
                    run: "true"
                    undo: "true"
                    effect: idempotent
                verify: [detect]
                """
            let site = try Installation(
                sshd, inventory: Installation.oneNode(sshd), runbooks: ["here": here])
            let ending = try await site.carryOut(RunOrder(kind: .diagnose, runbook: "here"))
            #expect(ending.state.counts == [.broken: 1], "\(ending.state.nodes)")
            let run = try #require(ending.state.header?.id)
            let service = try await RunService(Workspace(site.settings))
            let next = try await service.prepare(
                RunOrder(
                    kind: .diagnose, runbook: "here",
                    previous: PreviousNodes(run: run.description, outcomes: [.broken])))
            #expect(next.nodes.folded == "controller")
            try await service.close()
        }
    }

    @Test func aRunIsNotGoneOnWithWhereARollbackHasUndoneIt() async throws {
        try await SSHDFixture.with { sshd in
            let node = try TemporaryFolder(prefix: "node")
            let runbook = """
                schema_version: 1
                name: greet
                version: 1
                title: Greets
                targets: "@*"
                on_failure: ask
                detect:
                  - name: greeted
                    probe: test -e \(node.root)/second
                    healthy: {exit: 0}
                    causes: [{id: silent, when: {exit: 1}}]
                steps:
                  - name: first
                    run: touch \(node.root)/first
                    undo: rm -f \(node.root)/first
                    effect: idempotent
                  - name: second
                    run: test -e \(node.root)/ready && touch \(node.root)/second
                    undo: rm -f \(node.root)/second
                    effect: idempotent
                verify: [detect]
                """
            let site = try Installation(
                sshd, inventory: Installation.oneNode(sshd), runbooks: ["greet": runbook])
            let held = try await site.carryOut(RunOrder(kind: .apply, runbook: "greet", selector: "n1"))
            #expect(held.state.nodes["n1"]?.outcome?.isHeld == true, "\(held.state.nodes)")
            let run = try #require(held.state.header?.id).description
            let service = try await RunService(Workspace(site.settings))
            let prepared = try await service.prepareRollback(run, nodes: nil, force: false)
            let rolledBack = try await service.carryOutRollback(
                prepared, control: RunControl(), observe: { _ in })
            #expect(rolledBack.state.counts == [.rolledBack: 1], "\(rolledBack.state.nodes)")
            let rollback = try #require(rolledBack.state.header?.id)
            let undone = try await RunRecord(run, in: service.journal).undone["n1"]
            #expect(undone?.rollback == rollback)
            #expect(undone?.isWhole == true)

            try node.write("ready", "")
            let resumed = try await service.resume(run, control: RunControl(), observe: { _ in })
            #expect(resumed.state.counts == [.skipped: 1], "\(resumed.state.nodes)")
            #expect(resumed.exitStatus == 2)
            #expect(resumed.state.stopReason?.contains(rollback.short) == true)
            #expect(!FileManager.default.fileExists(atPath: node.path("second")))
            try await service.close()
        }
    }

    @Test func whatWasPrunedIsNeitherUndoneNorGoneOnWithAndThatIsSaid() async throws {
        try await withFormerRun { _, service, run in
            let pruned = try await service.journal.prune(endedBefore: .max)
            #expect(pruned == [run])
            let undoing = await #expect(throws: RequestError.self) {
                _ = try await service.prepareRollback(run.description, nodes: nil, force: false)
            }
            let goingOn = await #expect(throws: RequestError.self) {
                _ = try await service.resume(run.description, control: RunControl(), observe: { _ in })
            }
            for error in [undoing, goingOn] {
                #expect(error?.kind == .refused)
                let text = error?.description ?? ""
                #expect(text.contains("Run \(run.short) can't be undone") && text.contains("db prune"), "\(text)")
                #expect(text.contains("runbook report \(run.short)"), "\(text)")
            }
        }
    }

    @Test func rollbackAndResumeAreRefusedForAnotherNumberOfNodes() async throws {
        try await withFormerRun { _, service, run in
            let name = run.description
            await #expect(throws: RequestError.self) {
                try await service.prepareRollback(name, nodes: nil, expected: 3, force: false)
            }
            let one = try await service.prepareRollback(name, nodes: "n1", expected: 1, force: false)
            #expect(one.nodes.count == 1)
            let error = await #expect(throws: RequestError.self) {
                _ = try await service.resume(name, expected: 3, control: RunControl(), observe: { _ in })
            }
            #expect(error?.description.contains("3 nodes were expected") == true, "\(String(describing: error))")
        }
    }
}
