import Foundation
import Glibc
import Model
import TestSupport
import Testing

@testable import Supervisor

@Suite struct SignalTests {
    /// A process of this test's own that leads a group.
    private static func innocent() throws -> SpawnedProcess {
        let process = SpawnedProcess()
        process.executableURL = URL(fileURLWithPath: "/bin/sleep")
        process.arguments = ["617"]
        try process.run()
        try #require(getpgid(process.processIdentifier) == process.processIdentifier)
        return process
    }

    static func bootID() throws -> String {
        try String(contentsOfFile: "/proc/sys/kernel/random/boot_id", encoding: .utf8).trimmingCharacters(
            in: .whitespacesAndNewlines)
    }

    /// The fields of a process's `stat` from its state on.
    private static func status(of pid: pid_t) throws -> [String] {
        let stat = try String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8)
        return stat.split(separator: ")").last?.split(separator: " ").map(String.init) ?? []
    }

    static func startTime(of pid: pid_t) throws -> String { try status(of: pid)[19] }

    private static func state(of pid: pid_t) throws -> String? { try status(of: pid).first }

    @Test(arguments: TestShell.allCases)
    func aStoppedStepSignalsNobodyWhoseNumberWasUsedBefore(shell: TestShell) async throws {
        let innocent = try Self.innocent()
        defer { kill(innocent.processIdentifier, SIGKILL) }
        let pid = innocent.processIdentifier
        let boot = try Self.bootID()
        let start = try Self.startTime(of: pid)
        let strangers = [
            "\(pid) \(start) 00000000-0000-0000-0000-000000000000", "\(pid) 1 \(boot)", "1 0 \(boot)", "0 0 \(boot)",
            "-1 0 \(boot)",
            "\(pid) \(start)", "",
        ]
        for (step, stranger) in strangers.enumerated() {
            let fixture = SupervisorFixture(shell)
            let invocation = Invocation(id: fixture.id(step: step), mode: .guarded, script: "true")
            try await fixture.with { session in
                _ = try await session.collect(invocation)
                let folder = fixture.folder(invocation.id)
                // As after a power loss: started, no end known, and the numbers belong to others now.
                for name in ["pg", "pid"] {
                    try (stranger + "\n").write(toFile: "\(folder)/\(name)", atomically: false, encoding: .utf8)
                }
                try "-\n".write(toFile: folder + "/rc", atomically: false, encoding: .utf8)
                try await session.cancel(invocation.id, become: true)
                let result = try await session.reattach(
                    invocation.id, scriptDigest: SupervisorScript.digest(invocation.script.utf8), become: true,
                    timeout: .seconds(600),
                    from: .start
                ) { _ in }
                #expect(result.outcome.isLost, "\(stranger)")
            }
            let state = try Self.state(of: pid)
            #expect(state == "S", "\(stranger)")
        }
    }

    /// The record fits a living process in each word; what keeps that alive is the step's end alone.
    @Test(arguments: TestShell.allCases)
    func aStepThatHasEndedSignalsNobody(shell: TestShell) async throws {
        let innocent = try Self.innocent()
        defer { kill(innocent.processIdentifier, SIGKILL) }
        let pid = innocent.processIdentifier
        let record = "\(pid) \(try Self.startTime(of: pid)) \(try Self.bootID())\n"
        let fixture = SupervisorFixture(shell)
        let invocation = Invocation(id: fixture.id(), mode: .guarded, script: "exit 3")
        let digest = SupervisorScript.digest(invocation.script.utf8)
        try await fixture.with { session in
            _ = try await session.collect(invocation)
            let folder = fixture.folder(invocation.id)
            for name in ["pg", "pid"] {
                try record.write(toFile: "\(folder)/\(name)", atomically: false, encoding: .utf8)
            }
            try await session.cancel(invocation.id, become: true)
            // The answer comes once the stop was carried out.
            let ended = try await session.reattach(
                invocation.id, scriptDigest: digest, become: true, timeout: .seconds(600), from: .start
            ) { _ in }
            #expect(ended.outcome == .exited(3))
            #expect(try Self.state(of: pid) == "S")
        }
    }

    @Test(arguments: TestShell.allCases)
    func aDaemonThatAStepStartsStillHearsHangups(shell: TestShell) async throws {
        let fixture = SupervisorFixture(shell)
        try await fixture.with { session in
            let daemon =
                "trap 'echo reloaded >>/dev/shm/runbook-node/log; exit' HUP; echo $$ >/dev/shm/runbook-node/pid; i=0; while [ $i -lt 6000 ]; do sleep 0.1; i=$((i + 1)); done"
            let (result, _) = try await session.collect(
                Invocation(
                    id: fixture.id(), mode: .guarded,
                    script:
                        "setsid sh -c \"$DAEMON\" </dev/null >/dev/null 2>&1 & until [ -s /dev/shm/runbook-node/pid ]; do sleep 0.05; done",
                    environment: ["DAEMON": daemon]))
            #expect(result.outcome == .exited(0))
            let (reload, _) = try await session.collect(
                Invocation(
                    id: fixture.id(step: 1), mode: .guarded,
                    script:
                        "kill -HUP \"$(cat /dev/shm/runbook-node/pid)\"; i=0; until [ -s /dev/shm/runbook-node/log ] || [ $i = 1000 ]; do sleep 0.1; i=$((i + 1)); done; cat /dev/shm/runbook-node/log"
                ))
            #expect(reload.outcome == .exited(0))
        }
    }

    @Test(arguments: TestShell.allCases)
    func whatRanInTheBackgroundEndsWithItsScript(shell: TestShell) async throws {
        let fixture = SupervisorFixture(shell)
        try await fixture.with { session in
            for (step, mode) in [Invocation.Mode.plain, .guarded].enumerated() {
                _ = try await session.collect(
                    Invocation(
                        id: fixture.id(step: step), mode: mode,
                        script: "(trap '' TERM HUP; sleep 618) & (sleep 618 &) & exit 0"))
            }
        }
        try await eventually { InvocationTests.processes(markedWith: fixture.run) == 0 }
    }

    @Test(arguments: TestShell.allCases)
    func aPlainScriptEndsWithItsConnection(shell: TestShell) async throws {
        let fixture = SupervisorFixture(shell)
        let session = try await fixture.open()
        let running = Task {
            try await session.collect(
                Invocation(
                    id: fixture.id(), mode: .plain,
                    script: fixture.counting("trap '' TERM; setsid sleep 619 & sleep 619; sleep 619"),
                    timeout: .seconds(600), grace: .seconds(1)))
        }
        try await eventually { fixture.count == 1 }
        await session.close()
        await #expect(throws: SessionError.self) { try await running.value }
        try await eventually { InvocationTests.processes(markedWith: fixture.run) == 0 }
        // Nothing of the session is left in memory either.
        try await eventually {
            ((try? FileManager.default.contentsOfDirectory(atPath: fixture.node.memory)) ?? []).allSatisfy {
                !$0.hasPrefix("s-")
            }
        }
    }

    @Test(arguments: TestShell.allCases)
    func aCancelledTaskEndsItsPlainScriptAndTheSessionGoesOn(shell: TestShell) async throws {
        let fixture = SupervisorFixture(shell)
        try await fixture.with { session in
            let running = Task {
                try await session.collect(
                    Invocation(
                        id: fixture.id(), mode: .plain, script: fixture.counting("sleep 620"), timeout: .seconds(600)))
            }
            try await eventually { fixture.count == 1 }
            running.cancel()
            let error = await #expect(throws: SessionError.self) { try await running.value }
            #expect(error?.kind == .cancelled)
            try await eventually { InvocationTests.processes(markedWith: fixture.run) == 0 }
            #expect(
                try await session.collect(Invocation(id: fixture.id(step: 1), mode: .plain, script: "exit 3")).0.outcome
                    == .exited(3))
        }
    }

    @Test(arguments: TestShell.allCases)
    func aProbeThatHangsInEachOfThreeRoundsLeavesNothingBehind(shell: TestShell) async throws {
        let fixture = SupervisorFixture(shell)
        for round in 0..<3 {
            try await fixture.with { session in
                let (result, _) = try await session.collect(
                    Invocation(
                        id: fixture.id(step: round), mode: .plain,
                        script:
                            "trap '' TERM; (trap '' TERM; (trap '' TERM; sleep 621) & sleep 621) & sleep 621; sleep 621",
                        timeout: .seconds(1), grace: .zero))
                #expect(result.outcome == .timedOut)
            }
        }
        #expect(InvocationTests.processes(markedWith: fixture.run) == 0)
    }
}
