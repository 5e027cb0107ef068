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

    @Test func whatWasPrunedIsNeitherUndoneNorGoneOnWithAndThatIsSaid() async throws {
        try await withFormerRun { _, service, run in
            #expect(try await service.journal.prune(endedBefore: .max) == [run])
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
