import Foundation
import Model
import Testing

@testable import Supervisor

@Suite struct AtMostOnceTests {
    @Test(arguments: TestShell.allCases)
    func aSecondStartOfTheSameAttemptOnlyTakesItUp(shell: TestShell) async throws {
        let fixture = SupervisorFixture(shell)
        let invocation = Invocation(id: fixture.id(), mode: .guarded, script: fixture.counting("echo done; exit 4"))
        for _ in 0..<2 {
            try await fixture.with { session in
                let (result, printed) = try await session.collect(invocation)
                #expect(result.outcome == .exited(4))
                #expect(printed.text() == "done\n")
            }
        }
        #expect(fixture.count == 1)
    }

    @Test(arguments: TestShell.allCases)
    func workGoesOnWithoutTheConnectionAndIsTakenUpFromAnOffset(shell: TestShell) async throws {
        let fixture = SupervisorFixture(shell)
        let id = fixture.id()
        let script = fixture.counting(
            "echo first; \(SupervisorFixture.awaitGo); echo second; exit 5")
        let first = try await fixture.open()
        let seen = Printed()
        let running = Task {
            try await first.run(
                Invocation(id: id, mode: .guarded, script: script, timeout: .seconds(600)), from: .start, started: {},
                output: { seen.append($0) })
        }
        try await eventually { seen.text() == "first\n" }
        await first.close()
        _ = await running.result
        fixture.go()
        try await fixture.with { session in
            let rest = Printed()
            let digest = SupervisorScript.digest(script.utf8)
            let result = try await session.reattach(
                id, scriptDigest: digest, become: true, timeout: .seconds(600),
                from: OutputOffsets(standardOutput: 6, standardError: 0)
            ) { rest.append($0) }
            #expect(result.outcome == .exited(5))
            #expect(rest.text() == "second\n")
        }
        #expect(fixture.count == 1)
    }

