import Foundation
import Glibc
import Journal
import Model

/// Writes to a journal in a process of its own, so that tests can kill it at any instant, fill its disk or make its
/// syncs fail. What it is told and what it says are lines of text; a line is printed after what it says is durable.
@main
struct JournalWriter {
    static func main() async {
        do {
            try await run(Array(CommandLine.arguments.dropFirst()))
        } catch let error as JournalError {
            say("error \(error.code)")
            exit(70)
        } catch {
            say("error \(error)")
            exit(71)
        }
    }

    /// `journal-writer MODE FILE RUN [TASKS] [COUNT]`
    private static func run(_ arguments: [String]) async throws {
        guard arguments.count >= 3, let run = RunID(arguments[2]) else { exit(64) }
        let journal = try Journal.open(
            JournalSettings(
                path: arguments[1],
                actor: Requester(user: "writer", userID: 0, sudoUser: nil, host: "here", sshClient: nil),
                program: "writer", reserve: 2 << 20, freeSpaceFloor: 0))
        let tasks = arguments.count > 3 ? Int(arguments[3]) ?? 1 : 1
        let count = arguments.count > 4 ? Int(arguments[4]) ?? .max : .max
        let work = Work(journal: journal, run: run)
        switch arguments[0] {
        case "append": try await work.append(tasks: tasks, count: count)
        case "claim": try await work.claim(count: count)
        case "hold": try await work.hold()
        case "tell": try await work.tell()
        case "take": try await work.take()
        case "fill": try await work.fill()
        case "insist": try await work.insist()
        default: exit(64)
        }
        try await journal.close()
    }

    static func say(_ line: String) {
        // One write a line, so that a kill cannot cut it in two.
        _ = Array((line + "\n").utf8).withUnsafeBytes { write(1, $0.baseAddress, $0.count) }
    }
}

/// What the writer does.
struct Work: Sendable {
    let journal: Journal
    let run: RunID

    private func start(_ nodes: Int) async throws {
        let header = RunHeader(
            id: run, kind: .apply, runbook: "test", runbookVersion: 1,
            targets: NodeSet(names: (0..<nodes).map { "n\($0)" }), selector: "n", parameters: [:],
            requester: Requester(user: "writer", userID: 0, sudoUser: nil, host: "here", sshClient: nil),
            program: "writer")
        try await journal.append([.runStarted(header)], run: run)
        JournalWriter.say("started")
    }

    /// Claims one occurrence after the other of one job; says `claimed OCCURRENCE RUN` for each that is its own.
    func claim(count: Int) async throws {
        let writer = Requester(user: "writer", userID: 0, sudoUser: nil, host: "here", sshClient: nil)
        var random = SystemRandomNumberGenerator()
        var decided = try await journal.register(job: "nightly", definition: "* * * * *").decidedUpTo
        JournalWriter.say("started")
        for _ in 0..<min(count, 1_000_000) {
            let id = RunID(random: random.next(), random.next())
            let occurrence = OccurrenceRecord(job: "nightly", occurrence: decided + 1, state: .started, run: id)
            if try await journal.decide(occurrence, by: writer) {
                JournalWriter.say("claimed \(decided + 1) \(id)")
                decided += 1
            } else {
                decided = try await journal.register(job: "nightly", definition: "* * * * *").decidedUpTo
            }
        }
    }

    /// Starts the run, then steps with outputs on many nodes at once; says `kept NODE STEP` after each ending.
    func append(tasks: Int, count: Int) async throws {
        try await start(tasks)
        try await write(tasks: tasks, count: count)
    }

    /// Steps of a run that was started before.
    func write(tasks: Int, count: Int) async throws {
        try await withThrowingTaskGroup { group in
            for node in 0..<tasks {
                group.addTask { try await steps(node, count: count) }
            }
            try await group.waitForAll()
        }
    }

    private func steps(_ node: Int, count: Int) async throws {
        var step = 0
        while step < count {
            let id = InvocationID(run: run, target: node, step: step, attempt: 1)
            let name = "n\(node)"
            try await journal.append(
                [
                    .stepIntended(
                        node: name,
                        StepIntent(
                            id: id, name: "s\(step)", purpose: .apply, verb: "run", scriptDigest: "", effect: .once,
                            bootID: "", machineID: ""))
                ], run: run)
            JournalWriter.say("intended \(node) \(step)")
            let text = Array("output of \(node) \(step)\n".utf8)
            try await journal.output(OutputChunk(stream: .standardOutput, offset: 0, bytes: text), of: id, node: name)
            try await journal.append(
                [
                    .stepEnded(
                        node: name,
                        StepEnding(id: id, name: "s\(step)", purpose: .apply, status: .changed, outcome: .exited(0)))
                ], run: run)
            JournalWriter.say("kept \(node) \(step)")
            step += 1
        }
    }

