import Foundation
import Glibc
import Model
import TestSupport
import Testing

@testable import Controller

/// A machine that took the place of another under a node's name, with its host key.
@Suite(.serialized, .nodesOfThisMachine) struct KnownMachinesTests {
    @Test(.enabled(if: geteuid() == 0, "it takes root to show another machine id"))
    func anotherMachineIsChangedOnlyOnceItsKeyWasAcceptedSince() async throws {
        let shown = try TemporaryFolder(prefix: "machine")
        defer { withExtendedLifetime(shown) {} }
        try shown.write(
            "serve",
            """
            exec unshare -m sh -c 'mount --bind \(shown.path("machine-id")) /etc/machine-id \
            && exec /bin/sh -c "$SSH_ORIGINAL_COMMAND"'
            """)
        func become(_ digit: String) throws {
            try shown.write("machine-id", String(repeating: digit, count: 32) + "\n")
        }
        try become("a")
        var options = SSHDFixture.Options()
        options.configuration = ["ForceCommand exec /bin/sh \(shown.path("serve"))"]
        try await SSHDFixture.with(options) { sshd in
            let site = try Installation(
                sshd, inventory: Installation.oneNode(sshd), runbooks: ["look": Installation.look])
            let counter = sshd.folder.path("counter")
            let order = RunOrder(kind: .exec, selector: "n1", command: ["sh", "-c", "echo x >>\(counter)"])
            for _ in 0..<2 { #expect(try await site.carryOut(order).exitStatus == 0) }

            try become("b")
            let refused = try await site.carryOut(order)
            #expect(refused.state.counts == [.unreachable: 1], "\(refused.state.nodes)")
            let outcome = try #require(refused.state.nodes["n1"]?.outcome)
            #expect(outcome.text.contains("n1 is another machine than the one that run"), "\(outcome)")
            #expect(outcome.hint?.contains("runbook nodes keys accept n1") == true, "\(outcome)")
            #expect(try sshd.folder.read("counter") == "x\nx\n")
            // It may be looked at, which does not make it known.
            let looked = try await site.carryOut(RunOrder(kind: .diagnose, runbook: "look", selector: "n1"))
            #expect(looked.state.counts == [.healthy: 1], "\(looked.state.nodes)")
            #expect(try await site.carryOut(order).state.counts == [.unreachable: 1])

            let accepted = try await HostKeyCare(Workspace(site.settings)).accept("n1", expected: 1)
            let areGood = accepted.allSatisfy { $0.isGood }
            #expect(areGood, "\(accepted)")
            #expect(try await site.carryOut(order).exitStatus == 0)
            #expect(try await site.carryOut(order).exitStatus == 0)

            // From now on this is the machine that is known.
            try become("a")
            #expect(try await site.carryOut(order).state.counts == [.unreachable: 1])
            let imaged = Installation.oneNode(sshd).replacing(
                "identity_file:", with: "shared_host_key: true, identity_file:")
            try site.folder.write("inventory/site.yaml", imaged)
            #expect(try await site.carryOut(order).exitStatus == 0)
            #expect(try sshd.folder.read("counter") == "x\nx\nx\nx\nx\n")
        }
    }
}
