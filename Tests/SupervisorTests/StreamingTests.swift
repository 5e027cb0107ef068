import Foundation
import Glibc
import Model
import Synchronization
import Testing

@testable import Supervisor

@Suite struct StreamingTests {
    @Test(arguments: TestShell.allCases, [Invocation.Mode.plain, .guarded])
    func outputArrivesWhileTheScriptStillRuns(shell: TestShell, mode: Invocation.Mode) async throws {
        let fixture = SupervisorFixture(shell)
        try await fixture.with { session in
            let printed = Printed()
            let result = try await session.run(
                Invocation(
                    id: fixture.id(), mode: mode,
                    script: "echo early; echo e >&2; \(SupervisorFixture.awaitGo); echo late; exit 2",
                    timeout: .seconds(600)),
                from: .start, started: {},
                output: { chunk in
                    printed.append(chunk)
                    if !printed.text().isEmpty && !printed.text(.standardError).isEmpty { fixture.go() }
                })
            #expect(result.outcome == .exited(2))
            #expect(printed.text() == "early\nlate\n")
            #expect(printed.text(.standardError) == "e\n")
        }
    }

    @Test(arguments: TestShell.allCases)
    func aGigabyteOnOneLineIsCutExactlyAndMemoryStaysFlat(shell: TestShell) async throws {
        let fixture = SupervisorFixture(shell)
        let limit = 3_000_001
        try await fixture.with { session in
            for (step, mode) in [Invocation.Mode.plain, .guarded].enumerated() {
                let total = Mutex(0)
                let result = try await session.run(
                    Invocation(
                        id: fixture.id(step: step), mode: mode,
                        script: "head -c 1073741824 /dev/zero | tr '\\0' y; exit 0",
                        timeout: .seconds(600), outputLimit: limit),
                    from: .start, started: {},
                    output: { chunk in
                        #expect(chunk.bytes.count <= 64 << 10)
                        total.withLock { $0 += chunk.bytes.count }
                    })
                #expect(result.outcome == .outputLimitExceeded)
                #expect(result.standardOutputBytes == limit)
                #expect(total.withLock { $0 } == limit)
            }
        }
    }

    @Test(arguments: TestShell.allCases)
    func aSlowConsumerHoldsTheNodeBackAndLosesNothing(shell: TestShell) async throws {
        let fixture = SupervisorFixture(shell)
        try await fixture.with { session in
            let total = Mutex(0)
            let result = try await session.run(
                Invocation(
                    id: fixture.id(), mode: .guarded, script: "yes 0123456789 | head -c 8000000", timeout: .seconds(600)
                ),
                from: .start, started: {},
                output: { chunk in
                    if total.withLock({ $0 }) % 16 == 0 { try await Task.sleep(for: .milliseconds(5)) }
                    total.withLock { $0 += chunk.bytes.count }
                })
            #expect(result.outcome == .exited(0))
            #expect(total.withLock { $0 } == 8_000_000)
        }
    }