    /// Claims `n0`, says its token, and waits for the end of standard input.
    func hold() async throws {
        try await start(1)
        JournalWriter.say("fence \(try await journal.claim(node: "n0", run: run))")
        while readLine() != nil {}
    }

    /// Begins and ends one run after the other, of each of which somebody is told; says `told RUN` after each.
    func tell() async throws {
        let writer = Requester(user: "writer", userID: 0, sudoUser: nil, host: "here", sshClient: nil)
        var random = SystemRandomNumberGenerator()
        while true {
            let id = RunID(random: random.next(), random.next())
            journal.announce(Notifications([.start: ["a", "b"], .failure: ["a", "b"]]), of: id)
            let header = RunHeader(
                id: id, kind: .apply, runbook: "test", runbookVersion: 1, targets: NodeSet(names: ["n0"]),
                selector: "n0", parameters: [:], requester: writer, program: "writer")
            try await journal.append([.runStarted(header)], run: id)
            try await journal.append([.runFinished(RunEnding(counts: [.failed: 1], exitStatus: 1))], run: id)
            JournalWriter.say("told \(id)")
        }
    }

    /// Claims the messages that are due, says their ids, and waits for the end of standard input.
    func take() async throws {
        for message in try await journal.claimMessages(limit: 10, for: .seconds(600)) {
            JournalWriter.say("took \(message.id)")
        }
        JournalWriter.say("done")
        while readLine() != nil {}
    }

    /// Goes on after an append has failed; says what became of each attempt.
    func insist() async throws {
        try await start(1)
        for index in 0..<8 {
            do {
                try await journal.append([.warning("\(index)")], run: run)
                JournalWriter.say("appended \(index)")
            } catch let error as JournalError {
                JournalWriter.say("refused \(index) \(error.code)")
            }
        }
    }

    /// Fills the disk with outputs and events, then ends what was begun; says what went through.
    func fill() async throws {
        try await start(1)
        let first = InvocationID(run: run, target: 0, step: 0, attempt: 1)
        try await journal.append([.stepIntended(node: "n0", intent(first, .apply))], run: run)
        var refused: JournalError?
        for index in 0..<100_000 where refused == nil {
            do {
                let padding = String(repeating: "\(index % 10)", count: 4000)
                let header = StepIntent(
                    id: InvocationID(run: run, target: 0, step: index + 1, attempt: 1), name: padding, purpose: .apply,
                    verb: "run", scriptDigest: "", effect: .once, bootID: "", machineID: "")
                try await journal.append([.stepIntended(node: "n0", header)], run: run)
            } catch let error as JournalError {
                refused = error
            }
        }
        JournalWriter.say("refused \(refused.map { "\($0.code)" } ?? "never")")
        let piece = OutputChunk(stream: .standardOutput, offset: 0, bytes: [1, 2, 3])
        JournalWriter.say("output \(try await journal.output(piece, of: first, node: "n0"))")
        try await journal.append(
            [
                .stepEnded(
                    node: "n0",
                    StepEnding(id: first, name: "first", purpose: .apply, status: .failed, outcome: .exited(1)))
            ], run: run)
        JournalWriter.say("ending kept")
        let undo = InvocationID(run: run, target: 0, step: 0, attempt: 2)
        try await journal.append([.stepIntended(node: "n0", intent(undo, .undo))], run: run)
        JournalWriter.say("undo kept")
        do {
            try await journal.append(
                [.stepIntended(node: "n0", intent(InvocationID(run: run, target: 0, step: 0, attempt: 3), .apply))],
                run: run)
            JournalWriter.say("new intent kept")
        } catch let error as JournalError {
            JournalWriter.say("new intent refused \(error.code)")
        }
        try await journal.append(
            [
                .nodeFinished(node: "n0", NodeOutcome(.rolledBack)),
                .runFinished(RunEnding(counts: [.rolledBack: 1], exitStatus: 70)),
            ], run: run)
        JournalWriter.say("finished")
    }

    private func intent(_ id: InvocationID, _ purpose: StepIntent.Purpose) -> StepIntent {
        StepIntent(
            id: id, name: "first", purpose: purpose, verb: "run", scriptDigest: "", effect: .once, bootID: "",
            machineID: "")
    }
}
