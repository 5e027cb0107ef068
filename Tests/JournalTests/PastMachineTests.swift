import Model
import Testing

@testable import Journal

/// On which machine something was last done under a node's name.
@Suite struct PastMachineTests {
    private func work(
        _ fixture: TestJournal, _ run: RunID, on machine: String, host: String? = nil
    ) async throws {
        let journal = fixture.journal
        fixture.clock.advance(1000)
        try await journal.begin(run, nodes: ["gpu01"])
        _ = try await journal.claim(node: "gpu01", run: run)
        let id = InvocationID(run: run, target: 0, step: 0, attempt: 1)
        var intent = StepIntent.test(id)
        intent.machineID = machine
        intent.host = host
        try await journal.append([.stepIntended(node: "gpu01", intent)], run: run)
        try await journal.append([.stepEnded(node: "gpu01", .test(id))], run: run)
        try await journal.release(node: "gpu01", run: run)
        try await journal.end(run, counts: [.remediated: 1])
    }

    @Test func theNewestOfTheOtherRunsCounts() async throws {
        let fixture = try TestJournal()
        let journal = fixture.journal
        #expect(try await journal.lastMachine(of: "gpu01", besides: .test(9)) == nil)
        try await work(fixture, .test(1), on: "first")
        try await work(fixture, .test(2), on: "second")
        let last = try #require(try await journal.lastMachine(of: "gpu01", besides: .test(9)))
        #expect(last.run == .test(2))
        #expect(last.machineID == "second")
        #expect(last.time == fixture.clock.now)
        #expect(try await journal.lastMachine(of: "gpu01", besides: .test(2))?.machineID == "first")
        #expect(try await journal.lastMachine(of: "gpu02", besides: .test(9)) == nil)
    }

    @Test func whatWasDoneOnAnotherHostOrOnANamelessMachineDoesNotCount() async throws {
        let fixture = try TestJournal()
        try await work(fixture, .test(1), on: "own")
        try await work(fixture, .test(2), on: "scheduler", host: "head01")
        try await work(fixture, .test(3), on: "")
        let last = try await fixture.journal.lastMachine(of: "gpu01", besides: .test(9))
        #expect(last?.machineID == "own")
        try await work(fixture, .test(4), on: "itself", host: "gpu01")
        #expect(try await fixture.journal.lastMachine(of: "gpu01", besides: .test(9))?.machineID == "itself")
    }
}
