import Foundation
import Model
import Synchronization
import Testing

@testable import Supervisor

/// The shells that the supervisor has to run in.
enum TestShell: String, CaseIterable, Sendable, CustomTestStringConvertible {
    case dash, bash, busybox

    var testDescription: String { rawValue }

    /// How it is started as a log-in shell is: its path and arguments.
    var words: [String] {
        switch self {
        case .dash: ["/bin/dash"]
        // Without login files: a socket for its input makes it read them.
        case .bash: ["/bin/bash", "--norc"]
        case .busybox: ["/bin/busybox", "sh"]
        }
    }
}

/// A node of its own, a run's id and a counter.
struct SupervisorFixture {
    let node: TestNode
    let run: RunID

    init(_ shell: TestShell, setup: String = "", user: Int? = nil, stateSize: Int? = nil) {
        self.init(on: TestNode(shell, setup: setup, user: user, stateSize: stateSize))
    }

    /// Another run on `node`.
    init(on node: TestNode) {
        self.node = node
        var generator = SystemRandomNumberGenerator()
        run = RunID(random: generator.next(), generator.next())
    }

    func id(step: Int = 0, attempt: Int = 1, target: Int = 0) -> InvocationID {
        InvocationID(run: run, target: target, step: step, attempt: attempt)
    }

    func open() async throws -> SupervisedSession { try await node.open() }

    @discardableResult
    func with<Result>(_ body: (SupervisedSession) async throws -> Result) async throws -> Result {
        try await node.with(body)
    }

    /// A file to which scripts append a line each time that they run.
    var counter: String { node.memory + "/counter-\(run)" }

    var count: Int {
        (try? String(contentsOfFile: counter, encoding: .utf8))?.split(separator: "\n").count ?? 0
    }

    /// The folder of an invocation on the node.
    func folder(_ id: InvocationID) -> String { node.state + "/\(id)" }

    /// Lets scripts that wait for `go` go on.
    func go() { _ = FileManager.default.createFile(atPath: node.memory + "/go", contents: nil) }

    /// What a script does to wait for `go()`, for ten minutes at most: the machine may have much else to do.
    static let awaitGo = "i=0; until [ -e /dev/shm/runbook-node/go ] || [ $i = 6000 ]; do sleep 0.1; i=$((i + 1)); done"

    /// A script that counts and then goes on as `rest` says.
    func counting(_ rest: String = "") -> String { "echo x >>/dev/shm/runbook-node/counter-\(run)\n" + rest }
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

extension InvocationOutcome {
    var isNotStarted: Bool { if case .notStarted = self { true } else { false } }

    var isLost: Bool { if case .lost = self { true } else { false } }
}

/// Waits for `condition`, which a hang guard ends after five minutes, since the machine may have much else to do; then the
/// test is over.
func eventually(_ condition: () async -> Bool, _ location: SourceLocation = #_sourceLocation) async throws {
    for _ in 0..<15_000 {
        if await condition() { return }
        try await Task.sleep(for: .milliseconds(20))
    }
    Issue.record("it never came true", sourceLocation: location)
    throw CancellationError()
}
