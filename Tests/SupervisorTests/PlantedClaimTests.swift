import Foundation
import Model
import TestSupport
import Testing

@testable import Supervisor

/// What stands where a step's claim is to be made. Only root could put it there, or whoever had the state folder before.
@Suite struct PlantedClaimTests {
    /// A plant at CLAIM, and the kind of error that it is refused with; nil where the answer is that nothing was started.
    struct Plant: Sendable, CustomTestStringConvertible {
        var script: String
        var refusal: SessionError.Kind?
        var testDescription: String { script }
    }

    private static let plants = [
        Plant(script: "mkfifo CLAIM", refusal: .unusable), Plant(script: "mknod CLAIM c 1 3", refusal: .unusable),
        Plant(script: "mknod CLAIM c 1 5", refusal: .unusable), Plant(script: "echo x >CLAIM", refusal: .unusable),
        Plant(script: "ln -s /dev/null CLAIM", refusal: .unusable),
        Plant(script: "ln -s /nowhere CLAIM", refusal: .unusable),
        Plant(
            script: "mkdir CLAIM-x && echo 2 DIGEST RUN.0 MACHINE 0 >CLAIM-x/claim && ENDED-x && ln -s CLAIM-x CLAIM",
            refusal: .unusable),
        Plant(script: "mkdir CLAIM && echo 2 0 RUN.0 MACHINE 0 >CLAIM/claim && ENDED", refusal: .violation),
        Plant(script: "mkdir CLAIM && echo 'E 0 -' >CLAIM/rc"),
    ]

    /// Folders that say that the step has ended, and hold no claim. One that reads such a claim reads for ever.
    private static let forgeries = [
        "true", "mkfifo CLAIM/claim", "mknod CLAIM/claim c 1 5", "ln -s /dev/zero CLAIM/claim",
        "echo 2 DIGEST RUN.0 MACHINE 0 >CLAIM-x && ln -s CLAIM-x CLAIM/claim", ": >CLAIM/claim",
    ]

    private static let ended = "echo 'E 0 -' >CLAIM/rc && : >CLAIM/go"

    private func plant(_ script: String, for invocation: Invocation, on node: TestNode) throws {
        let machine = (try? String(contentsOfFile: "/etc/machine-id", encoding: .utf8)) ?? "-"
        let claim = "\(node.state)/\(invocation.id)"
        try Self.sh(
            script.replacing("ENDED-x", with: Self.ended.replacing("CLAIM", with: claim + "-x"))
                .replacing("ENDED", with: Self.ended).replacing("CLAIM", with: claim)
                .replacing("DIGEST", with: SupervisorScript.digest(invocation.script.utf8))
                .replacing("RUN", with: "\(invocation.id.run)")
                .replacing("MACHINE", with: machine.trimmingCharacters(in: .whitespacesAndNewlines)))
    }

    private static func sh(_ script: String) throws {
        let process = SpawnedProcess()
        process.executableURL = URL(fileURLWithPath: "/bin/sh")
        process.arguments = ["-c", script]
        try process.run()
        process.waitUntilExit()
        try #require(process.terminationStatus == 0, "\(script)")
    }

    @Test(.timeLimit(.minutes(5)), arguments: TestShell.allCases, plants)
    func itIsNeverTakenForOneAndNothingIsRun(shell: TestShell, planted: Plant) async throws {
        let fixture = SupervisorFixture(shell)
        let script = fixture.counting()
        let invocation = Invocation(id: fixture.id(), mode: .guarded, script: script)
        try plant(planted.script, for: invocation, on: fixture.node)
        for isStart in [true, false] {
            try await fixture.with { session in
                func answer() async throws -> InvocationOutcome {
                    if isStart { return try await session.collect(invocation).0.outcome }
                    return try await session.reattach(
                        invocation.id, scriptDigest: SupervisorScript.digest(script.utf8), become: true,
                        timeout: .seconds(600), from: .start
                    ) { _ in }.outcome
                }
                if let refusal = planted.refusal {
                    let error = await #expect(throws: SessionError.self) { _ = try await answer() }
                    #expect(error?.kind == refusal, "\(String(describing: error))")
                } else {
                    let outcome = try await answer()
                    #expect(outcome.isNotStarted)
                }
            }
        }
        #expect(fixture.count == 0)
        // In the way of this step only, and not for ever.
        try Self.sh("rm -rf \(fixture.folder(fixture.id()))")
        try await fixture.with { session in
            let outcome = try await session.collect(invocation).0.outcome
            #expect(outcome == .exited(0))
        }
        #expect(fixture.count == 1)
    }

    @Test(.timeLimit(.minutes(5)), arguments: TestShell.allCases, forgeries)
    func ofAFolderWithoutAClaimNoEndIsBelieved(shell: TestShell, forgery: String) async throws {
        let fixture = SupervisorFixture(shell)
        let invocation = Invocation(id: fixture.id(), mode: .guarded, script: fixture.counting())
        try plant("mkdir CLAIM && ENDED && \(forgery)", for: invocation, on: fixture.node)
        try await fixture.with { session in
            let outcome = try await session.collect(invocation).0.outcome
            #expect(outcome.isLost)
        }
        #expect(fixture.count == 0)
    }

    /// A loop that plants at the very names that steps are about to claim: a thousand steps, with all shells.
    @Test(.timeLimit(.minutes(10)), arguments: TestShell.allCases)
    func whatIsPlantedAtAnyInstantIsNeverTakenForOne(shell: TestShell) async throws {
        let fixture = SupervisorFixture(shell)
        let next = fixture.node.memory + "/next"
        try "\(fixture.id())\n".write(toFile: next, atomically: true, encoding: .utf8)
        let planter = SpawnedProcess()
        planter.executableURL = URL(fileURLWithPath: "/bin/dash")
        planter.arguments = [
            "-c",
            """
            mkdir "$1/forged" && echo 'E 0 -' >"$1/forged/rc" && : >"$1/forged/go"
            while read -r id <"$2"; do
                at=$1/$id
                mkfifo "$at" && rm -f "$at"
                mknod "$at" c 1 3 && rm -f "$at"
                ln -s /dev/null "$at" && rm -f "$at"
                ln -s "$1/forged" "$at" && rm -f "$at"
                mkdir "$at" && : >"$at/go" && echo 'E 0 -' >"$at/rc" && rm -rf "$at"
            done 2>/dev/null
            """, "sh", fixture.node.state, next,
        ]
        try planter.run()
        defer {
            kill(planter.processIdentifier, SIGKILL)
            planter.waitUntilExit()
        }
        var ran = 0
        var refused = 0
        var session = try await fixture.open()
        for step in 0..<340 {
            let id = fixture.id(step: step)
            try "\(id)\n".write(toFile: next, atomically: true, encoding: .utf8)
            do {
                let (result, printed) = try await session.collect(
                    Invocation(id: id, mode: .guarded, script: fixture.counting("echo mine; exit 6")))
                switch result.outcome {
                case .exited(let status):
                    ran += 1
                    #expect(status == 6)
                    #expect(printed.text() == "mine\n")
                case .notStarted, .lost: refused += 1
                default: Issue.record("step \(step): \(result.outcome)")
                }
            } catch is SessionError {
                refused += 1
                await session.close()
                session = try await fixture.open()
            }
            #expect(fixture.count == ran)
        }
        await session.close()
        #expect(ran > 0)
        #expect(refused > 0)
    }
}
