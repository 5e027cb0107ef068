import Foundation
import Model

/// The nodes of a test, as the protocol of a fault breaks them and looks at them.
protocol TestNodes: Sendable {
    var names: NodeSet { get }
    /// A folder of this test alone, on this machine.
    var folder: String { get }

    /// Throws away what the nodes have written, and boots them anew.
    func reset() async throws

    /// Runs a script of the test, on each of its nodes in turn.
    func run(_ script: LabScript) async throws -> [ScriptAnswer]

    /// Runs a shell script inside a node, or on `host`, as root and without ssh.
    func run(_ script: String, on node: String, arguments: [String]) async throws -> ChildProcess.Result

    /// Files that were written, or whose attributes were changed, on any node since a moment, as `NODE PATH`. Left out
    /// are folders in which every node writes by itself, and `busy` ones.
    func files(changedSince moment: Date, busy: [String]) async throws -> [String]

    /// Gives the nodes time.
    func pause(_ time: Duration) async throws
}

/// What a script said on one node.
struct ScriptAnswer: Sendable {
    var node: String
    var result: ChildProcess.Result
}
