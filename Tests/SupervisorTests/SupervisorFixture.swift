import Foundation
import Model
import Synchronization
import Testing

@testable import Supervisor

/// The shells that the supervisor has to run in.
enum TestShell: String, CaseIterable, Sendable, CustomTestStringConvertible {
    case dash, bash, busybox

    var testDescription: String { rawValue }

    var words: [String] {
        switch self {
        case .dash: ["/bin/dash", "-c"]
        case .bash: ["/bin/bash", "-c"]
        case .busybox: ["/bin/busybox", "sh", "-c"]
        }
    }
}

/// Sessions with this machine through the shipped supervisor, under a run id of the test's own.
struct SupervisorFixture {
    let shell: TestShell
    let run: RunID

    init(_ shell: TestShell) {
        self.shell = shell
        var generator = SystemRandomNumberGenerator()
        run = RunID(random: generator.next(), generator.next())
    }

    func id(step: Int = 0, attempt: Int = 1, target: Int = 0) -> InvocationID {
        InvocationID(run: run, target: target, step: step, attempt: attempt)
    }

    func open() async throws -> SupervisedSession {
        try await SupervisedSession.open(
            over: LocalChannelOpener(shell: shell.words, environment: ProcessInfo.processInfo.environment),
            become: BecomeSettings(), password: nil)
    }

    @discardableResult
    func with<Result>(_ body: (SupervisedSession) async throws -> Result) async throws -> Result {
        let session = try await open()
        do {
            let result = try await body(session)
            await session.close()
            return result
        } catch {
            await session.close()
            throw error
        }
    }

    /// A file to which scripts append a line each time that they run.
    var counter: String { "/tmp/runbook-counter-\(run)" }

    var count: Int {
        (try? String(contentsOfFile: counter, encoding: .utf8))?.split(separator: "\n").count ?? 0
    }
}

/// What a script printed.
final class Printed: Sendable {
    private let pieces = Mutex<[OutputChunk]>([])

    func append(_ chunk: OutputChunk) { pieces.withLock { $0.append(chunk) } }

    func bytes(_ stream: OutputChunk.Stream) -> [UInt8] {
        pieces.withLock { $0.filter { $0.stream == stream }.flatMap(\.bytes) }
    }

    func text(_ stream: OutputChunk.Stream = .standardOutput) -> String {
        String(decoding: bytes(stream), as: UTF8.self)
    }
}

extension SupervisedSession {
    /// Runs `invocation` from its start and collects what it prints.
    func collect(_ invocation: Invocation) async throws -> (InvocationResult, Printed) {
        let printed = Printed()
        let result = try await run(invocation, from: .start, started: {}) { printed.append($0) }
        return (result, printed)
    }
}
