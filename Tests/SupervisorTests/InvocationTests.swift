import Foundation
import Glibc
import Model
import TestSupport
import Testing

@testable import Supervisor

@Suite struct InvocationTests {
    @Test(arguments: TestShell.allCases, [Invocation.Mode.plain, .guarded])
    func aScriptsStatusAndBothStreamsArriveApart(shell: TestShell, mode: Invocation.Mode) async throws {
        let fixture = SupervisorFixture(shell)
        try await fixture.with { session in
            let (result, printed) = try await session.collect(
                Invocation(id: fixture.id(), mode: mode, script: "echo out; echo err >&2; exit 7"))
            #expect(result.outcome == .exited(7))
            #expect(printed.text() == "out\n")
            #expect(printed.text(.standardError) == "err\n")
            #expect(result.standardOutputBytes == 4)
        }
    }

    @Test(arguments: TestShell.allCases, [Invocation.Mode.plain, .guarded])
    func commandsAreFoundAlsoWhereParallelClusterKeepsSlurm(shell: TestShell, mode: Invocation.Mode) async throws {
        let fixture = SupervisorFixture(shell)
        try await fixture.with { session in
            let (_, printed) = try await session.collect(
                Invocation(id: fixture.id(), mode: mode, script: "echo \"$PATH\""))
            #expect(
                printed.text() == "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:/opt/slurm/bin\n")
        }
    }

    /// Else none of these tests would be one of that shell.
    @Test(arguments: TestShell.allCases)
    func theSupervisorAndItsScriptsRunInTheNodesShell(shell: TestShell) async throws {
        func inode(_ path: String) -> UInt64? {
            var status = stat()
            return stat(path, &status) == 0 ? UInt64(status.st_ino) : nil
        }
        let own = try #require(inode(shell.words[0]))
        let fixture = SupervisorFixture(shell)
        try await fixture.with { session in
            for (step, mode) in [Invocation.Mode.plain, .guarded].enumerated() {
                let (_, printed) = try await session.collect(
                    Invocation(
                        id: fixture.id(step: step), mode: mode, script: "stat -L -c %i /proc/$$/exe; exit 0"))
                #expect(printed.text() == "\(own)\n")
            }
            // The reader, the worker and the launcher.
            let shells = KillTests.processes(of: fixture.node).filter { inode("/proc/\($0)/exe") == own }
            #expect(shells.count >= 3)
        }
    }

    @Test(arguments: TestShell.allCases)
    func valuesArriveByteForByteAndNeverBecomeCode(shell: TestShell) async throws {
        let fixture = SupervisorFixture(shell)
        let hostile =
            "a'b\"c\n$(touch /dev/shm/runbook-node/counter-\(fixture.run))`id`\\ $HOME \u{1F600}; exit 3\r\n\t'"
        try await fixture.with { session in
            let (result, printed) = try await session.collect(
                Invocation(
                    id: fixture.id(), mode: .plain, script: "printf %s \"$VALUE\"", environment: ["VALUE": hostile]))
            #expect(result.outcome == .exited(0))
            #expect(printed.text() == hostile)
        }
        #expect(!FileManager.default.fileExists(atPath: fixture.counter))
    }

    @Test(arguments: TestShell.allCases)
    func binaryInputAndOutputPassUnchanged(shell: TestShell) async throws {
        let fixture = SupervisorFixture(shell)
        let bytes = (0..<100_000).map { UInt8(truncatingIfNeeded: $0 &* 31 ^ $0 >> 3) }
        try await fixture.with { session in
            for mode in [Invocation.Mode.plain, .guarded] {
                let (result, printed) = try await session.collect(
                    Invocation(id: fixture.id(step: mode == .plain ? 0 : 1), mode: mode, script: "cat", input: bytes))
                #expect(result.outcome == .exited(0))
                #expect(printed.bytes(.standardOutput) == bytes)
            }
        }
    }

    @Test(arguments: TestShell.allCases)
    func scriptsStartAsInAFreshShell(shell: TestShell) async throws {
        let fixture = SupervisorFixture(shell)
        let script = """
            umask; cd /etc; echo host*; grep SigIgn /proc/self/status | tr -d '\\t '; ulimit -c; env | sort
            echo "[${eot-}${session-}${nonce-}]"; pwd
            """
        try await fixture.with { session in
            for mode in [Invocation.Mode.plain, .guarded] {
                let (_, printed) = try await session.collect(
                    Invocation(id: fixture.id(step: mode == .plain ? 0 : 1), mode: mode, script: script))
                let text = printed.text()
                #expect(text.hasPrefix("0022\n"))
                #expect(text.contains("hostname"))
                let mask = text.split(separator: "\n").first { $0.hasPrefix("SigIgn:") }.flatMap {
                    UInt64($0.dropFirst(7), radix: 16)
                }
                // HUP, INT, QUIT, PIPE and TERM.
                #expect(mask.map { $0 & 0x5007 } == 0)
                #expect(text.contains("\n[]\n"))
                let names = text.split(separator: "\n").filter { $0.contains("=") }.map { $0.prefix { $0 != "=" } }
                #expect(
                    Set(names).subtracting([
                        "HOME", "LC_ALL", "OLDPWD", "PATH", "PWD", "RUNBOOK_INVOCATION", "RUNBOOK_STATE", "_", "SHLVL",
                    ]).isEmpty)
            }
        }
    }

    @Test(arguments: TestShell.allCases)
    func secretsAreFilesThatAreGoneAfterwards(shell: TestShell) async throws {
        let fixture = SupervisorFixture(shell)
        let marker = "marked-secret-\(fixture.run)"
        try await fixture.with { session in
            for mode in [Invocation.Mode.plain, .guarded] {
                let (result, printed) = try await session.collect(
                    Invocation(
                        id: fixture.id(step: mode == .plain ? 0 : 1), mode: mode,
                        script:
                            "cat \"$password_file\" | tr a-z A-Z; stat -c %a \"$password_file\"; ! env | grep -q marked-secret; echo $?; echo \"$password_file\"; tr '\\0' '\\n' </proc/$PPID/environ | grep -c marked-secret",
                        secrets: ["password": SecretBytes(Array(marker.utf8))]))
                let lines = printed.text().split(separator: "\n").map(String.init)
                #expect(result.outcome == .exited(1))
                #expect(lines.count == 4)
                #expect(lines[0] == marker.uppercased() + "600")
                #expect(lines[1] == "0")
                #expect(!FileManager.default.fileExists(atPath: lines[2]))
                #expect(lines[3] == "0")
            }
        }
        let found = SpawnedProcess()
        found.executableURL = URL(fileURLWithPath: "/bin/grep")
        found.arguments = ["-rqs", marker, fixture.node.state, fixture.node.memory]
        try found.run()
        found.waitUntilExit()
        #expect(found.terminationStatus != 0)
    }

    @Test(arguments: TestShell.allCases)
    func aTimeoutEndsTheWholeGroupAndWhatEscapedIt(shell: TestShell) async throws {
        let fixture = SupervisorFixture(shell)
        let script =
            "trap '' TERM; (trap '' TERM; setsid sh -c 'trap \"\" TERM; exec sleep 613') & setsid sleep 613 & sleep 613"
        try await fixture.with { session in
            for mode in [Invocation.Mode.plain, .guarded] {
                let (result, _) = try await session.collect(
                    Invocation(
                        id: fixture.id(step: mode == .plain ? 0 : 1), mode: mode, script: script,
                        timeout: .seconds(1), grace: .seconds(1)))
                #expect(result.outcome == .timedOut)
            }
        }
        #expect(Self.processes(markedWith: fixture.run) == 0)
    }

    @Test(arguments: TestShell.allCases)
    func anEndlessLineIsStoppedAtItsLimitAndTheKeptPartIsExact(shell: TestShell) async throws {
        let fixture = SupervisorFixture(shell)
        try await fixture.with { session in
            let (result, printed) = try await session.collect(
                Invocation(
                    id: fixture.id(), mode: .guarded, script: "yes | tr -d '\\n'", timeout: .seconds(600),
                    outputLimit: 1 << 20))
            #expect(result.outcome == .outputLimitExceeded)
            #expect(printed.bytes(.standardOutput).count == 1 << 20)
            #expect(printed.bytes(.standardOutput).allSatisfy { $0 == UInt8(ascii: "y") })
        }
        #expect(Self.processes(markedWith: fixture.run) == 0)
    }

    @Test(arguments: TestShell.allCases)
    func aRunningScriptCanBeCancelled(shell: TestShell) async throws {
        let fixture = SupervisorFixture(shell)
        try await fixture.with { session in
            let id = fixture.id()
            let printed = Printed()
            let result = try await session.run(
                Invocation(id: id, mode: .guarded, script: "sleep 614", timeout: .seconds(600), grace: .seconds(1)),
                from: .start, started: { try? await session.cancel(id, become: true) }, output: { printed.append($0) })
            #expect(result.outcome == .cancelled)
        }
        #expect(Self.processes(markedWith: fixture.run) == 0)
    }

    /// Processes of this machine with the run's id in their environment.
    static func processes(markedWith run: RunID) -> Int {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        return names.count { name in
            guard Int(name) != nil, let data = FileManager.default.contents(atPath: "/proc/\(name)/environ") else {
                return false
            }
            return data.range(of: Data("RUNBOOK_INVOCATION=\(run)".utf8)) != nil
        }
    }
}
