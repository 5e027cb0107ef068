import Foundation
import Glibc
import TestSupport
import Testing

@testable import SSH

/// Streams: memory, order, interleaving, and the ways in which they break.
@Suite struct ChannelTests {
    /// 1 GiB through one channel; what is held at any time is a small part of it.
    @Test func aFloodIsReadWithFlatMemory() async throws {
        try await SSHDFixture.with { sshd in
            try await sshd.withConnection { node in
                let channel = try await node.openExec("head -c 1073741824 /dev/zero")
                var total = 0
                var start = 0
                var peak = 0
                while true {
                    let event = try await channel.next()
                    guard case .standardOutput(let bytes) = event else {
                        #expect(event == .closed(.finished(reportedStatus: 0, signal: nil)))
                        break
                    }
                    total += bytes.count
                    if total < 8 << 20 { start = residentBytes() } else { peak = max(peak, residentBytes()) }
                }
                #expect(total == 1 << 30)
                // Other tests of the same process run meanwhile, so this is generous; the flood is 8 times as much.
                #expect(peak - start < 128 << 20)
            }
        }
    }

    /// A steady writer never finds the queue quite empty; what was sent must be given back all the same.
    @Test func theQueueOfASteadyWriterStaysSmall() {
        var queue = OutboundQueue()
        var next: UInt8 = 0
        var largest = 0
        for _ in 0..<500 {
            queue.append([UInt8](repeating: next, count: 50_000))
            // 30,000 bytes of this round stay behind, so the next one begins with them.
            let first = queue.withBytes { $0.first }
            #expect(first == (next == 0 && largest == 0 ? 0 : next &- 1))
            queue.removeFirst(queue.count - 30_000)
            next &+= 1
            largest = max(largest, queue.capacity)
        }
        #expect(largest < 1 << 20)
        queue.removeFirst(queue.count)
        #expect(queue.capacity == 0)
    }

