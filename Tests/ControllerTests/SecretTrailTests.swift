import Foundation
import Glibc
import TestSupport
import Testing

/// A marked secret goes through steps that print it, trace it, fail with it and are killed with it: it is nowhere afterwards.
@Suite(.serialized, .nodesOfThisMachine) struct SecretTrailTests {
    private static let runbook = """
        schema_version: 1
        name: rotate
        version: 1
        title: Sets a password
        targets: "@*"
        parameters:
          password: {type: secret}
        detect:
          - name: told
            probe: |
              cat "$password_file" 2>/dev/null
              cmp -s "$password_file" NODE/password || exit 1
            healthy: {exit: 0}
            causes: [{id: differs, when: {exit: 1}}]
        steps:
          - name: set
            run: umask 077; cat "$password_file" >NODE/password; cat "$password_file"
            undo: rm -f NODE/password
            effect: idempotent
          - name: beside it
            edit: {path: NODE/password.conf, key: mode, value: strict, separator: " = "}
          - name: traced
            effect: once
            irreversible: true
            run: |
              set -x
              value=$(cat "$password_file")
              : "$value"
              printf '%s' "$value" | base64 >/dev/null
              echo "halves: $(printf %s "$value" | cut -c1-9)"; printf '%s' "$value" | cut -c10-
              echo "$value" >&2
              sleep 1
              exit 3
        on_failure: stop
        """

    private func searched(_ site: ApprovalSite, _ secret: String) -> [String] {
        var found: [String] = []
        let files = FileManager.default.enumerator(atPath: site.folder.root)
        while let name = files?.nextObject() as? String {
            guard !name.hasPrefix("given"), !name.hasPrefix("node/password"),
                let data = FileManager.default.contents(atPath: site.folder.path(name)),
                data.range(of: Data(secret.utf8)) != nil
            else { continue }
            found.append(name)
        }
        return found
    }

