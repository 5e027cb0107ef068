import Foundation
import Model
import TestSupport
import Testing

/// What an approved plan was made of is changed after the approval, one thing at a time.
@Suite(.serialized, .nodesOfThisMachine) struct ApprovedDriftTests {
    private static let fix = """
        schema_version: 1
        name: fix
        version: 1
        title: Writes a file
        targets: "@*"
        use: [probes/shared]
        parameters:
          token: {type: secret, from: "file:NODE/token"}
        approve: {approvers: ["role:leads"], min_approvals: 2}
        detect:
          - name: looks
            answer: lines
            probe: |
              test -e NODE/done && { echo healthy; exit; }
              printf 'fact kernel %s\\ncause missing it is\\n' "$(cat NODE/kernel)"
              test ! -e NODE/broken || echo 'cause broken it is'
        steps:
          - name: write
            file: {path: NODE/conf, content: "kernel ${{ node.facts.kernel }} level ${{ node.vars.level }}\\n"}
          - name: template
            file: {path: NODE/template, template: text.mustache}
          - {name: child, runbook: child}
          - name: mark
            plugin: {name: mark}
          - name: make
            effect: once
            env: {RACK: "${{ node.labels.rack }}"}
            run: cat "$token_file" >/dev/null; echo x >>NODE/count; touch NODE/done
            undo: rm -f NODE/done
        verify: [{name: done, probe: test -e NODE/done, healthy: {exit: 0}}]
        """

    private static let child = """
        schema_version: 1
        name: child
        version: 1
        title: Writes another file
        targets: "@*"
        steps: [{name: also, file: {path: NODE/child, content: "as approved"}}]
        """

    private static let shared = """
        schema_version: 1
        name: shared
        detect: [{name: there, probe: test -d NODE, healthy: {exit: 0}}]
        """

    /// A change of one file, and what is told of it.
    private struct Change {
        var file: String
        var from: String
        var to: String
        var told: String
    }

    private func inventory(_ sshd: SSHDFixture) -> String {
        """
        schema_version: 1
        defaults:
          ssh: {user: \(sshd.user), port: \(sshd.port), identity_file: \(sshd.userKeyPath)}
          become: {method: none}
        nodes: {n1: {address: 127.0.0.1, labels: {rack: r1}}}
        vars: {n1: {level: 1}}
        """
    }

    /// Files whose bytes are kept with a run, and are refused in a plan file's stead once they differ.
    private static let kept = [
        Change(file: "runbooks/fix.yaml", from: "touch NODE/done", to: "touch NODE/done NODE/evil", told: ""),
        Change(file: "runbooks/text.mustache", from: "as approved", to: "evil", told: ""),
        Change(file: "runbooks/child.yaml", from: "as approved", to: "evil", told: ""),
        Change(file: "runbooks/probes/shared.yaml", from: "test -d", to: "touch NODE/evil; test -d", told: ""),
    ]

    private func with(_ body: (ApprovalSite, SSHDFixture) async throws -> Void) async throws {
        try await SSHDFixture.with { sshd in
            let site = try ApprovalSite(sshd, runbooks: ["fix": Self.fix, "child": Self.child])
            try FileManager.default.createDirectory(
                atPath: site.folder.path("runbooks/probes"), withIntermediateDirectories: true,
                attributes: [.posixPermissions: 0o700])
            try site.folder.write("runbooks/probes/shared.yaml", absolute(Self.shared, site))
            try site.folder.write("runbooks/text.mustache", "{{node.name}} as approved\n")
            try site.folder.write("inventory/site.yaml", inventory(sshd))
            try site.folder.write(
                "runbook.yaml", try site.folder.read("runbook.yaml") + "\nplugins: plugins\nplugin_sandbox: none\n")
            // Written by another process: a file that this one has open while a thread starts a process can't be run.
            try PluginSite.shell(
                """
                mkdir -p -m 755 '\(site.folder.path("plugins/step/mark"))'; cd '\(site.folder.path("plugins/step/mark"))'
                chmod 755 ../.. ..
                cat >plugin.yaml <<'END'
                schema_version: 1
                name: mark
                kind: step
                summary: Marks.
                executable: mark
                undo: true
                effect: idempotent
                END
                cat >mark <<'END'
                #!/bin/sh
                request=$(cat)
                case $request in *'"operation":"check"'*) echo '{"changes": true, "state": {}}' ;; *) echo '{"text": "marked"}' ;; esac
                END
                chmod 755 mark
                """)
            for (file, text) in [("kernel", "6.1"), ("conf", "old\n"), ("token", "secret one")] {
                try site.folder.write("node/\(file)", text)
            }
            try await body(site, sshd)
        }
    }

