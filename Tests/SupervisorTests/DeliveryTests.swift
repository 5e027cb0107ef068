import Foundation
import Model
import Testing

@testable import Supervisor

@Suite struct DeliveryTests {
    @Test(arguments: TestShell.allCases, [Invocation.Mode.plain, .guarded])
    func aScriptOfAMegabyteArrivesWhole(shell: TestShell, mode: Invocation.Mode) async throws {
        let fixture = SupervisorFixture(shell)
        let line = ": 'a line with $(nothing) and \\ in it'\n"
        let script = String(repeating: line, count: (1 << 20) / line.utf8.count) + "echo the end; exit 4"
        try await fixture.with { session in
            let (result, printed) = try await session.collect(
                Invocation(id: fixture.id(), mode: mode, script: script, timeout: .seconds(600)))
            #expect(result.outcome == .exited(4))
            #expect(printed.text() == "the end\n")
        }
    }

    @Test(arguments: TestShell.allCases)
    func manyValuesOfManyKindsArrive(shell: TestShell) async throws {
        let fixture = SupervisorFixture(shell)
        let values = [
            "empty": "", "newline": "\n", "lines": "a\n\nb\n", "spaces": "  two  ", "backslash": "\\n\\",
            "percent": "%s%d",
            "star": "*", "dash": "-n", "name": "x", "value": "y", "line": "z", "found": "f", "d": "d", "NL": "n",
            "long": String(repeating: "é", count: 20_000),
            "start": "1", "LANG": "de_DE.UTF-8", "carriage": "a\r", "equals": "a=b",
        ]
        let script = values.keys.sorted().map { "printf '%s' \"$\($0)\" | od -An -v -tx1 | tr -d ' \\n'; echo" }.joined(
            separator: "\n")
        let expected = values.sorted { $0.key < $1.key }.map { pair in
            pair.value.utf8.map { String(format: "%02x", $0) }.joined()
        }
        try await fixture.with { session in
            for (step, mode) in [Invocation.Mode.plain, .guarded].enumerated() {
                let (result, printed) = try await session.collect(
                    Invocation(id: fixture.id(step: step), mode: mode, script: script, environment: values))
                #expect(result.outcome == .exited(0))
                #expect(
                    printed.text().split(separator: "\n", omittingEmptySubsequences: false).dropLast().map(String.init)
                        == expected)
            }
        }
    }

    @Test(arguments: ["IFS", "BASH_ENV", "PPID", "1a", "a-b", "", "_rb_name", "a b", "RUNBOOK_STATE", "x\n", "ä"])
    func aNameThatWouldChangeTheShellIsRefused(name: String) async throws {
        let fixture = SupervisorFixture(.dash)
        try await fixture.with { session in
            for (step, mode) in [Invocation.Mode.plain, .guarded].enumerated() {
                let (result, _) = try await session.collect(
                    Invocation(
                        id: fixture.id(step: step), mode: mode, script: fixture.counting(), environment: [name: "v"]))
                #expect(result.outcome.isNotStarted)
            }
        }
        #expect(fixture.count == 0)
    }

    @Test func aNulInAScriptOrValueIsRefused() async throws {
        let fixture = SupervisorFixture(.dash)
        try await fixture.with { session in
            let script = try await session.collect(Invocation(id: fixture.id(), mode: .plain, script: "echo a\u{0}b")).0
            #expect(script.outcome.isNotStarted)
            let value = try await session.collect(
                Invocation(id: fixture.id(), mode: .plain, script: "echo", environment: ["a": "\u{0}"])
            ).0
            #expect(value.outcome.isNotStarted)
            #expect(
                try await session.collect(Invocation(id: fixture.id(), mode: .plain, script: "exit 2")).0.outcome
                    == .exited(2))
        }
    }

    @Test(arguments: TestShell.allCases)
    func otherInterpretersRunTheirScripts(shell: TestShell) async throws {
        let fixture = SupervisorFixture(shell)
        try await fixture.with { session in
            let bash = try await session.collect(
                Invocation(id: fixture.id(), mode: .plain, script: "a=(1 2 3); echo ${#a[@]}", shell: .bash))
            #expect(bash.1.text() == "3\n")
            let python = try await session.collect(
                Invocation(
                    id: fixture.id(step: 1), mode: .guarded,
                    script: "import os, sys\nsys.stdout.write(os.environ['a'])\nsys.exit(9)",
                    shell: .python3, environment: ["a": "b"]))
            #expect(python.0.outcome == .exited(9))
            #expect(python.1.text() == "b")
        }
    }

    @Test(arguments: TestShell.allCases)
    func aSecretIsNowhereButInItsFile(shell: TestShell) async throws {
        let fixture = SupervisorFixture(shell)
        let half = "marked-" + Nonce.make()
        let secret = half + half
        // The script looks for it while it is there, and neither it nor what it starts may hold it: on a busy machine a
        // number listed before is soon that of its own `grep`.
        let script = """
            half=$pw_file.half
            head -c \(half.utf8.count) "$pw_file" >"$half"
            cmp -s "$pw_file" - && echo same
            for p in /proc/[0-9]*; do
                for f in cmdline environ; do
                    tr '\\0' '\\n' <$p/$f 2>/dev/null | grep -qFf "$half" && echo "leak in $p/$f"
                done 2>/dev/null
            done
            grep -rlsFf "$half" /var/lib/runbook-node && echo leak on disk
            rm "$half"
            stat -f -c %T "$pw_file"; stat -c %a "$pw_file"
            """
        try await fixture.with { session in
            for (step, mode) in [Invocation.Mode.plain, .guarded].enumerated() {
                let (result, printed) = try await session.collect(
                    Invocation(
                        id: fixture.id(step: step), mode: mode, script: script,
                        secrets: ["pw": SecretBytes(Array(secret.utf8)), "binary": SecretBytes([0, 255, 10, 0])],
                        input: Array(secret.utf8), timeout: .seconds(600)))
                #expect(result.outcome == .exited(0))
                // What is given as input is data of the step, and does reach the node's disk.
                let lines = printed.text().split(separator: "\n").filter {
                    mode == .plain || !$0.hasSuffix("/i") && $0 != "leak on disk"
                }
                #expect(lines == ["same", "tmpfs", "600"])
            }
        }
        let left = try FileManager.default.subpathsOfDirectory(atPath: fixture.node.memory).filter {
            $0.hasSuffix("/pw") || $0.hasSuffix("/binary")
        }
        #expect(left.isEmpty)
    }

    @Test(arguments: TestShell.allCases)
    func aBinarySecretArrivesByteForByte(shell: TestShell) async throws {
        let fixture = SupervisorFixture(shell)
        let bytes = (0..<5000).map { UInt8(truncatingIfNeeded: $0 &* 7) }
        try await fixture.with { session in
            let (_, printed) = try await session.collect(
                Invocation(
                    id: fixture.id(), mode: .guarded, script: "cat \"$key_file\"", secrets: ["key": SecretBytes(bytes)])
            )
            #expect(printed.bytes(.standardOutput) == bytes)
        }
    }
}
