import Foundation
import Glibc
import Relay
import TestSupport
import Testing

/// The command line of users who only have a service's socket, and a service that can't be believed.
@Suite(.serialized, .nodesOfThisMachine) struct ServedTests {
    private static let runbook = """
        schema_version: 1
        name: fix
        version: 1
        title: Puts a file there
        targets: "@*"
        approve: {approvers: ["role:leads"], min_approvals: 2}
        detect:
          - name: there
            probe: test -e NODE/done
            healthy: {exit: 0}
            causes: [{id: missing, when: {exit: 1}}]
        steps:
          - name: make
            effect: once
            run: echo x >>NODE/count; touch NODE/done
            undo: rm -f NODE/done
        verify: [detect]
        """

    private func with(_ body: (ApprovalSite) async throws -> Void) async throws {
        try await SSHDFixture.with { sshd in try await body(try ApprovalSite(sshd, runbooks: ["fix": Self.runbook])) }
    }

    /// A service whose program is the real one with `changes` made to what it prints, one `sed` script a line.
    private func lying(_ site: ApprovalSite, _ changes: String) throws -> RelayServer {
        try site.folder.write(
            "liar",
            """
            #!/bin/bash
            cd \(site.folder.root)
            unset RUNBOOK_SERVED_USER
            \(ApprovalSite.binary) "$@" | sed \(changes)
            exit "${PIPESTATUS[0]}"
            """)
        chmod(site.folder.path("liar"), 0o700)
        let server = try RelayServer(
            at: site.folder.path("socket"), program: site.folder.path("liar"),
            environment: [
                "HOME": site.folder.root, "PATH": "/usr/bin:/bin", "SUDO_USER": "alice", "SUDO_UID": "4242",
                "RUNBOOK_ALLOW_SHARED_MACHINES": "1",
            ]
        ) { _ in }
        server.start()
        return server
    }

    private func approve(_ site: ApprovalSite, _ run: String, _ plan: String) throws -> ApprovalSite.Result {
        try site.run(
            "alice", "approve", run, "--plan", plan, "--key", site.folder.path("keys/alice"), "--reason", "good",
            environment: ["RUNBOOK_SERVICE": site.folder.path("socket")])
    }