    private func absolute(_ text: String, _ site: ApprovalSite) -> String {
        text.replacing("NODE", with: site.folder.path("node").replacing("//", with: "/"))
    }

    /// Changes a file in place.
    private func change(_ change: Change, _ site: ApprovalSite) throws {
        let path = change.file.hasPrefix("/") ? change.file : site.folder.path(change.file)
        let old = (try? String(contentsOfFile: path, encoding: .utf8)) ?? ""
        let new = old.replacing(absolute(change.from, site), with: absolute(change.to, site))
        try #require(new != old, "\(change)")
        try Data(new.utf8).write(to: URL(fileURLWithPath: path))
    }

    private func back(_ change: Change) -> Change {
        Change(file: change.file, from: change.to, to: change.from, told: "")
    }

    @Test(.timeLimit(.minutes(10))) func eachIsToldAndNothingIsDone() async throws {
        try await with { site, sshd in
            let hostKeys = try String(contentsOfFile: sshd.knownHostsPath, encoding: .utf8)
            let firstKey = try #require(hostKeys.split(separator: "\n").first.map { "\($0)\n" })
            let changes = [
                Change(
                    file: "inventory/site.yaml", from: "127.0.0.1", to: "127.0.0.2",
                    told: "n1: its address was 127.0.0.1:\(sshd.port) and is 127.0.0.2:\(sshd.port)"),
                Change(
                    file: "inventory/site.yaml", from: "port: \(sshd.port)", to: "port: 1",
                    told: "n1: its address was 127.0.0.1:\(sshd.port) and is 127.0.0.1:1"),
                Change(
                    file: "inventory/site.yaml", from: "user: \(sshd.user)", to: "user: nobody",
                    told: "n1: its user was \(sshd.user) and is nobody"),
                Change(
                    file: "inventory/site.yaml", from: "ssh: {", to: "ssh: {proxy_jump: [127.0.0.9], ",
                    told: "n1: its jump hosts were changed"),
                Change(
                    file: "inventory/site.yaml", from: "method: none", to: "method: sudo",
                    told: "n1: its become user was changed"),
                Change(
                    file: sshd.knownHostsPath, from: firstKey, to: "", told: "n1: its recorded host keys were changed"),
                Change(
                    file: "inventory/site.yaml", from: "rack: r1", to: "rack: r2",
                    told: "n1: step 'make' would do something else now"),
                Change(
                    file: "inventory/site.yaml", from: "level: 1", to: "level: 2",
                    told: "n1: step 'write' would do something else now"),
                Change(
                    file: "node/kernel", from: "6.1", to: "6.2", told: "n1: step 'write' would do something else now"),
                Change(file: "node/conf", from: "old", to: "another", told: "n1: step 'write' finds another value"),
                Change(file: "node/token", from: "one", to: "two", told: "n1: parameter token has another value"),
                Change(
                    file: "plugins/step/mark/mark", from: "marked", to: "marked!",
                    told: "n1: step 'mark' would do something else now"),
            ]
            for each in changes {
                let (run, plan) = try site.waiting()
                let first = try site.approve("alice", run, plan)
                #expect(first.status == 0, "\(each): \(first.error)")
                try change(each, site)
                let second = try site.approve("bob", run, plan)
                #expect(second.status == 0, "\(each): \(second.error)")
                let ending = try await site.ending(of: run)
                if each.to.isEmpty {
                    try Data(hostKeys.utf8).write(to: URL(fileURLWithPath: each.file))
                } else {
                    try change(back(each), site)
                }
                #expect(ending.status == 2, "\(each)")
                // A node that can't be reached any more on the new way is not even asked.
                let ends = Set(ending.counts.keys)
                #expect(ends == ["not_started"] || ends == ["unreachable"], "\(each): \(ends)")
                #expect(ending.reason.contains(each.told), "\(each): \(ending.reason)")
                #expect(site.node("count").isEmpty && site.node("conf") == "old\n", "\(each)")
                #expect(try site.audit(run).allSatisfy { $0.action != "step.intended" }, "\(each)")
            }
            // The same without a change.
            let (run, plan) = try site.waiting()
            _ = try site.approve("alice", run, plan)
            _ = try site.approve("bob", run, plan)
            let ending = try await site.ending(of: run)
            #expect(ending.counts == ["remediated": 1], "\(ending)")
            #expect(site.node("conf") == "kernel 6.1 level 1\n")
        }
    }

