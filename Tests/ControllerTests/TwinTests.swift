import Foundation
import Glibc
import Model
import TestSupport
import Testing

@testable import Controller

/// Two names for one machine, and two machines of one image, on real servers.
@Suite(.serialized, .nodesOfThisMachine) struct TwinTests {
    private func runbook(_ counter: String) -> String {
        """
        schema_version: 1
        name: count
        version: 1
        title: Counts how often it ran
        targets: "@*"
        steps:
          - name: count
            gate: none
            irreversible: true
            run: echo x >>\(counter)
        """
    }

    private func site(_ first: SSHDFixture, second port: UInt16, _ counter: String) throws -> Installation {
        try Installation(
            first, inventory: Installation.nodes(first, ports: [first.port, port]),
            runbooks: ["count": runbook(counter)])
    }

    @Test func anAliasInTheInventoryIsRefusedWithWhatItIsAnAliasOfBeforeTheFirstChange() async throws {
        try await SSHDFixture.with { sshd in
            let counter = sshd.folder.path("counter")
            let site = try site(sshd, second: sshd.port, counter)
            var settings = site.settings
            settings.allowsSharedMachines = false
            let order = RunOrder(kind: .apply, runbook: "count", selector: "n1,n2")
            let refused = try await site.carryOut(order, settings: settings)
            #expect(refused.state.counts == [.inconclusive: 2], "\(refused.state.nodes)")
            for (name, other) in [("n1", "n2"), ("n2", "n1")] {
                let text = refused.state.nodes[name]?.outcome?.text ?? ""
                #expect(text.contains("the same machine as \(other)"), "\(text)")
            }
            #expect(!FileManager.default.fileExists(atPath: counter))
            // One of them alone is a node like any other.
            let alone = try await site.carryOut(
                RunOrder(kind: .apply, runbook: "count", selector: "n2"), settings: settings)
            #expect(alone.state.counts == [.remediated: 1], "\(alone.state.nodes)")
            #expect(try sshd.folder.read("counter") == "x\n")
        }
    }

    /// A clone has its origin's machine id, and a boot of its own.
    @Test(.enabled(if: geteuid() == 0, "it takes root to show another boot id"))
    func aCloneWithTheSameMachineIdIsAMachineOfItsOwn() async throws {
        let clone = try TemporaryFolder(prefix: "clone")
        try clone.write("boot_id", UUID().uuidString.lowercased() + "\n")
        try FileManager.default.createDirectory(
            atPath: clone.path("state"), withIntermediateDirectories: false, attributes: [.posixPermissions: 0o700])
        try clone.write(
            "serve",
            """
            exec unshare -m sh -c 'mount --bind \(clone.path("boot_id")) /proc/sys/kernel/random/boot_id \
            && mkdir -p -m 700 /var/lib/runbook-node && mount --bind \(clone.path("state")) /var/lib/runbook-node \
            && exec /bin/sh -c "$SSH_ORIGINAL_COMMAND"'
            """)
        try await SSHDFixture.with { origin in
            var options = SSHDFixture.Options()
            options.configuration = ["ForceCommand exec /bin/sh \(clone.path("serve"))"]
            try await SSHDFixture.with(options) { other in
                try other.addAuthorizedKey(try origin.folder.read("user.pub"))
                let counter = origin.folder.path("counter")
                let site = try site(origin, second: other.port, counter)
                var settings = site.settings
                settings.allowsSharedMachines = false
                settings.knownHosts = [origin.knownHostsPath, other.knownHostsPath]
                let ending = try await site.carryOut(
                    RunOrder(kind: .apply, runbook: "count", selector: "n1,n2"), settings: settings)
                #expect(ending.state.counts == [.remediated: 2], "\(ending.state.nodes)")
                #expect(try origin.folder.read("counter") == "x\nx\n")
                let journal = try await Workspace(settings).journal()
                let run = try #require(ending.state.header?.id)
                let attempts = try await journal.attempts(of: run, nodes: nil, step: "count")
                try await journal.close()
                #expect(Set(attempts.map(\.machineID)).count == 1)
                #expect(Set(attempts.map(\.bootID)).count == 2, "\(attempts)")
            }
        }
    }
}
