import Foundation
import TestSupport
import Testing

/// What plugins say, as it reaches a real terminal.
@Suite(.serialized, .thisMachineItself) struct TerminalPluginTests {
    private static let line = HostileText.quoted(HostileText.line)

    private static func runbook(_ name: String) -> String {
        """
        schema_version: 1
        name: \(name)
        version: 1
        title: Calls a plugin
        targets: controller
        steps:
          - name: call
            gate: none
            irreversible: true
            plugin: {name: \(name)}
        """
    }

    /// What would change it says in hostile words; it is then carried out by `apply`.
    private static func program(_ apply: String) -> String {
        """
        #!/bin/sh
        request=$(cat)
        case $request in
        *'"operation":"check"'*)
            cat <<'EOF'
        {"changes": true, "before": \(line), "after": \(line), "text": \(line)}
        EOF
            exit
            ;;
        esac
        \(apply)
        """
    }

    @Test func whatAStepsPluginSaysIsSpelledOut() async throws {
        let programs = [
            "refuse": "cat <<'EOF'\n{\"error\": \(Self.line)}\nEOF",
            "fail": "printf '%s\\n' '\(HostileText.line)' >&2; exit 7",
            "tell": "cat <<'EOF'\n{\"text\": \(Self.line)}\nEOF",
        ]
        try await SSHDFixture.with { sshd in
            let site = try PluginSite(
                sshd, runbooks: Dictionary(uniqueKeysWithValues: programs.keys.map { ($0, Self.runbook($0)) }))
            for (name, program) in programs {
                try site.add(name, "step", Self.program(program))
                for words in [
                    ["apply", name, "--dry-run"], ["apply", name, "--yes"], ["show", "last", "-n", "controller"],
                    ["report", "last"], ["logs", "last"], ["show", "last", "--output", "json"],
                ] {
                    let shown = try site.recordOnTerminal(words)
                    #expect(HostileText.acting(in: shown) == [], "\(name): \(words)")
                    let text = String(decoding: shown, as: UTF8.self)
                    // The plan tells what would change, the log what was said.
                    if words.contains("--dry-run") || words == ["logs", "last"] {
                        #expect(text.contains(HostileText.spelled), "\(name): \(words): \(text)")
                    }
                }
            }
        }
    }

    @Test func whatAnInventorySourceSaysIsSpelledOut() async throws {
        let nodes = "{\"g\": [\(Self.line)]}"
        try await SSHDFixture.with { sshd in
            let site = try PluginSite(sshd, runbooks: [:])
            try site.site.folder.write(
                "inventory/sources.yaml", "schema_version: 1\nsources: [{plugin: cloud, ttl: 5m}]\n")
            for program in [
                "printf '%s\\n' '\(HostileText.line)' >&2; exit 7", "cat <<'EOF'\n\(nodes)\nEOF",
                "printf '%s' '\(HostileText.line)'",
            ] {
                try site.site.folder.write("cloud", "#!/bin/sh\n\(program)\n")
                // Written by another process: what this one has open while a thread starts a process can't be run.
                let place = "plugins/inventory/cloud"
                try PluginSite.shell("cd '\(site.site.folder.root)' && cat cloud >\(place) && chmod 700 \(place)")
                for words in [["nodes", "list"], ["doctor"], ["lint"]] {
                    let shown = try site.recordOnTerminal(words)
                    #expect(HostileText.acting(in: shown) == [], "\(program): \(words)")
                    let text = String(decoding: shown, as: UTF8.self)
                    #expect(words != ["nodes", "list"] || text.contains("cloud"), "\(program): \(text)")
                }
            }
        }
    }
}