    @Test(arguments: TestShell.allCases)
    func anotherScriptUnderTheSameIdIsNeverReportedAsRun(shell: TestShell) async throws {
        let fixture = SupervisorFixture(shell)
        try await fixture.with { session in
            _ = try await session.collect(Invocation(id: fixture.id(), mode: .guarded, script: "true"))
            try await session.acknowledge(fixture.id(), become: true)
        }
        try await fixture.with { session in
            await #expect(throws: SessionError.self) {
                try await session.collect(Invocation(id: fixture.id(), mode: .guarded, script: fixture.counting()))
            }
        }
        #expect(fixture.count == 0)
    }

    @Test(arguments: TestShell.allCases)
    func askingForWhatNeverStartedKeepsItFromEverStarting(shell: TestShell) async throws {
        let fixture = SupervisorFixture(shell)
        let script = fixture.counting()
        let digest = SupervisorScript.digest(script.utf8)
        try await fixture.with { session in
            let result = try await session.reattach(
                fixture.id(), scriptDigest: digest, become: true, timeout: .seconds(600), from: .start
            ) {
                _ in
            }
            #expect(result.outcome.isNotStarted)
            let (second, _) = try await session.collect(Invocation(id: fixture.id(), mode: .guarded, script: script))
            #expect(second.outcome.isNotStarted)
        }
        #expect(fixture.count == 0)
    }

    @Test(arguments: TestShell.allCases)
    func aStepThatIsStoppedBeforeItComesNeverStarts(shell: TestShell) async throws {
        let fixture = SupervisorFixture(shell)
        let invocation = Invocation(id: fixture.id(), mode: .guarded, script: fixture.counting())
        try await fixture.with { session in
            try await session.cancel(invocation.id, become: true)
            let (result, _) = try await session.collect(invocation)
            #expect(result.outcome.isNotStarted)
            let digest = SupervisorScript.digest(invocation.script.utf8)
            let later = try await session.reattach(
                invocation.id, scriptDigest: digest, become: true, timeout: .seconds(600), from: .start
            ) { _ in }
            #expect(later.outcome.isNotStarted)
        }
        #expect(fixture.count == 0)
    }

    @Test(arguments: TestShell.allCases)
    func stoppingWhatIsNoStepLeavesNothingOnTheNode(shell: TestShell) async throws {
        let fixture = SupervisorFixture(shell)
        let probe = Invocation(id: fixture.id(), mode: .plain, script: "sleep 622", timeout: .seconds(600))
        try await fixture.with { session in
            _ = try await session.run(
                probe, from: .start, started: { try? await session.cancel(probe.id, become: true) }, output: { _ in })
        }
        #expect(!FileManager.default.fileExists(atPath: fixture.folder(probe.id)))
    }

    @Test(arguments: TestShell.allCases)
    func aNodeIsHeldByOneRunAtATime(shell: TestShell) async throws {
        let fixture = SupervisorFixture(shell)
        let other = SupervisorFixture(on: fixture.node)
        let holder = try await fixture.open()
        try await holder.lease(run: fixture.run, fence: 1, become: true)
        try await fixture.with { session in
            let error = await #expect(throws: SessionError.self) {
                try await session.lease(run: other.run, fence: 99, become: true)
            }
            #expect(error?.kind == .busy(holder: fixture.run.description))
        }
        await holder.close()
        // The holder is gone once its supervisor has seen the end of its input.
        try await fixture.with { session in
            try await eventually {
                (try? await session.lease(run: other.run, fence: 1, become: true)) != nil
            }
            try await session.release(run: other.run)
        }
    }

    @Test(arguments: TestShell.allCases)
    func aNodeIsHeldWhileAStepGoesOnAndALowerNumberIsRefused(shell: TestShell) async throws {
        let fixture = SupervisorFixture(shell)
        let other = SupervisorFixture(on: fixture.node)
        let busy = SessionError.Kind.busy(holder: fixture.run.description)
        let holder = try await fixture.open()
        try await holder.lease(run: fixture.run, fence: 5, become: true)
        let step = Invocation(
            id: fixture.id(), mode: .guarded, script: fixture.counting(SupervisorFixture.awaitGo),
            timeout: .seconds(600))
        let running = Task { try await holder.collect(step) }
        try await eventually { fixture.count == 1 }
        await holder.close()
        _ = await running.result
        // The session that held the node has gone; what it started has not.
        try await eventually {
            ((try? FileManager.default.contentsOfDirectory(atPath: fixture.node.memory)) ?? []).allSatisfy {
                !$0.hasPrefix("s-")
            }
        }
        try await fixture.with { session in
            let refused = await #expect(throws: SessionError.self) {
                try await session.lease(run: other.run, fence: 9, become: true)
            }
            #expect(refused?.kind == busy)
            // What brings no lease with it is no way around one.
            let around = await #expect(throws: SessionError.self) {
                try await session.collect(
                    Invocation(id: other.id(), mode: .guarded, script: other.counting(), timeout: .seconds(9)))
            }
            #expect(around?.kind == busy)
            let older = await #expect(throws: SessionError.self) {
                try await session.lease(run: fixture.run, fence: 4, become: true)
            }
            #expect(older?.kind == busy)
            try await session.lease(run: fixture.run, fence: 6, become: true)
        }
        fixture.go()
        try await fixture.with { session in
            try await eventually { (try? await session.lease(run: other.run, fence: 1, become: true)) != nil }
        }
        #expect(fixture.count == 1)
        #expect(other.count == 0)
    }

    @Test(arguments: TestShell.allCases)
    func anArmedUndoEitherFiresOrIsDisarmed(shell: TestShell) async throws {
        let fixture = SupervisorFixture(shell)
        let undo = Invocation(
            id: fixture.id(), mode: .plain, script: "cat >>/dev/shm/runbook-node/counter-\(fixture.run)",
            input: Array("undone\n".utf8))
        try await fixture.with { session in
            try await session.arm(undo, after: .seconds(600))
            #expect(try await session.disarm(undo.id, become: true) == .disarmed)
            #expect(try await session.disarm(undo.id, become: true) == .disarmed)
            #expect(fixture.count == 0)
            var second = undo
            second.id = fixture.id(step: 1)
            try await session.arm(second, after: .seconds(1))
            try await eventually { fixture.count > 0 }
            #expect(try await session.disarm(second.id, become: true) == .fired)
        }
        #expect(fixture.count == 1)
    }

    @Test func noTwoRunsOfOneIdStartWhateverInstantTheSupervisorIsKilledAt() async throws {
        for instant in 0..<40 {
            let fixture = SupervisorFixture(TestShell.allCases[instant % 3])
            let invocation = Invocation(
                id: fixture.id(), mode: .guarded, script: fixture.counting("sleep 0.05; exit 6"))
            let first = try await fixture.open()
            let running = Task { try await first.run(invocation, from: .start, started: {}, output: { _ in }) }
            try await Task.sleep(for: .milliseconds(instant * 2))
            await first.close()
            _ = await running.result
            var outcome: InvocationOutcome?
            try await fixture.with { outcome = try await $0.collect(invocation).0.outcome }
            #expect(fixture.count <= 1)
            switch outcome {
            case .exited(6): #expect(fixture.count == 1)
            case .notStarted: #expect(fixture.count == 0)
            default: Issue.record("after a kill at \(instant * 2) ms the outcome is \(String(describing: outcome))")
            }
        }
    }
}
