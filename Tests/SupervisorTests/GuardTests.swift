import Foundation
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
                if try await !session.disarm(undo.id, become: true) { fired += 1 }
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
            #expect(try await session.disarm(undo.id, become: true) == false)
            let printed = Printed()
            let result = try await session.reattach(
                undo.id, scriptDigest: SupervisorScript.digest(undo.script.utf8), become: true, from: .start
            ) { printed.append($0) }
            #expect(result.outcome == .exited(3))
            #expect(printed.text() == "before\nundone\n")
        }
    }

    @Test func anUndoWithSecretsOrThatIsUnknownIsRefused() async throws {
        let fixture = SupervisorFixture(.dash)
        try await fixture.with { session in
            let undo = Invocation(id: fixture.id(), mode: .guarded, script: "true", secrets: ["a": SecretBytes([1])])
            await #expect(throws: SessionError.self) { try await session.arm(undo, after: .seconds(9)) }
            await #expect(throws: SessionError.self) { try await session.disarm(fixture.id(step: 5), become: true) }
        }
    }
}
