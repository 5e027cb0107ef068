import Foundation
import Model
import Testing

@testable import Supervisor

@Suite struct HostileNodeTests {
    private static let run = RunID(random: 1, 2)

    private func session(_ answer: @escaping @Sendable (String, String, [String]) -> String?) async throws
        -> SupervisedSession
    {
        try await SupervisedSession.open(over: PlayedOpener(answer: answer), become: BecomeSettings(), password: nil)
    }

    private let invocation = Invocation(
        id: InvocationID(run: run, target: 0, step: 0, attempt: 1), mode: .guarded, script: "true")

    @Test(arguments: [
        "\nRB2 TOKEN END 0 - 0\n", "\nRB2 TOKEN START 0\n\nRB2 OTHER END 0 - 0\n", "\nRB2 TOKEN START 0\nEND 0\n",
        "\nRB2 TOKEN START 0\n\nRB2 TOKEN DONE\n", "\nRB2 TOKEN HELLO 2\n",
        "\nRB2 TOKEN START 0\n\nRB2 TOKEN OUT o 7\n",
        "\nRB2 TOKEN FATAL frame\n",
    ])
    func aForgedAnswerIsAViolationAndNeverAResult(answer: String) async throws {
        let other = Nonce.make()
        let session = try await session { token, _, _ in
            answer.replacingOccurrences("TOKEN", token).replacingOccurrences("OTHER", other)
        }
        let error = await #expect(throws: SessionError.self) { try await session.collect(invocation) }
        #expect(error?.kind == .violation)
        #expect(error?.hint?.isEmpty == false)
        // Nothing more is believed.
        await #expect(throws: SessionError.self) { try await session.collect(invocation) }
    }

    @Test func whatIsNoAnswerToTheQuestionSaysWhereToLook() async throws {
        let invocation = invocation
        let questions: [(answer: String, ask: @Sendable (SupervisedSession) async throws -> Void)] = [
            ("FIRED", { try await $0.lease(run: Self.run, fence: 1, become: true) }),
            ("FIRED", { try await $0.release(run: Self.run) }),
            ("FIRED", { try await $0.acknowledge(invocation.id, become: true) }),
            ("NONE", { try await $0.arm(invocation, after: .seconds(60)) }),
            ("NOSTART x", { _ = try await $0.disarm(invocation.id, become: true) }),
            ("ATTACH", { _ = try await $0.captured("file", of: invocation.id, become: true) }),
        ]
        for (answer, ask) in questions {
            let session = try await session { token, _, _ in "\nRB2 \(token) \(answer)\n" }
            let error = await #expect(throws: SessionError.self) { try await ask(session) }
            #expect(error?.kind == .violation, "\(answer): \(String(describing: error))")
            #expect(error?.hint?.contains("/var/lib/runbook-node") == true, "\(answer): \(String(describing: error))")
        }
    }

    @Test func anEndThatComesTwiceEndsTheSession() async throws {
        let session = try await session { token, _, _ in
            "\nRB2 \(token) START 0\n\nRB2 \(token) END 3 - 0\n\nRB2 \(token) END 0 - 0\n"
        }
        _ = try? await session.collect(invocation)
        var second = invocation
        second.id.step = 1
        let next = second
        let error = await #expect(throws: SessionError.self) { try await session.collect(next) }
        #expect(error?.kind == .violation)
    }

    /// As with a process in uninterruptible sleep, which nobody can end; and as a hostile node may.
    private func beating(overtime: Duration) async throws -> SupervisedSession {
        let opener = PlayedOpener(beats: true) { token, verb, _ in
            verb == "STOP" ? nil : "\nRB2 \(token) START 0\n"
        }
        return try await SupervisedSession.open(
            over: opener, become: BecomeSettings(), password: nil, overtime: overtime)
    }

    @Test(arguments: [Invocation.Mode.plain, .guarded])
    func aNodeThatSaysForEverThatItIsAtWorkIsGivenUp(mode: Invocation.Mode) async throws {
        let session = try await beating(overtime: .milliseconds(200))
        var invocation = invocation
        invocation.mode = mode
        invocation.timeout = .milliseconds(100)
        invocation.grace = .zero
        var second = invocation
        second.id.step = 1
        let (first, behind) = (invocation, second)
        let earlier = Task { await session.failure(of: first) }
        try await Task.sleep(for: .milliseconds(50))
        let later = Task { await session.failure(of: behind) }
        #expect(await earlier.value == .overdue)
        // Of what waited behind it nobody knows anything; a late one has a supervisor of its own, which does the same.
        #expect([.lost, .overdue].contains(await later.value))
    }

