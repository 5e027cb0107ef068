import Foundation
import Glibc
import Model
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

    private static func isScript(_ pid: pid_t) -> Bool {
        let environment = FileManager.default.contents(atPath: "/proc/\(pid)/environ") ?? Data()
        return environment.range(of: Data("RUNBOOK_INVOCATION".utf8)) != nil
    }

    private static func readsNothing(_ pid: pid_t) -> Bool {
        (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/\(pid)/fd/0")) == "/dev/null"
    }
}
