import Model
import TestSupport
import Testing

@testable import Controller

/// A machine that is a target and, for the same run, the place where others' steps are done.
@Suite(.serialized, .thisMachineItself) struct SharedHostTests {
    private static let runbook = """
        schema_version: 1
        name: relay
        version: 1
        title: Works on a target and beside it
        targets: n1
        steps:
          - name: there
            gate: none
            irreversible: true
            run: echo there
          - name: here
            on: controller
            gate: none
            irreversible: true
            run: echo here
        """

    @Test func theControllerIsATargetThatIsReachedBySSH() async throws {
        var options = SSHDFixture.Options()
        options.sharesState = true
        try await SSHDFixture.with(options) { sshd in
            let installation = try Installation(
                sshd, inventory: Installation.oneNode(sshd), runbooks: ["relay": Self.runbook])
            let ending = try await installation.carryOut(RunOrder(kind: .apply, runbook: "relay", selector: "n1"))
            #expect(ending.state.counts == [.remediated: 1], "\(ending)")
            #expect(try await installation.outputs(of: ending.state.header?.id) == "there\nhere\n")
        }
    }
}