    @Test func anotherPlanThanThatOfTheDigestIsNotSigned() async throws {
        try await with { site in
            let (run, plan) = try site.waiting()
            let server = try lying(site, #"'s/"name":"make"/"name":"mako"/'"#)
            defer { server.stop() }
            let refused = try approve(site, run, plan)
            #expect(refused.status == 2)
            #expect(refused.error.contains("not the one of its digest"), "\(refused.error)")
            #expect(try site.audit().allSatisfy { $0.action != "approval.given" })
        }
    }

    @Test func anotherStatementThanWasAskedForIsNotSigned() async throws {
        for change in ["approve\\\\\"/deny\\\\\"", "good/bad", "start/step:make"] {
            try await with { site in
                let (run, plan) = try site.waiting()
                // Only what is to be signed is altered, not the plan.
                let server = try lying(site, "'/\"statement\"/s/\(change)/g'")
                defer { server.stop() }
                let refused = try approve(site, run, plan)
                #expect(refused.status == 2, "\(change): \(refused.output)")
                #expect(refused.error.contains("Nothing was signed"), "\(change): \(refused.error)")
                #expect(try site.audit().allSatisfy { $0.action != "approval.given" })
            }
        }
    }

    @Test func aServiceThatTellsTheTruthGetsTheApproval() async throws {
        try await with { site in
            let (run, plan) = try site.waiting()
            let server = try lying(site, "''")
            defer { server.stop() }
            let given = try approve(site, run, plan)
            #expect(given.status == 0, "\(given.error)")
            #expect(given.output.contains("1 of 2 approvals is missing"))
            #expect(try site.audit(run).contains { $0.action == "approval.given" && $0.detail["approver"] == "alice" })
        }
    }

    @Test func aStandingApprovalIsSignedForWhatWasShownAlone() async throws {
        let lies = [
            // What is to be signed is for another node, more runs, or other files than what was shown.
            (#"'/"statement"/s/n1/n[1-9]/'"#, "Nothing was signed"),
            (#"'/"statement"/s/\(count..:\)3/\130/'"#, "Nothing was signed"),
            (#"'/"statement"/s/source..:../&0/'"#, "Nothing was signed"),
            // What is shown is for more runs than were asked for.
            (#"'/"statement"/!s/"count":3/"count":30/'"#, "Nothing was signed"),
        ]
        for (change, refusal) in lies {
            try await with { site in
                let server = try lying(site, change)
                defer { server.stop() }
                let refused = try site.standing("n1", "3", environment: ["RUNBOOK_SERVICE": site.folder.path("socket")])
                #expect(refused.status == 2, "\(change): \(refused.output)")
                #expect(refused.error.contains(refusal), "\(change): \(refused.error)")
                #expect(try site.audit().allSatisfy { $0.action != "standing.given" })
            }
        }
        try await with { site in
            let server = try lying(site, "''")
            defer { server.stop() }
            let given = try site.standing("n1", "3", environment: ["RUNBOOK_SERVICE": site.folder.path("socket")])
            #expect(given.status == 0, "\(given.error)")
            #expect(try site.audit().contains { $0.action == "standing.given" && $0.detail["approver"] == "alice" })
        }
    }

    /// The real service at the socket, in the namespaces of `prefix`; anybody on this machine may connect.
    private func serve(_ site: ApprovalSite, _ prefix: [String] = []) async throws -> ServerProcess {
        let socket = site.folder.path("socket")
        let words =
            prefix + ["/usr/bin/env", "-C", site.folder.root, "HOME=\(site.folder.root)", ApprovalSite.binary]
            + ["serve", "--socket", socket]
        let service = try ServerProcess(executable: words[0], arguments: Array(words.dropFirst()))
        guard await service.becomes({ FileManager.default.fileExists(atPath: socket) }) else {
            throw SSHDFixture.Failure("the service does not listen")
        }
        chmod(site.folder.root, 0o711)
        chmod(socket, 0o666)
        return service
    }

    /// What the service answers to a user by number.
    private func ask(_ site: ApprovalSite, as user: Int, _ words: String...) throws -> ApprovalSite.Result {
        // The program may lie where only root can go: it is given to them as an open file.
        let command =
            "exec 9<\(ApprovalSite.binary); exec /usr/bin/setpriv --reuid \(user) --regid \(user) --clear-groups"
            + " /usr/bin/env -i -C / HOME=/nonexistent RUNBOOK_SERVICE=\(site.folder.path("socket"))"
            + " /proc/self/fd/9 \"$@\""
        let process = SpawnedProcess()
        process.executableURL = URL(fileURLWithPath: "/bin/bash")
        process.arguments = ["-c", command, "bash"] + words
        let (output, error) = (Pipe(), Pipe())
        process.standardOutput = output
        process.standardError = error
        process.standardInput = FileHandle.nullDevice
        try process.run()
        let printed = output.fileHandleForReading.readDataToEndOfFile()
        let said = error.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return ApprovalSite.Result(
            status: process.terminationStatus, output: String(decoding: printed, as: UTF8.self),
            error: String(decoding: said, as: UTF8.self))
    }

    @Test func whoAsksIsWhomTheKernelNamesAndNobodyElseIsServed() async throws {
        try await with { site in
            let service = try await serve(site)
            defer { service.stop() }
            // A user of this machine that no rule allows anything: not who they say they are, but who they are.
            let daemon = try ask(site, as: 1, "apply", "fix", "--nodes", "n1", "--yes")
            #expect(daemon.status == 2)
            #expect(
                daemon.error.contains("user daemon, who is no person of the access file may not apply"),
                "\(daemon.error)")
            // A number without a name.
            let nameless = try ask(site, as: 4_200_001, "runs")
            #expect(nameless.status == 2)
            #expect(nameless.error.contains("User 4200001 has no name on this machine"), "\(nameless.error)")
            #expect(site.node("count").isEmpty)
        }
    }

    @Test func aUserWithoutANumberInTheServicesNamespaceIsRefused() async throws {
        try await with { site in
            let service = try await serve(site, ["/usr/bin/unshare", "--user", "--map-root-user"])
            defer { service.stop() }
            let unmapped = try ask(site, as: 1, "runs")
            #expect(unmapped.status == 2)
            #expect(
                unmapped.error.contains("no number in the service's own user namespace"),
                "\(unmapped.error)\(unmapped.output)")
        }
    }

    @Test func whatOnlyTheKeeperOfTheServiceMayIsNotServed() async throws {
        try await with { site in
            let service = try await serve(site)
            defer { service.stop() }
            // Handed over as they are, whatever the command line on this side would do.
            let export = site.folder.path("export")
            let client = RelayClient(path: site.folder.path("socket"), environment: [:])
            for words in [
                ["db", "vacuum"], ["serve"], ["nodes", "keys", "accept", "n1"], ["audit", "anchor"],
                ["approve", "last", "--plan", "00000000"], ["standing", "give", "fix"],
                ["audit", "export", "-o", export], ["runs", "--db", "/tmp/other.db"],
                ["apply", "fix", "--host-keys", "off"], ["list", "--runbooks", "/tmp"],
            ] {
                let (status, _) = try client.ask(words)
                #expect(status == 2 || status == 64, "\(words): \(status)")
            }
            #expect(!FileManager.default.fileExists(atPath: export))
        }
    }
}
