import Foundation
import Glibc
import TestSupport
import Testing

/// A marked secret goes through steps that print it, trace it, fail with it and are killed with it: it is nowhere afterwards.
@Suite(.serialized, .oneMachine) struct SecretTrailTests {
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
            let run = Task.detached { try site.run(words: "carol", words + ["-vv"]) }
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
            try await Task.sleep(for: .milliseconds(900))
            kill(process.processIdentifier, SIGKILL)
            process.waitUntilExit()
            let exported = try site.run(
                "carol", "audit", "export", "--since", "2020-01-01", "-o", site.folder.path("export"))
            #expect(exported.status == 0, "\(exported.error)")
            #expect(searched(site, secret) == [])
            #expect(FileManager.default.fileExists(atPath: site.folder.path("state/runbook.db")))
        }
    }
}