    /// Processes whose command line or environment has it.
    private func processes(_ secret: String) -> [String] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        return names.filter { Int($0) != nil }.flatMap { pid in
            ["cmdline", "environ"].filter { file in
                FileManager.default.contents(atPath: "/proc/\(pid)/\(file)")?.range(of: Data(secret.utf8)) != nil
            }.map { "\(pid)/\($0)" }
        }
    }

    @Test func itIsInNoFileNoOutputNoExportAndNoProcess() async throws {
        try await SSHDFixture.with { sshd in
            let site = try ApprovalSite(sshd, runbooks: ["rotate": Self.runbook])
            let secret = "Mark-\(UInt64.random(in: 1_000_000_000_000 ... .max))-Kram"
            try site.folder.write("given", secret)
            chmod(site.folder.path("given"), 0o600)
            let words = [
                "apply", "rotate", "--nodes", "n1", "--yes", "--param", "password=file:\(site.folder.path("given"))",
            ]
            // A difference of a file shows its neighbouring lines.
            try site.folder.write("node/password.conf", "user = root\npassword = \(secret)\nmode = lax\n")
            let dry = try site.run(words: "carol", words + ["--dry-run", "-vv"])
            #expect(dry.output.contains("password = ***"), "\(dry.output)\(dry.error)")
            #expect(!(dry.output + dry.error).contains(secret))
            let run = Task.detached(executorPreference: NodesOfThisMachine.threads) {
                try site.run(words: "carol", words + ["-vv"])
            }
            var seen: [String] = []
            for _ in 0..<40 {
                seen += processes(secret)
                try await Task.sleep(for: .milliseconds(50))
            }
            let ending = try await run.value
            #expect(ending.status == 1, "\(ending.output)\(ending.error)")
            #expect(site.node("password") == secret, "\(ending.output)\(ending.error)")
            #expect(seen == [])
            for words in [
                ["show", "last"], ["logs", "last"], ["report", "last"], ["audit", "list", "--output", "jsonl"],
                ["runs", "--output", "jsonl"], ["rollback", "last", "--yes", "--dry-run"],
            ] {
                let shown = try site.run(words: "carol", words)
                #expect(!(shown.output + shown.error).contains(secret), "\(words)")
            }
            #expect(!(ending.output + ending.error).contains(secret))
            let logs = try site.run("carol", "logs", "last", "--step", "traced")
            #expect(logs.output.contains("***"), "\(logs.output)\(logs.error)")

            // A controller that is killed while the secret is on its way leaves none behind either.
            try? FileManager.default.removeItem(atPath: site.folder.path("node/password"))
            let process = try site.start("carol", words[0], words[1], words[2], words[3], words[4], words[5], words[6])
            #expect(try await becomes { site.node("password") == secret })
            kill(process.processIdentifier, SIGKILL)
            process.waitUntilExit()
            let exported = try site.run(
                "carol", "audit", "export", "--since", "2020-01-01", "-o", site.folder.path("export"))
            #expect(exported.status == 0, "\(exported.error)")
            #expect(searched(site, secret) == [])
            #expect(FileManager.default.fileExists(atPath: site.folder.path("state/runbook.db")))
        }
    }

    /// Every verb that takes one: in a probe, a wait, a collection, a ladder, another runbook, an undo.
    private static let verbs = [
        "rotate": """
        schema_version: 1
        name: rotate
        version: 1
        title: Uses a secret everywhere
        targets: "@*"
        parameters:
          password: {type: secret}
        detect:
          - name: told
            probe: cat "$password_file"; test -e NODE/finished
            healthy: {exit: 0}
            causes: [{id: differs, when: {exit: 1}}]
        diagnose:
          - name: shown
            collect: cat "$password_file"
        steps:
          - name: kept
            collect: cat "$password_file" >&2; cat "$password_file"
          - name: waited for
            wait: {probe: cat "$password_file", timeout: 10s}
          - name: climbed
            escalate:
              rungs:
                - name: traced
                  shell: bash
                  run: |
                    set -x
                    value=$(<"$password_file")
                    echo "$value"
                  undo: "true"
                - name: finishing
                  run: cat "$password_file"; touch NODE/finished
                  undo: cat "$password_file"; rm -f NODE/finished
          - name: handed on
            runbook: {name: inner, parameters: {token: "${{ params.password }}"}}
        verify: [detect]
        """,
        "inner": """
        schema_version: 1
        name: inner
        version: 1
        title: Gets a secret
        targets: "@*"
        parameters:
          token: {type: secret}
        steps:
          - name: last
            run: cat "$token_file"; tr a-z A-Z <"$token_file" >/dev/null; exit 7
            undo: cat "$token_file" >&2
        """,
    ]

    @Test func itIsInNothingThatAVerbLeaves() async throws {
        try await SSHDFixture.with { sshd in
            let site = try ApprovalSite(sshd, runbooks: Self.verbs)
            let secret = "Mark-\(UInt64.random(in: 1_000_000_000_000 ... .max))-Kram"
            try site.folder.write("given", secret)
            let words = [
                "apply", "rotate", "--nodes", "n1", "--yes", "-vv", "--param",
                "password=file:\(site.folder.path("given"))",
            ]
            let ending = try site.run(words: "carol", words)
            let text = ending.output + ending.error
            #expect(ending.status == 1, "\(text)")
            let logs = try site.run("carol", "logs", "last", "--output", "jsonl")
            for step in ["kept", "traced", "finishing", "last"] {
                let lines = logs.output.split(separator: "\n").filter { $0.contains(step) && $0.contains("***") }
                #expect(!lines.isEmpty, "\(step): \(logs.output)\(logs.error)\(text)")
            }
            let exported = try site.run(
                "carol", "audit", "export", "--since", "2020-01-01", "-o", site.folder.path("export"))
            #expect(exported.status == 0, "\(exported.error)")
            for words in [["show", "last"], ["logs", "last"], ["report", "last"]] {
                let shown = try site.run(words: "carol", words)
                #expect(shown.status == 0, "\(shown.error)")
                try site.folder.write("shown-\(words.count)-\(words[0])", shown.output + shown.error)
            }
            #expect(!text.contains(secret))
            // As it is, and as base64, which is how the node's state could hold it.
            #expect(searched(site, secret) == [])
            #expect(searched(site, Data(secret.utf8).base64EncodedString()) == [])
            #expect(processes(secret) == [])
            for place in [sshd.stateFolder, "/run/runbook-node", "/var/log"] {
                let found = try Keygen.run(["-c", "grep -rlasF '\(secret)' \(place); true"], tool: "/bin/sh")
                #expect(found.isEmpty, "\(found)")
            }
        }
    }

    /// While it holds the secret the program may leave no dump, and in one that the kernel hands to another program whatever
    /// the limit is there would be none of its memory.
    @Test func nothingOfItWouldBeInADump() async throws {
        try await SSHDFixture.with { sshd in
            let hold = Self.runbook.replacing(
                "umask 077; cat", with: "touch NODE/begun; until [ -e NODE/go ]; do sleep 0.05; done; cat")
            let site = try ApprovalSite(sshd, runbooks: ["rotate": hold])
            try site.folder.write("given", "Mark-\(UInt64.random(in: 0 ... .max))")
            let process = try site.start(
                "carol", "apply", "rotate", "--nodes", "n1", "--yes", "--param",
                "password=file:\(site.folder.path("given"))")
            let begun = site.folder.path("node/begun")
            #expect(try await becomes { access(begun, F_OK) == 0 })
            let place = "/proc/\(process.processIdentifier)"
            #expect(try String(contentsOfFile: place + "/coredump_filter", encoding: .utf8) == "00000000\n")
            let limits = try String(contentsOfFile: place + "/limits", encoding: .utf8)
            #expect(limits.contains(#/Max core file size +0 +0 /#), "\(limits)")
            try site.folder.write("node/go", "")
            process.waitUntilExit()
        }
    }
}
