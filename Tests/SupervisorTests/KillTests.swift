import Foundation
import Glibc
import Model
import Testing

@testable import Supervisor

@Suite struct KillTests {
    /// Processes that share the mount namespace of a test node, by what they are: all of its supervisors' parts.
    static func processes(of node: TestNode) -> [pid_t] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        return names.compactMap { pid_t($0) }.filter { pid in
            // What knows the length of a file beforehand reads one page of this one.
            let file = FileHandle(forReadingAtPath: "/proc/\(pid)/mountinfo")
            let mounts = String(decoding: (try? file?.readToEnd()) ?? Data(), as: UTF8.self)
            return pid != getpid()
                && mounts.contains(node.state.dropFirst("/var/tmp/".count) + " /var/lib/runbook-node")
        }
    }

    /// Kills one part of the node's supervisor, or the finisher or the script, at a random instant, many times over.
    @Test(arguments: TestShell.allCases)
    func aPartThatIsKilledAtAnyInstantNeverLeadsToASecondStartOrAFalseEnd(shell: TestShell) async throws {
        var generator = SystemRandomNumberGenerator()
        for round in 0..<25 {
            let fixture = SupervisorFixture(shell)
            let invocation = Invocation(
                id: fixture.id(), mode: .guarded, script: fixture.counting("sleep 0.1; exit 6"), timeout: .seconds(20))
            let first = try await fixture.open()
            let running = Task { try await first.collect(invocation) }
            try await Task.sleep(for: .microseconds(Int.random(in: 0...150_000, using: &generator)))
            if let victim = Self.processes(of: fixture.node).randomElement(using: &generator) { kill(victim, SIGKILL) }
            if round % 2 == 0 { await first.close() }
            let firstEnd = try? await running.value
            await first.close()
            let before = fixture.count
            let (second, _) = try await fixture.with { try await $0.collect(invocation) }
            #expect(fixture.count <= 1)
            #expect(fixture.count == before || firstEnd == nil)
            for outcome in [firstEnd?.0.outcome, second.outcome] {
                switch outcome {
                case .exited(6): #expect(fixture.count == 1)
                // The script itself was the victim.
                case .exited(137): break
                case .notStarted: #expect(fixture.count == 0)
                case .lost, nil: break
                default: Issue.record("round \(round): \(String(describing: outcome))")
                }
            }
            if case .exited? = firstEnd?.0.outcome { #expect(second.outcome == firstEnd?.0.outcome) }
            // What is left of the supervisor sees that its rest is gone.
            try await eventually { Self.processes(of: fixture.node).isEmpty }
        }
    }

    @Test(arguments: TestShell.allCases)
    func aPlainScriptWhoseSupervisorIsKilledDoesNotOutliveIt(shell: TestShell) async throws {
        let fixture = SupervisorFixture(shell)
        let session = try await fixture.open()
        let running = Task {
            try await session.collect(
                Invocation(
                    id: fixture.id(), mode: .plain, script: fixture.counting("trap '' TERM HUP; sleep 622; sleep 622"),
                    timeout: .seconds(600)))
        }
        try await eventually { fixture.count == 1 }
        // Everything but the script and the undertaker, which is what has to notice.
        let marked = "RUNBOOK_INVOCATION"
        // A process that comes while the others are looked at is met the next time.
        for _ in 0..<4 {
            for pid in Self.processes(of: fixture.node) {
                let environment = (try? String(contentsOfFile: "/proc/\(pid)/environ", encoding: .utf8)) ?? ""
                let input = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/\(pid)/fd/0")) ?? ""
                if !environment.contains(marked), input != "/dev/null" { kill(pid, SIGKILL) }
            }
            try await Task.sleep(for: .milliseconds(200))
        }
        await #expect(throws: SessionError.self) { try await running.value }
        try await eventually { InvocationTests.processes(markedWith: fixture.run) == 0 }
        await session.close()
    }

    @Test(arguments: TestShell.allCases)
    func aScriptWhoseFinisherIsKilledIsFollowedToItsEndAndThenLost(shell: TestShell) async throws {
        let fixture = SupervisorFixture(shell)
        let session = try await fixture.open()
        let id = fixture.id()
        let running = Task {
            try await session.collect(
                Invocation(
                    id: id, mode: .guarded, script: fixture.counting(SupervisorFixture.awaitGo), timeout: .seconds(600))
            )
        }
        try await eventually { fixture.count == 1 }
        let finisher = try String(contentsOfFile: fixture.folder(id) + "/pid", encoding: .utf8).split(separator: " ")
            .first.flatMap { pid_t($0) }
        kill(try #require(finisher), SIGKILL)
        // Alive is never lost.
        try await Task.sleep(for: .milliseconds(2500))
        #expect(InvocationTests.processes(markedWith: fixture.run) > 0)
        fixture.go()
        #expect(try await running.value.0.outcome.isLost)
        await session.close()
    }

    @Test(arguments: TestShell.allCases)
    func aHalfSentScriptIsNeverRun(shell: TestShell) async throws {
        let fixture = SupervisorFixture(shell)
        let invocation = Invocation(
            id: fixture.id(), mode: .guarded, script: fixture.counting(String(repeating: "# more\n", count: 3000)))
        let bytes = try SupervisorFrame.invoke(invocation, from: .start, fence: 0, token: Nonce.make()).bytes
        for part in stride(from: 0, to: bytes.count, by: bytes.count / 12) {
            let channel = try await fixture.node.opener.openChannel(
                command: SupervisorScript.command(nonce: Nonce.make(), delivery: .inCommand))
            guard case .standardOutput = try await channel.receive() else { continue }
            try await channel.send(Array(bytes[..<part]))
            await channel.close()
        }
        try await eventually { Self.processes(of: fixture.node).isEmpty }
        #expect(fixture.count == 0)
        let (result, _) = try await fixture.with { try await $0.collect(invocation) }
        #expect(result.outcome == .exited(0) || result.outcome.isNotStarted)
        #expect(fixture.count <= 1)
    }

    @Test(arguments: TestShell.allCases)
    func garbageEndsTheSupervisor(shell: TestShell) async throws {
        let token = Nonce.make()
        for garbage in [
            "hello\n", "RB2\n", "RB2 \(token)\n", "RB2 \(token) RUN\n",
            "RB2 \(token) RUN ../x 1 1 1 sh - 0 0 0 0 - -\n", "RB2 xyz PING\n",
            "RB2 \(token) STOP */*\n", "RB2 \(token) ACK ..\n", "RB2 \(token) FETCH \(RunID(random: 1, 1)).0.0 ../x\n",
            "RB2 \(token) LEASE x 1\n",
            "RB2 \(token) RUN \(RunID(random: 1, 1)).0.0.1 1 1 1 sh - 0 0 0 0 - -\nscript t 1 -1\n",
            "RB2 \(token) RUN \(RunID(random: 1, 1)).0.0.1 1 1 1 $(id) - 0 0 0 0 - -\n",
            "RB2 \(token) RUN \(RunID(random: 1, 1)).0.0.1 1 1 1 sh - 0 0 0 0 * -\n",
            "RB2 \(token) RUN \(RunID(random: 1, 1)).0.0.1 1 1 1 sh - 0 0 0 0 - *\n", "\u{0}\u{1}\u{ff}\n", " \n",
        ] {
            let node = TestNode(shell)
            let channel = try await node.opener.openChannel(
                command: SupervisorScript.command(nonce: token, delivery: .inCommand))
            try await channel.send(Array(garbage.utf8))
            var printed: [UInt8] = []
            reading: while true {
                switch try await channel.receive() {
                case .standardOutput(let bytes): printed += bytes
                case .standardError: continue
                case .closed: break reading
                }
            }
            #expect(String(decoding: printed, as: UTF8.self).hasSuffix("RB2 \(token) FATAL frame\n"), "\(garbage)")
            await channel.close()
        }
    }
}
