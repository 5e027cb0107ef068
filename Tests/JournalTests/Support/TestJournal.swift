import Foundation
import Model
import Synchronization

@testable import Journal

/// A journal in a folder of its own, with a clock that only the test moves.
final class TestJournal: Sendable {
    let folder: String
    let clock = TestClock(1_800_000_000_000)
    let journal: Journal

    var path: String { folder + "/runbook.db" }

    init(_ change: (inout JournalSettings) -> Void = { _ in }) throws {
        folder = try Self.makeFolder()
        journal = try Self.open(folder + "/runbook.db", clock: clock, change)
    }

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    /// Another connection to the same file, as another process would have.
    func reopened(_ change: (inout JournalSettings) -> Void = { _ in }) throws -> Journal {
        try Self.open(path, clock: clock, change)
    }

    static func open(
        _ path: String, clock: TestClock = TestClock(1_800_000_000_000),
        _ change: (inout JournalSettings) -> Void = { _ in }
    ) throws -> Journal {
        var settings = JournalSettings(
            path: path, actor: .tester, program: "test", clock: { clock.now }, reserve: 1 << 20, freeSpaceFloor: 0)
        change(&settings)
        return try Journal.open(settings)
    }

    static func makeFolder() throws -> String {
        let folder = FileManager.default.temporaryDirectory.path + "/journal-" + UUID().uuidString
        try FileManager.default.createDirectory(
            atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        return folder
    }
}

/// A wall clock that stands still until it is moved, and counts how often it is read.
final class TestClock: Sendable {
    private let state: Mutex<(time: Int, readings: Int)>
    init(_ time: Int) { state = Mutex((time, 0)) }

    var readings: Int { state.withLock { $0.readings } }

    var now: Int {
        state.withLock { state in
            state.readings += 1
            return state.time
        }
    }

    func advance(_ milliseconds: Int) { state.withLock { $0.time += milliseconds } }
}

extension Requester {
    static let tester = Requester(user: "tester", userID: 1000, sudoUser: nil, host: "here", sshClient: nil)
    static let root = Requester(
        user: "root", userID: 0, sudoUser: "alice", host: "ctl01", sshClient: "192.0.2.7")
}

extension RunID {
    /// `digit` repeated.
    static func test(_ digit: Int) -> RunID { RunID(random: UInt64(digit) &* 0x1111_1111_1111_1111, UInt64(digit)) }
}

extension RunHeader {
    static func test(
        _ id: RunID, nodes: [String] = ["gpu01", "gpu02", "gpu03"], kind: Kind = .apply, runbook: String = "gpu-reset",
        parent: RunID? = nil, requester: Requester = .root
    ) -> RunHeader {
        RunHeader(
            id: id, kind: kind, runbook: runbook, runbookVersion: 3, targets: NodeSet(names: nodes),
            selector: nodes.joined(separator: ","), parameters: ["driver": "550"], requester: requester,
            parent: parent, program: "test")
    }
}

extension StepIntent {
    static func test(
        _ id: InvocationID, _ name: String = "reset", purpose: Purpose = .apply
    ) -> StepIntent {
        StepIntent(
            id: id, name: name, purpose: purpose, verb: "run", scriptDigest: Digest.of("exit 0"), effect: .once,
            bootID: "boot", machineID: "machine")
    }
}

extension StepEnding {
    static func test(
        _ id: InvocationID, _ name: String = "reset", status: Status = .changed, purpose: StepIntent.Purpose = .apply,
        text: String = ""
    ) -> StepEnding {
        StepEnding(id: id, name: name, purpose: purpose, status: status, outcome: .exited(0), text: text)
    }
}

extension Journal {
    /// Starts a run of `nodes`.
    func begin(_ id: RunID, nodes: [String] = ["gpu01", "gpu02", "gpu03"], parent: RunID? = nil) async throws {
        try await append([.runStarted(.test(id, nodes: nodes, parent: parent))], run: id)
    }

    /// Ends it.
    func end(_ id: RunID, counts: [OutcomeClass: Int] = [.remediated: 3]) async throws {
        try await append([.runFinished(RunEnding(counts: counts, exitStatus: 0))], run: id)
    }
}

/// Bytes that do not compress, the same for the same seed.
func noise(_ count: Int, seed: UInt64 = 1) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(count + 8)
    var state = seed
    while bytes.count < count {
        // SplitMix64.
        state &+= 0x9E37_79B9_7F4A_7C15
        var word = (state ^ (state >> 30)) &* 0xBF58_476D_1CE4_E5B9
        word = (word ^ (word >> 27)) &* 0x94D0_49BB_1331_11EB
        withUnsafeBytes(of: word ^ (word >> 31)) { bytes.append(contentsOf: $0) }
    }
    return Array(bytes.prefix(count))
}
