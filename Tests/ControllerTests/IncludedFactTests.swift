import Model
import TestSupport
import Testing

@testable import Controller

/// A node's fact as the parameter of an included runbook.
@Suite(.serialized, .nodesOfThisMachine) struct IncludedFactTests {
    private static let outer = """
        schema_version: 1
        name: outer
        version: 1
        title: Gives a fact on
        targets: n1
        detect:
          - name: looks
            answer: lines
            probe: printf 'fact unit %s\\ncause wrong it is\\n' 'FACT'
        steps:
          - name: inner
            runbook: {name: child, parameters: {unit: "${{ node.facts.unit }}"}}
        verify: [{name: done, probe: "true", healthy: {exit: 0}}]
        """

    private static let child = """
        schema_version: 1
        name: child
        version: 1
        title: Is given a fact
        targets: "@*"
        parameters: {unit: {type: string, pattern: "[a-z]+"}}
        steps:
          - name: say
            gate: none
            irreversible: true
            run: echo "unit is $unit"
        """

    private func run(_ fact: String, _ body: (Installation, RunEndState) async throws -> Void) async throws {
        try await SSHDFixture.with { sshd in
            let installation = try Installation(
                sshd, inventory: Installation.oneNode(sshd),
                runbooks: ["outer": Self.outer.replacing("FACT", with: fact), "child": Self.child])
            let ending = try await installation.carryOut(
                RunOrder(kind: .apply, runbook: "outer", selector: "n1"))
            try await body(installation, ending)
        }
    }

    @Test func itReachesTheStepsOfTheIncludedRunbook() async throws {
        try await run("sshd") { installation, ending in
            #expect(ending.state.counts == [.remediated: 1], "\(ending.state)")
            let printed = try await installation.outputs(of: ending.state.header?.id)
            #expect(printed.contains("unit is sshd\n"), "\(printed)")
        }
    }

    @Test func oneThatDoesNotFitThePatternReachesNothing() async throws {
        for fact in ["../evil", ""] {
            try await run(fact) { installation, ending in
                #expect(ending.state.counts == [.skipped: 1], "\(fact)")
                let text = ending.state.nodes["n1"]?.outcome?.text ?? ""
                #expect(text.contains("parameter 'unit' of child"), "\(text)")
            }
        }
    }
}
