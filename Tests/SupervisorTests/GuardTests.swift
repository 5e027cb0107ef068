import Foundation
import Glibc
import Model
import Testing

@testable import Supervisor

@Suite struct GuardTests {
    /// A thousand times, with all shells.
    @Test(arguments: TestShell.allCases)
    func ofTimerAndDisarmExactlyOneWins(shell: TestShell) async throws {
        let fixture = SupervisorFixture(shell)
        var fired = 0
        try await fixture.with { session in
            for step in 0..<340 {
                let undo = Invocation(id: fixture.id(step: step), mode: .guarded, script: fixture.counting())
                try await session.arm(undo, after: .zero)
                if step % 3 > 0 { try await Task.sleep(for: .milliseconds(step % 3 * 4)) }
                if try await session.disarm(undo.id, become: true) == .fired { fired += 1 }
                #expect(fixture.count == fired)
            }
        }
        #expect(fixture.count == fired)
    }

    @Test(arguments: TestShell.allCases)
    func aFiredUndoTellsItsOutcomeLater(shell: TestShell) async throws {
        let fixture = SupervisorFixture(shell)
        let undo = Invocation(
            id: fixture.id(), mode: .guarded, script: "cat; echo undone; exit 3", input: Array("before\n".utf8))
        try await fixture.with { try await $0.arm(undo, after: .milliseconds(900)) }
        // The connection is gone; the node does it by itself.
        try await eventually { FileManager.default.fileExists(atPath: fixture.folder(undo.id) + "/fired") }
        try await fixture.with { session in
            #expect(try await session.disarm(undo.id, become: true) == .fired)
            let printed = Printed()
            let result = try await session.reattach(
                undo.id, scriptDigest: SupervisorScript.digest(undo.script.utf8), become: true, timeout: .seconds(600),
                from: .start
            ) { printed.append($0) }
            #expect(result.outcome == .exited(3))
            #expect(printed.text() == "before\nundone\n")
        }
    }

    /// Nobody is told that the other side is gone, and nobody ever comes back: the supervisor hears and says nothing more.
    @Test(arguments: TestShell.allCases)
    func aNetworkThatIsCutForGoodLeavesTheUndoToTheNode(shell: TestShell) async throws {
        let fixture = SupervisorFixture(shell)
        let undo = Invocation(id: fixture.id(step: 1), mode: .guarded, script: fixture.counting("echo undone; exit 3"))
        let session = try await fixture.open()
        try await session.arm(undo, after: .seconds(2))
        let step = Invocation(
            id: fixture.id(), mode: .guarded, script: SupervisorFixture.awaitGo + "; exit 4", timeout: .seconds(600))
        let running = Task { try await session.collect(step) }
        try await eventually { FileManager.default.fileExists(atPath: fixture.folder(step.id) + "/go") }
        // What outlives connections has sessions of its own.
        let supervisor = KillTests.processes(of: fixture.node).filter { getsid($0) == getsid(0) }
        #expect(supervisor.count >= 4)
        for process in supervisor { kill(process, SIGSTOP) }
        try await eventually { fixture.count == 1 }
        fixture.go()
        try await eventually {
            (try? String(contentsOfFile: fixture.folder(step.id) + "/rc", encoding: .utf8))?.hasPrefix("E 4 ") == true
        }
        for process in supervisor { kill(process, SIGKILL) }
        await session.close()
        _ = await running.result
        // Whoever asks much later learns of both.
        try await fixture.with { later in
            #expect(try await later.disarm(undo.id, become: true) == .fired)
            for (invocation, status) in [(undo, Int32(3)), (step, 4)] {
                let result = try await later.reattach(
                    invocation.id, scriptDigest: SupervisorScript.digest(invocation.script.utf8), become: true,
                    timeout: .seconds(600),
                    from: .start
                ) { _ in }
                #expect(result.outcome == .exited(status))
            }
        }
        #expect(fixture.count == 1)
    }

    /// What a controller that was killed has sent may come after whoever goes on with its run has asked for it.
    @Test(arguments: TestShell.allCases)
    func anUndoThatWasDisarmedBeforeItCameIsNotArmed(shell: TestShell) async throws {
        let fixture = SupervisorFixture(shell)
        let undo = Invocation(id: fixture.id(), mode: .guarded, script: fixture.counting())
        try await fixture.with { next in
            for _ in 0..<2 {
                let end = try await next.disarm(undo.id, become: true)
                #expect(end == .unknown)
            }
        }
        try await fixture.with { late in
            let error = await #expect(throws: SessionError.self) { try await late.arm(undo, after: .zero) }
            #expect(error?.message.contains("was not armed") == true)
            let end = try await late.disarm(undo.id, become: true)
            #expect(end == .unknown)
        }
        #expect(!FileManager.default.fileExists(atPath: fixture.folder(undo.id) + "/fired"))
        #expect(fixture.count == 0)
    }

    @Test(arguments: TestShell.allCases)
    func ofArmingAndDisarmingAtOneTimeNothingStaysArmed(shell: TestShell) async throws {
        let fixture = SupervisorFixture(shell)
        let first = try await fixture.open()
        let second = try await fixture.open()
        for step in 0..<60 {
            let undo = Invocation(id: fixture.id(step: step), mode: .guarded, script: fixture.counting())
            async let arming = try? await first.arm(undo, after: .seconds(30))
            if step % 3 > 0 { try await Task.sleep(for: .milliseconds(step % 3)) }
            let end = try await second.disarm(undo.id, become: true)
            _ = await arming
            #expect(end != .fired)
            #expect(!FileManager.default.fileExists(atPath: fixture.folder(undo.id) + "/armed"))
        }
        for session in [first, second] { await session.close() }
        #expect(fixture.count == 0)
    }

    @Test func anUndoWithSecretsIsRefusedAndOneThatIsUnknownIsSaidToBe() async throws {
        let fixture = SupervisorFixture(.dash)
        try await fixture.with { session in
            let undo = Invocation(id: fixture.id(), mode: .guarded, script: "true", secrets: ["a": SecretBytes([1])])
            await #expect(throws: SessionError.self) { try await session.arm(undo, after: .seconds(9)) }
            let end = try await session.disarm(fixture.id(step: 5), become: true)
            #expect(end == .unknown)
        }
    }
}