    @Test func aScriptThatIsToldToStopIsWaitedForNoLongerThanItNeeds() async throws {
        let session = try await beating(overtime: .milliseconds(200))
        var invocation = invocation
        invocation.timeout = .seconds(3600)
        let long = invocation
        let running = Task { try await session.collect(long) }
        try await Task.sleep(for: .milliseconds(100))
        try await session.cancel(long.id, become: true)
        let error = await #expect(throws: SessionError.self) { try await running.value }
        #expect(error?.kind == .overdue)
    }

    @Test func aNodeThatNeverGrantsALeaseIsGivenUp() async throws {
        let opener = PlayedOpener(beats: true) { _, _, _ in "" }
        let session = try await SupervisedSession.open(
            over: opener, become: BecomeSettings(), password: nil, overtime: .seconds(-599.8))
        let error = await #expect(throws: SessionError.self) {
            try await session.lease(run: Self.run, fence: 1, become: true)
        }
        #expect(error?.kind == .overdue)
    }

    @Test func aChannelThatClosesIsNoResult() async throws {
        let session = try await session { token, _, _ in "\nRB2 \(token) START 0\n" }
        let invocation = invocation
        let running = Task { try await session.collect(invocation) }
        try await Task.sleep(for: .milliseconds(50))
        await session.close()
        let error = await #expect(throws: SessionError.self) { try await running.value }
        #expect(error?.kind == .lost)
    }

    @Test func aNodeThatSaysMoreThanWasAskedForIsCut() async throws {
        let session = try await session { token, _, _ in
            "\nRB2 \(token) START 0\n\nRB2 \(token) OUT o 0\n" + String(repeating: "x", count: 100)
                + "\nRB2 \(token) END 0 - 0\n"
        }
        var invocation = invocation
        invocation.outputLimit = 10
        let (result, printed) = try await session.collect(invocation)
        #expect(result.outcome == .outputLimitExceeded)
        #expect(printed.text() == "xxxxxxxxxx")
    }

    /// A script of the supervisor's own user writes ends into whatever the supervisor has open.
    @Test(arguments: TestShell.allCases, [Invocation.Mode.plain, .guarded])
    func anEndThatAScriptForgesIsNeverItsEnd(shell: TestShell, mode: Invocation.Mode) async throws {
        // As with sshd, output goes through a pipe, which other processes can open; sockets they can't.
        let fixture = SupervisorFixture(
            shell,
            setup: """
                rm -f /dev/shm/runbook-node/out; mkfifo /dev/shm/runbook-node/out
                cat /dev/shm/runbook-node/out & exec >/dev/shm/runbook-node/out
                """)
        let script = """
            forge() { printf '\n%s END 0 - 0\n' 'RB2' "RB2 $RUNBOOK_INVOCATION" 'RB2 00000000000000000000000000000000'; }
            forge; forge >&2
            mine=$(readlink /proc/self/ns/mnt)
            for process in $(find /proc/[0-9]*/ns/mnt -maxdepth 0 -printf '%p %l\n' | grep -F " $mine" | cut -d/ -f3); do
                process=/proc/$process
                # The streams that shells keep, above nine too; more is inherited from the test.
                for place in "$process"/fd/[0-9] "$process"/fd/1[0-9]; do
                    case $(readlink "$place") in
                    pipe:* | */out) echo "$place" >>/dev/shm/runbook-node/forged && forge 1<>"$place" ;;
                    esac
                done
            done 2>/dev/null
            exit 3
            """
        let session = try await fixture.open()
        do {
            let (result, _) = try await session.collect(
                Invocation(id: fixture.id(), mode: mode, script: script, timeout: .seconds(600)))
            #expect(result.outcome == .exited(3))
        } catch let error as SessionError {
            #expect(error.kind == .violation)
        }
        await session.close()
        #expect(FileManager.default.fileExists(atPath: fixture.node.memory + "/forged"))
        if mode == .guarded {
            try await SupervisorFixture(on: fixture.node).with { again in
                let result = try await again.reattach(
                    fixture.id(), scriptDigest: SupervisorScript.digest(script.utf8), become: true,
                    timeout: .seconds(600), from: .start
                ) { _ in }
                #expect(result.outcome == .exited(3))
            }
        }
    }

    @Test func wordsOfANodeCannotMoveATerminal() async throws {
        let session = try await session { token, _, _ in "\nRB2 \(token) BUSY \u{7f}x\n" }
        let invocation = invocation
        let error = await #expect(throws: SessionError.self) { try await session.collect(invocation) }
        #expect(error?.kind == .violation)
    }
}

extension SupervisedSession {
    fileprivate func failure(of invocation: Invocation) async -> SessionError.Kind? {
        do {
            _ = try await collect(invocation)
            return nil
        } catch { return (error as? SessionError)?.kind }
    }
}

extension String {
    fileprivate func replacingOccurrences(_ word: String, _ other: String) -> String {
        split(separator: word, omittingEmptySubsequences: false).joined(separator: other)
    }
}