    @Test(arguments: TestShell.allCases)
    func scriptsThatAreSentTogetherEachGetTheirOwnOutput(shell: TestShell) async throws {
        let fixture = SupervisorFixture(shell)
        try await fixture.with { session in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 0..<40 {
                    group.addTask {
                        let (result, printed) = try await session.collect(
                            Invocation(
                                id: fixture.id(step: number), mode: number % 4 == 0 ? .guarded : .plain,
                                script: "echo \(number); exit \(number)"))
                        #expect(result.outcome == .exited(Int32(number)))
                        #expect(printed.text() == "\(number)\n")
                    }
                }
                try await group.waitForAll()
            }
        }
    }

    /// As when nobody takes what a script prints, so that the supervisor's worker waits for long.
    @Test(arguments: TestShell.allCases)
    func aWorkerThatWaitsIsNotFloodedByItsClock(shell: TestShell) async throws {
        let fixture = SupervisorFixture(shell)
        try await fixture.with { session in
            async let running = session.collect(
                Invocation(
                    id: fixture.id(), mode: .plain, script: fixture.counting("\(SupervisorFixture.awaitGo); exit 4"),
                    timeout: .seconds(600)))
            try await eventually { fixture.count == 1 }
            let names = try FileManager.default.contentsOfDirectory(atPath: fixture.node.memory)
            let folder = try #require(names.first { $0.hasPrefix("s-") })
            var found: pid_t?
            try await eventually {
                found = KillTests.processes(of: fixture.node).first { pid in
                    let target = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/\(pid)/fd/7")
                    return target?.hasSuffix("/q") == true
                }
                return found != nil
            }
            let worker = try #require(found)
            kill(worker, SIGSTOP)
            try await Task.sleep(for: .milliseconds(4500))
            let queue = open("\(fixture.node.memory)/\(folder)/q", O_RDWR | O_NONBLOCK)
            var waiting: Int32 = -1
            #expect(ioctl(queue, UInt(FIONREAD), &waiting) == 0)
            close(queue)
            kill(worker, SIGCONT)
            // One tick is a letter and a newline, of which the worker may have read some when it was stopped.
            #expect((0...2).contains(waiting))
            fixture.go()
            #expect(try await running.0.outcome == .exited(4))
        }
    }

    @Test(arguments: TestShell.allCases)
    func lateWritersAndLoginNoiseReachNoOtherOutput(shell: TestShell) async throws {
        let node = TestNode(
            shell,
            setup: "echo 'GPU 0'; echo noise >&2; (while [ -d /proc/$$ ]; do echo late; sleep 0.05; done) 2>/dev/null &"
        )
        // Noise that goes on after the greeting is no noise any more.
        await #expect(throws: SessionError.self) {
            try await node.with { session in
                for _ in 0..<200 {
                    _ = try await session.collect(
                        Invocation(id: SupervisorFixture(on: node).id(), mode: .plain, script: "sleep 0.05"))
                }
            }
        }
        let fixture = SupervisorFixture(shell, setup: "echo 'GPU 0'; echo noise >&2")
        try await fixture.with { session in
            let writer =
                "setsid sh -c 'i=0; while [ ! -e /dev/shm/runbook-node/go ] && [ $i -lt 200 ]; do echo GPU 0; sleep 0.05; i=$((i + 1)); done' & sleep 0.1; echo mine"
            let (first, _) = try await session.collect(Invocation(id: fixture.id(), mode: .plain, script: writer))
            #expect(first.outcome == .exited(0))
            for step in 1...5 {
                let (_, printed) = try await session.collect(
                    Invocation(id: fixture.id(step: step), mode: .plain, script: "sleep 0.1; echo $((\(step) + 0))"))
                #expect(printed.text() == "\(step)\n")
            }
            fixture.go()
        }
    }

    @Test(arguments: TestShell.allCases)
    func whileOneScriptRunsLongOthersAreStillServed(shell: TestShell) async throws {
        let fixture = SupervisorFixture(shell)
        try await fixture.with { session in
            let long = Task {
                try await session.collect(
                    Invocation(
                        id: fixture.id(), mode: .guarded,
                        script: fixture.counting("\(SupervisorFixture.awaitGo); exit 7"), timeout: .seconds(600)))
            }
            try await eventually { fixture.count == 1 }
            // The first of these waits behind it, or, once it has been running for a while, finds a supervisor of its own.
            try await Task.sleep(for: .milliseconds(600))
            #expect(
                try await session.collect(Invocation(id: fixture.id(step: 1), mode: .plain, script: "exit 3")).0.outcome
                    == .exited(3))
            fixture.go()
            #expect(try await long.value.0.outcome == .exited(7))
        }
    }

    @Test(arguments: TestShell.allCases)
    func whatWaitsBehindAnotherScriptCanBeCancelledToo(shell: TestShell) async throws {
        let fixture = SupervisorFixture(shell)
        try await fixture.with { session in
            async let first = session.collect(
                Invocation(
                    id: fixture.id(), mode: .plain, script: fixture.counting(SupervisorFixture.awaitGo),
                    timeout: .seconds(600)))
            async let second = session.collect(
                Invocation(
                    id: fixture.id(step: 1), mode: .plain, script: fixture.counting("sleep 600"), timeout: .seconds(600)
                ))
            try await eventually { fixture.count >= 1 }
            try await session.cancel(fixture.id(step: 1), become: true)
            fixture.go()
            #expect(try await second.0.outcome == .cancelled)
            #expect(try await first.0.outcome == .exited(0))
        }
    }
}
