import Foundation
import Glibc
import Model
import TestSupport
import Testing

@testable import Supervisor

/// A probe may outlive the connection over which it was asked, and must not run twice at one time.
@Suite struct EarlierProbeTests {
    @Test(arguments: TestShell.allCases)
    func aProbeIsNotStartedWhileAnEarlierAskingOfItIsAlive(shell: TestShell) async throws {
        let fixture = SupervisorFixture(shell)
        let first = try await fixture.open()
        let earlier = fixture.id(step: 9)
        let running = Task {
            try await first.collect(
                Invocation(
                    id: earlier, mode: .plain,
                    script: fixture.counting(SupervisorFixture.awaitGo), timeout: .seconds(600)))
        }
        try await eventually { fixture.count == 1 }
        // The node has not heard that nobody listens any more, as when a connection is cut in silence.
        func again(_ step: Int, after: InvocationID) -> Invocation {
            var invocation = Invocation(id: fixture.id(step: step), mode: .plain, script: fixture.counting())
            invocation.after = [fixture.id(step: 8), after]
            return invocation
        }
        try await fixture.with { session in
            let (refused, _) = try await session.collect(again(10, after: earlier))
            #expect(refused.outcome.isNotStarted)
            #expect(fixture.count == 1)
            let (other, _) = try await session.collect(again(11, after: fixture.id(step: 7)))
            #expect(other.outcome == .exited(0))
            #expect(fixture.count == 2)
            fixture.go()
            try await eventually { InvocationTests.processes(markedWith: fixture.run) == 0 }
            let (ended, _) = try await session.collect(again(12, after: earlier))
            #expect(ended.outcome == .exited(0))
            #expect(fixture.count == 3)
        }
        _ = try await running.value
        await first.close()
    }

    @Test(arguments: TestShell.allCases)
    func aProbeWhoseSupervisorWasKilledWithAllOfItsPartsIsEndedByTheNextOne(shell: TestShell) async throws {
        let fixture = SupervisorFixture(shell)
        let first = try await fixture.open()
        let running = Task {
            try await first.collect(
                Invocation(
                    id: fixture.id(step: 9), mode: .plain,
                    script: "trap '' TERM HUP\n" + fixture.counting("sleep 628; sleep 628"), timeout: .seconds(600),
                    grace: .seconds(600)))
        }
        try await eventually { fixture.count == 1 }
        try await eventually {
            // The undertaker first, whose input is nothing: it would end the script.
            let parts = KillTests.processes(of: fixture.node).filter { !Self.isScript($0) }
            for pid in parts.filter(Self.readsNothing) + parts { kill(pid, SIGKILL) }
            return parts.isEmpty
        }
        await #expect(throws: SessionError.self) { try await running.value }
        #expect(InvocationTests.processes(markedWith: fixture.run) > 0)
        try await fixture.with { session in
            let (result, _) = try await session.collect(
                Invocation(id: fixture.id(step: 10), mode: .plain, script: "exit 3"))
            #expect(result.outcome == .exited(3))
        }
        try await eventually { InvocationTests.processes(markedWith: fixture.run) == 0 }
        await first.close()
    }

    private static let known = String(repeating: "a1", count: 16)

    /// Asks whether the probe of another run may start there now.
    private func isStarted(
        _ other: SupervisorFixture, step: Int, probe: String = known, over session: SupervisedSession
    ) async throws -> Bool {
        var invocation = Invocation(id: other.id(step: step), mode: .plain, script: "exit 3")
        invocation.probe = probe
        let outcome = try await session.collect(invocation).0.outcome
        #expect(outcome == .exited(3) || outcome.isNotStarted)
        return outcome == .exited(3)
    }

