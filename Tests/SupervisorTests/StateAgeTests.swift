import Foundation
import Model
import Testing

@testable import Supervisor

/// How long a node keeps what is left of a step.
@Suite struct StateAgeTests {
    @Test(arguments: TestShell.allCases)
    func whatEndedIsForgottenOnceItIsOldAndWhatStillMattersNever(shell: TestShell) async throws {
        let fixture = SupervisorFixture(shell)
        func folder(_ step: Int) -> String { fixture.folder(fixture.id(step: step)) }
        func age(_ step: Int, days: Int) throws {
            let then = Date(timeIntervalSinceNow: -86_400 * Double(days))
            try FileManager.default.setAttributes([.modificationDate: then], ofItemAtPath: folder(step))
        }
        func isThere(_ step: Int) -> Bool { FileManager.default.fileExists(atPath: folder(step)) }
        func step(_ number: Int, _ script: String = "exit 3") -> Invocation {
            Invocation(id: fixture.id(step: number), mode: .guarded, script: script, timeout: .seconds(600))
        }

        let first = try await fixture.open()
        for number in 0..<4 { _ = try await first.collect(step(number)) }
        for number in 0..<2 { try await first.acknowledge(fixture.id(step: number), become: true) }
        try await first.arm(step(4), after: .seconds(3600))
        let long = step(5, fixture.counting(SupervisorFixture.awaitGo))
        let running = Task { try await first.collect(long) }
        try await eventually { fixture.count == 1 }
        // Acknowledged: old, and not old enough. Of the next two nobody has heard the end; one may still come, one goes on.
        for (number, days) in [(0, 31), (1, 29), (2, 31), (3, 91), (4, 91), (5, 91)] { try age(number, days: days) }
        // Whatever a session was for, at its end the node is tidied up.
        try await fixture.with {
            _ = try await $0.collect(Invocation(id: fixture.id(step: 90), mode: .plain, script: "true"))
        }
        try await eventually { !isThere(0) && !isThere(3) }
        for number in [1, 2, 4, 5] { #expect(isThere(number), "\(number)") }

        fixture.go()
        #expect(try await running.value.0.outcome == .exited(0))
        #expect(try await first.disarm(fixture.id(step: 4), become: true) == .disarmed)
        await first.close()
    }
}