    /// A consumer that does not read stops the command rather than filling the memory.
    @Test func anUnreadFloodStops() async throws {
        try await SSHDFixture.with { sshd in
            try await sshd.withConnection { node in
                let channel = try await node.openExec("head -c 16777216 /dev/zero; touch \(sshd.folder.path("ended"))")
                // The same connection does other work meanwhile, whose reading moves the flood's bytes too.
                for _ in 0..<20 { #expect(try await node.run("true").isSuccess) }
                #expect(access(sshd.folder.path("ended"), F_OK) != 0)
                let result = try await drain(channel)
                #expect(result.output.count == 16_777_216)
                #expect(access(sshd.folder.path("ended"), F_OK) == 0)
            }
        }
    }

    @Test func bothStreamsKeepTheirOwnOrder() async throws {
        try await SSHDFixture.with { sshd in
            try await sshd.withConnection { node in
                let script = "i=0; while [ $i -lt 2000 ]; do echo out$i; echo err$i >&2; i=$((i+1)); done"
                let result = try await drain(try await node.openExec(script))
                #expect(text(result.output) == (0..<2000).map { "out\($0)\n" }.joined())
                #expect(text(result.error) == (0..<2000).map { "err\($0)\n" }.joined())
            }
        }
    }

    /// A full window makes the writer wait; nothing is lost when it opens again.
    @Test func aWriterWaitsForASlowReader() async throws {
        try await SSHDFixture.with { sshd in
            try await sshd.withConnection { node in
                let go = sshd.folder.path("go")
                let channel = try await node.openExec("while [ ! -e \(go) ]; do sleep 0.05; done; sha256sum")
                let written = Counter()
                let piece = [UInt8](repeating: 120, count: 64 * 1024)
                let writer = Task {
                    for _ in 0..<320 {
                        try await channel.write(piece)
                        written.add()
                    }
                    try await channel.closeInput()
                }
                // Other work on the connection goes on while the writer waits.
                for _ in 0..<10 { #expect(try await node.run("true").isSuccess) }
                #expect(written.value < 200)
                try "".write(toFile: go, atomically: true, encoding: .utf8)
                let result = try await drain(channel)
                try await writer.value
                // sha256sum of 20 MiB of "x".
                let expected = try Keygen.run(
                    ["-c", "head -c 20971520 /dev/zero | tr '\\0' x | sha256sum"], tool: "/bin/sh")
                #expect(text(result.output) == expected)
            }
        }
    }

    @Test func writingToACommandThatHasEndedFails() async throws {
        try await SSHDFixture.with { sshd in
            try await sshd.withConnection { node in
                let channel = try await node.openExec("true")
                let error = try await failure {
                    for _ in 0..<1000 { try await channel.write([UInt8](repeating: 0, count: 64 * 1024)) }
                }
                #expect(error.code == "closed")
                #expect(try await node.run("true").isSuccess)
            }
        }
    }

    @Test func aLostConnectionWakesEveryReader() async throws {
        try await SSHDFixture.with { sshd in
            try await sshd.withConnection { node in
                let channels = [try await node.openExec("cat"), try await node.openExec("cat")]
                async let first = channels[0].next()
                async let second = channels[1].next()
                try await channels[0].write(Array("x".utf8))
                #expect(try await first == .standardOutput(Array("x".utf8)))
                sshd.signalSessions(SIGKILL)
                guard case .closed(.lost) = try await second, case .closed(.lost) = try await channels[0].next() else {
                    Issue.record("not lost")
                    return
                }
            }
        }
    }

    /// Data that arrived before the connection broke is still delivered.
    @Test func whatCameBeforeTheLossIsRead() async throws {
        try await SSHDFixture.with { sshd in
            try await sshd.withConnection { node in
                let channel = try await node.openExec(
                    "head -c 100000 /dev/zero; touch \(sshd.folder.path("sent")); cat")
                while access(sshd.folder.path("sent"), F_OK) != 0 { try await Task.sleep(for: .milliseconds(10)) }
                #expect(try await node.run("true").isSuccess)
                sshd.signalSessions(SIGKILL)
                while !node.isClosed { try await Task.sleep(for: .milliseconds(5)) }
                let result = try await drain(channel)
                #expect(result.output.count == 100_000)
                guard case .lost = result.end else {
                    Issue.record("\(String(describing: result.end))")
                    return
                }
            }
        }
    }

    /// A deadline while the server's reply is awaited leaves the session in an unknown state.
    @Test func aDeadlineInsideAnOpeningClosesTheConnection() async throws {
        try await SSHDFixture.with { sshd in
            try await sshd.withPool { pool in
                var target = sshd.target()
                target.deadlines.open = .milliseconds(300)
                let node = try await pool.connection(to: target)
                sshd.signalSessions(SIGSTOP)
                defer { sshd.signalSessions(SIGCONT) }
                let error = try await failure { _ = try await node.openExec("true") }
                guard case .timedOut(.open) = error.kind else {
                    Issue.record("\(error)")
                    return
                }
                #expect(node.isClosed)
                sshd.signalSessions(SIGCONT)
                let next = try await pool.connection(to: target)
                #expect(next !== node)
                #expect(try await next.run("true").isSuccess)
            }
        }
    }

    /// One opening at a time goes over the wire; the others wait their turn and all succeed.
    @Test func manyOpeningsAtOnceAreServedInTurn() async throws {
        try await SSHDFixture.with { sshd in
            try await sshd.withConnection { node in
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for index in 0..<40 {
                        group.addTask {
                            let result = try await node.run("echo \(index)")
                            #expect(text(result.standardOutput) == "\(index)\n")
                        }
                    }
                    try await group.waitForAll()
                }
            }
        }
    }

    @Test func cancellingAnOpeningThatWaitsHarmsNoOther() async throws {
        try await SSHDFixture.with { sshd in
            try await sshd.withConnection { node in
                for _ in 0..<20 {
                    let tasks = (0..<6).map { _ in Task { try await node.run("true") } }
                    for task in tasks[3...] { task.cancel() }
                    for task in tasks[..<3] {
                        // A cancellation while the server's reply is awaited closes the connection; then nothing succeeded wrongly.
                        if let result = try? await task.value, !node.isClosed { #expect(result.isSuccess) }
                    }
                    for task in tasks[3...] { _ = try? await task.value }
                    if node.isClosed { return }
                }
            }
        }
    }

    /// A channel closed in full flood must not leave bytes to the next one with its number.
    @Test func aClosedFloodDoesNotReachTheNextChannel() async throws {
        try await SSHDFixture.with { sshd in
            try await sshd.withConnection { node in
                for _ in 0..<30 {
                    let flood = try await node.openExec("yes flood")
                    _ = try await flood.next()
                    await flood.close()
                    let result = try await drain(try await node.openExec("echo clean; exit 7"))
                    #expect(text(result.output) == "clean\n")
                    #expect(result.end == .finished(reportedStatus: 7, signal: nil))
                }
            }
        }
    }

    @Test func theSignalOfAKilledCommandIsReported() async throws {
        try await SSHDFixture.with { sshd in
            try await sshd.withConnection { node in
                let result = try await drain(try await node.openExec("kill -TERM $$"))
                #expect(result.end == .finished(reportedStatus: 0, signal: "TERM"))
            }
        }
    }

    /// New keys every 1 MiB, while both directions are busy and other channels come and go.
    @Test func keysAreExchangedAgainUnderLoad() async throws {
        var options = SSHDFixture.Options()
        options.configuration = ["RekeyLimit 1M"]
        try await SSHDFixture.with(options) { sshd in
            try await sshd.withConnection { node in
                let channel = try await node.openExec("cat")
                let sent = (0..<8 << 20).map { UInt8(truncatingIfNeeded: $0 &* 31 >> 3) }
                let writer = Task {
                    try await channel.write(sent)
                    try await channel.closeInput()
                }
                let others = Task {
                    for index in 0..<10 {
                        let result = try await node.run("echo \(index)")
                        #expect(text(result.standardOutput) == "\(index)\n")
                    }
                }
                let result = try await drain(channel)
                try await writer.value
                try await others.value
                #expect(result.output.count == sent.count)
                let isSame = result.output == sent
                #expect(isSame)
                #expect(result.end == .finished(reportedStatus: 0, signal: nil))
            }
        }
    }

    /// The server asks idle clients whether they are alive and closes those that do not answer.
    @Test func anIdleConnectionAnswersTheServer() async throws {
        var options = SSHDFixture.Options()
        options.configuration = ["ClientAliveInterval 1", "ClientAliveCountMax 1", "LogLevel DEBUG1"]
        try await SSHDFixture.with(options) { sshd in
            try await sshd.withConnection { node in
                func answers() -> Int { sshd.log.matches(of: /Got \d+\/\d+ for keepalive/).count }
                // With an open channel that nobody reads, and without any.
                let channel = try await node.openExec("cat")
                while answers() < 3, !node.isClosed { try await Task.sleep(for: .milliseconds(50)) }
                #expect(!node.isClosed)
                await channel.close()
                while answers() < 7, !node.isClosed { try await Task.sleep(for: .milliseconds(50)) }
                #expect(!node.isClosed)
                let result = try await node.run("echo x")
                #expect(result.isSuccess)
            }
        }
    }

    @Test func closingTheConnectionEndsItsChannels() async throws {
        try await SSHDFixture.with { sshd in
            try await sshd.withConnection { node in
                let channel = try await node.openExec("cat")
                async let event = channel.next()
                await node.close()
                #expect(try await event == .closed(.closed))
                #expect(try await failure { try await channel.write([1]) }.code == "closed")
            }
        }
    }

    /// Dropped handles close their channels, else the server would run out of them.
    @Test func droppedChannelsAreClosed() async throws {
        try await SSHDFixture.with { sshd in
            try await sshd.withConnection { node in
                for _ in 0..<150 { _ = try await node.openExec("cat") }
            }
        }
    }
}

/// Memory that the process holds now.
func residentBytes() -> Int {
    let fields = (try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8))?.split(separator: " ") ?? []
    return (fields.count > 1 ? Int(fields[1]) ?? 0 : 0) * Int(sysconf(CInt(_SC_PAGESIZE)))
}