    @Test(arguments: TestShell.allCases)
    func aProbeThatOutlivesItsTimeKeepsTheSameOneOfAnotherRunFromStarting(shell: TestShell) async throws {
        for timeout in [Duration.seconds(600), .seconds(1)] {
            let fixture = SupervisorFixture(shell)
            let first = try await fixture.open()
            var earlier = Invocation(
                id: fixture.id(step: 9), mode: .plain,
                script: "trap '' TERM\n" + fixture.counting(SupervisorFixture.awaitGo), timeout: timeout,
                grace: .seconds(600))
            earlier.probe = Self.known
            let asked = earlier
            let running = Task { try await first.collect(asked) }
            try await eventually { fixture.count == 1 }
            let other = SupervisorFixture(on: fixture.node)
            try await other.with { session in
                if timeout == .seconds(1) {
                    try await eventually { (try? await isStarted(other, step: 10, over: session)) == false }
                } else {
                    // As long as it has time, it is in nobody's way.
                    #expect(try await isStarted(other, step: 10, over: session))
                }
                #expect(try await isStarted(other, step: 11, probe: String(repeating: "b", count: 32), over: session))
                fixture.go()
                _ = try await running.value
                let later = try await isStarted(other, step: 12, over: session)
                #expect(later)
            }
            await first.close()
        }
    }

    /// A process that leads no group gets no signal from here: it stands for one in uninterruptible sleep.
    @Test(arguments: TestShell.allCases)
    func whatNoSignalEndsKeepsTheSameProbeOfLaterRunsFromStarting(shell: TestShell) async throws {
        let leader = SpawnedProcess()
        leader.executableURL = URL(fileURLWithPath: "/bin/sh")
        leader.arguments = ["-c", "sleep 627 & echo $!; wait"]
        let pipe = Pipe()
        leader.standardOutput = pipe
        try leader.run()
        defer { if leader.isRunning { kill(-leader.processIdentifier, SIGKILL) } }
        let line = String(decoding: pipe.fileHandleForReading.availableData, as: UTF8.self)
        let sleeper = try #require(pid_t(line.trimmingCharacters(in: .whitespacesAndNewlines)))
        try #require(getpgid(sleeper) == leader.processIdentifier)

        let fixture = SupervisorFixture(shell)
        let first = try await fixture.open()
        var earlier = Invocation(
            id: fixture.id(step: 9), mode: .plain,
            script: "trap '' TERM\n" + fixture.counting(SupervisorFixture.awaitGo), timeout: .seconds(1),
            grace: .seconds(600))
        earlier.probe = Self.known
        let asked = earlier
        let running = Task { try await first.collect(asked) }
        try await eventually { fixture.count == 1 }
        let names = try FileManager.default.contentsOfDirectory(atPath: fixture.node.memory)
        let folder = fixture.node.memory + "/" + (try #require(names.first { $0.hasPrefix("s-") }))
        try "\(sleeper) \(try SignalTests.startTime(of: sleeper)) \(try SignalTests.bootID())\n"
            .write(toFile: folder + "/1.r", atomically: false, encoding: .utf8)
        let worker = try #require(
            KillTests.processes(of: fixture.node).first { pid in
                let target = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/\(pid)/fd/7")
                return target?.hasSuffix("/q") == true
            })
        kill(worker, SIGKILL)
        await #expect(throws: SessionError.self) { try await running.value }
        await first.close()

        let other = SupervisorFixture(on: fixture.node)
        try await other.with { session in
            let same = try await isStarted(other, step: 10, over: session)
            let different = try await isStarted(
                other, step: 11, probe: String(repeating: "b", count: 32), over: session)
            #expect(!same && different)
            kill(-leader.processIdentifier, SIGKILL)
            leader.waitUntilExit()
            let later = try await isStarted(other, step: 12, over: session)
            #expect(later)
        }
        // Whoever comes once nothing of it is alive takes away what was left.
        for step in 13..<300 {
            try await other.with { session in
                let elsewhere = try await isStarted(other, step: step, over: session)
                #expect(elsewhere)
            }
            if !FileManager.default.fileExists(atPath: folder) { return }
            try await Task.sleep(for: .milliseconds(100))
        }
        Issue.record("what was left was not taken away")
    }

    private static func isScript(_ pid: pid_t) -> Bool {
        let environment = FileManager.default.contents(atPath: "/proc/\(pid)/environ") ?? Data()
        return environment.range(of: Data("RUNBOOK_INVOCATION".utf8)) != nil
    }

    private static func readsNothing(_ pid: pid_t) -> Bool {
        (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/\(pid)/fd/0")) == "/dev/null"
    }
}