    @Test(.timeLimit(.minutes(10))) func whatWasApprovedIsWhatRuns() async throws {
        try await with { site, _ in
            let (run, plan) = try site.waiting()
            #expect(try site.approve("alice", run, plan).status == 0)
            for each in Self.kept { try change(each, site) }
            #expect(try site.approve("bob", run, plan).status == 0)
            let ending = try await site.ending(of: run)
            #expect(ending.counts == ["remediated": 1], "\(ending)")
            #expect(site.node("template") == "n1 as approved\n")
            #expect(site.node("child") == "as approved")
            #expect(!FileManager.default.fileExists(atPath: site.folder.path("node/evil")))
            #expect(FileManager.default.fileExists(atPath: site.folder.path("node/done")))
        }
    }

    @Test(.timeLimit(.minutes(10))) func aPlanFileOfOtherFilesIsRefused() async throws {
        try await with { site, _ in
            let file = site.folder.path("plan.json")
            let planned = try site.run("carol", "plan", "fix", "--nodes", "n1", "-o", file)
            #expect(planned.status == 0, "\(planned.output)\(planned.error)")
            for each in Self.kept {
                try change(each, site)
                let refused = try site.run("carol", "apply", "--plan", file, "--yes")
                try change(back(each), site)
                #expect(refused.status == 2, "\(each): \(refused.output)\(refused.error)")
                #expect(refused.error.contains("was changed since the plan was made"), "\(each): \(refused.error)")
            }
            // Put back, it is the one that was planned.
            let taken = try site.run("carol", "apply", "--plan", file, "--yes")
            #expect(taken.status == 3, "\(taken.output)\(taken.error)")
        }
    }

    @Test(.timeLimit(.minutes(10))) func whoIsNoApproverAnyMoreHasApprovedNothing() async throws {
        try await with { site, _ in
            // With the others there are two again, or there can never be two.
            for (others, isPossible) in [("bob, dave", true), ("bob", false)] {
                let (run, plan) = try site.waiting()
                #expect(try site.approve("alice", run, plan).status == 0)
                let leads = Change(
                    file: "inventory/access.yaml", from: "leads: [alice, bob]", to: "leads: [\(others)]", told: "")
                try change(leads, site)
                let second = try site.approve("bob", run, plan)
                if isPossible {
                    #expect(second.output.contains("1 of 2 approvals is missing"), "\(second.output)\(second.error)")
                    #expect(try site.run("carol", "resume", run).status == 3)
                } else {
                    let ending = try await site.ending(of: run)
                    #expect(ending.status == 2 && ending.counts == ["not_started": 1], "\(ending)")
                }
                try change(back(leads), site)
                #expect(site.node("count").isEmpty)
                #expect(try site.audit(run).allSatisfy { $0.action != "approval.used" && $0.action != "step.intended" })
            }
        }
    }
}
