import Foundation
import Model
import Testing

@testable import Supervisor

@Suite struct DiskFullTests {
    /// Comments make the script longer than what is free; its first line already counts.
    private static func long(_ fixture: SupervisorFixture, _ rest: String) -> String {
        fixture.counting(String(repeating: "# nothing\n", count: 820) + rest)
    }

    @Test(arguments: TestShell.allCases)
    func aScriptThatDoesNotFitOnTheDiskIsNotRunInPart(shell: TestShell) async throws {
        var outcomes: Set<String> = []
        for free in 0...14 {
            let fixture = SupervisorFixture(shell, stateSize: 1024)
            try await fixture.with { session in
                try await session.lease(run: fixture.run, fence: 1, become: true)
                fixture.node.fill(leaving: free)
                let invocation = Invocation(id: fixture.id(), mode: .guarded, script: Self.long(fixture, "exit 6"))
                let (result, _) = try await session.collect(invocation)
                switch result.outcome {
                case .notStarted(let reason):
                    outcomes.insert("not")
                    #expect(reason.contains("disk is full"))
                    #expect(fixture.count == 0)
                    #expect(!FileManager.default.fileExists(atPath: fixture.folder(fixture.id())))
                case .exited(6):
                    outcomes.insert("ran")
                    #expect(fixture.count == 1)
                default: Issue.record("with \(free) free blocks: \(result.outcome)")
                }
            }
        }
        #expect(outcomes == ["not", "ran"])
    }

    @Test(arguments: TestShell.allCases)
    func aDiskThatFillsMeanwhileHidesNoExitStatus(shell: TestShell) async throws {
        let fixture = SupervisorFixture(shell, stateSize: 256)
        let script = fixture.counting("\(SupervisorFixture.awaitGo); exit 5")
        let id = fixture.id()
        let first = try await fixture.open()
        let running = Task {
            try await first.run(
                Invocation(id: id, mode: .guarded, script: script, timeout: .seconds(600)), from: .start,
                started: { fixture.node.fill(leaving: 0) }, output: { _ in })
        }
        try await eventually { fixture.count == 1 && fixture.node.freeBlocks == 0 }
        // Another session takes it up while the disk is full and the script goes on.
        try await fixture.with { session in
            let second = Task {
                try await session.reattach(
                    id, scriptDigest: SupervisorScript.digest(script.utf8), become: true, timeout: .seconds(600),
                    from: .start
                ) { _ in }
            }
            try await Task.sleep(for: .milliseconds(300))
            fixture.go()
            #expect(try await second.value.outcome == .exited(5))
        }
        #expect(try await running.value.outcome == .exited(5))
        await first.close()
        #expect(fixture.count == 1)
    }

    @Test(arguments: TestShell.allCases)
    func aDiskThatOutputFillsKeepsItsBeginningAndTheExitStatus(shell: TestShell) async throws {
        let fixture = SupervisorFixture(shell, stateSize: 256)
        let lines = (0..<30_000).map { "line \($0)\n" }.joined()
        let invocation = Invocation(
            id: fixture.id(), mode: .guarded,
            script: fixture.counting(
                "i=0; while [ $i -lt 30000 ]; do echo \"line $i\" 2>/dev/null; i=$((i + 1)); done; exit 5"),
            timeout: .seconds(600))
        for _ in 0..<2 {
            try await fixture.with { session in
                let (result, printed) = try await session.collect(invocation)
                #expect(result.outcome == .exited(5))
                #expect(printed.bytes(.standardOutput).count > 64 << 10)
                #expect(printed.bytes(.standardOutput).count < lines.utf8.count)
                #expect(lines.hasPrefix(printed.text()))
            }
        }
        #expect(fixture.count == 1)
    }

    @Test(arguments: TestShell.allCases)
    func aFullDiskRefusesTheLeaseAndSaysWhatToDo(shell: TestShell) async throws {
        let fixture = SupervisorFixture(shell, stateSize: 64)
        fixture.node.fill(leaving: 0)
        try await fixture.with { session in
            let error = await #expect(throws: SessionError.self) {
                try await session.lease(run: fixture.run, fence: 1, become: true)
            }
            #expect(error?.kind == .unusable)
            #expect(error?.message.contains("disk is full") == true)
            #expect(error?.hint?.contains("Make room") == true)
        }
    }

    @Test(arguments: TestShell.allCases, ["nr_inodes=1", "ro"])
    func aStateFolderThatCanNotBeMadeIsNoUnsafeOne(shell: TestShell, options: String) async throws {
        let fixture = SupervisorFixture(
            shell, setup: "umount /var/lib/runbook-node; mount -t tmpfs -o \(options) tmpfs /var/lib")
        try await fixture.with { session in
            let error = await #expect(throws: SessionError.self) {
                try await session.lease(run: fixture.run, fence: 1, become: true)
            }
            #expect(error?.kind == .unusable)
            #expect(error?.message.contains("can't be made") == true, "\(String(describing: error))")
        }
    }

    @Test(arguments: TestShell.allCases)
    func probesStillRunWhenTheDiskIsFull(shell: TestShell) async throws {
        let fixture = SupervisorFixture(shell, stateSize: 64)
        fixture.node.fill(leaving: 0)
        try await fixture.with { session in
            let (result, printed) = try await session.collect(
                Invocation(id: fixture.id(), mode: .plain, script: "echo alive"))
            #expect(result.outcome == .exited(0))
            #expect(printed.text() == "alive\n")
        }
    }
}
