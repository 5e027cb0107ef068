import Model
import Synchronization

/// A node that keeps its state between sessions: values, counters, and what it claimed, started and ended.
///
/// `Sendable` because all of its state is behind one mutex.
package final class FakeNode: Sendable {
    struct Claim {
        var digest: String
        /// Nil until it has ended.
        var outcome: InvocationOutcome?
        var output: [UInt8] = []
        var isStarted = false
        var bootID: String
    }

    struct State {
        var values: [String: String]
        var counters: [String: Int] = [:]
        var claims: [InvocationID: Claim] = [:]
        var starts: [InvocationID: Int] = [:]
        var faults: [FakeFault] = []
        var boot = 1
        var isUp = true
        /// Connections that are refused before the next one is accepted.
        var refusals = 0
        var lease: (run: RunID, fence: Int)?
        /// What it answers to whoever wants to hold it.
        var leaseRefusal: SessionError?
        /// Undos that were ever armed.
        var undos: Set<InvocationID> = []
        var armed: [InvocationID: Invocation] = [:]
        var fired: Set<InvocationID> = []
        var connections = 0
        var acknowledged: Set<InvocationID> = []
        var mutationsWhilePlain = 0
        var asked: [(id: InvocationID, after: [InvocationID], probe: String?)] = []
    }

    package let name: String
    let machineID: String
    let state: Mutex<State>

    package init(_ name: String, values: [String: String] = [:], machineID: String? = nil) {
        self.name = name
        self.machineID = machineID ?? "machine-\(name)"
        state = Mutex(State(values: values))
    }

    package var values: [String: String] { state.withLock { $0.values } }
    package var counters: [String: Int] { state.withLock { $0.counters } }
    /// How often each guarded script was started.
    package var starts: [InvocationID: Int] { state.withLock { $0.starts } }
    package var boots: Int { state.withLock { $0.boot } }
    package var connections: Int { state.withLock { $0.connections } }
    package var holder: RunID? { state.withLock { $0.lease?.run } }
    /// Undos that it carries out by itself unless they are disarmed.
    package var armed: Set<InvocationID> { state.withLock { Set($0.armed.keys) } }
    package var acknowledged: Set<InvocationID> { state.withLock { $0.acknowledged } }
    /// Read-only scripts that changed something.
    package var mutationsWhilePlain: Int { state.withLock { $0.mutationsWhilePlain } }

    /// Plain scripts that were sent, after the end of which others they may start, and which probes they are.
    package var asked: [(id: InvocationID, after: [InvocationID], probe: String?)] { state.withLock { $0.asked } }

    package func set(_ key: String, _ value: String?) { state.withLock { $0.values[key] = value } }
    package func add(_ fault: FakeFault) { state.withLock { $0.faults.append(fault) } }
    package func goDown() { state.withLock { $0.isUp = false } }
    package func comeUp() { state.withLock { $0.isUp = true } }
    package func refuseConnections(_ count: Int) { state.withLock { $0.refusals = count } }
    package func refuseLeases(_ error: SessionError) { state.withLock { $0.leaseRefusal = error } }
    package func hold(by run: RunID) { state.withLock { $0.lease = (run, .max) } }
    /// Carries all armed undos out, as the node's timers do.
    package func fireGuards() {
        let armed = state.withLock { state in
            defer { state.armed = [:] }
            return state.armed
        }
        for (id, undo) in armed {
            _ = execute(undo)
            state.withLock { _ = $0.fired.insert(id) }
        }
    }

    var identity: NodeIdentity {
        NodeIdentity(
            machineID: machineID, bootID: "\(machineID)-boot-\(boots)", hostname: name, userID: 0,
            distribution: "debian", distributionVersion: "12", hasSystemd: true)
    }

    func takeFault(for invocation: Invocation) -> FakeFault.Kind? {
        state.withLock { state in
            guard let index = state.faults.firstIndex(where: { $0.applies(to: invocation) }) else { return nil }
            let kind = state.faults[index].kind
            if let times = state.faults[index].times {
                if times <= 1 { state.faults.remove(at: index) } else { state.faults[index].times = times - 1 }
            }
            return kind
        }
    }

    /// Runs a script to its end.
    func execute(_ invocation: Invocation) -> (status: Int32, output: [UInt8]) {
        state.withLock { state in
            var script = FakeScript(
                values: state.values, counters: state.counters, environment: invocation.environment,
                input: invocation.input ?? [])
            script.run(invocation.script)
            if invocation.mode == .plain && (script.values != state.values || script.counters != state.counters) {
                state.mutationsWhilePlain += 1
            }
            state.values = script.values
            state.counters = script.counters
            if script.reboots { state.boot += 1 }
            return (script.status, Array(script.output.utf8))
        }
    }
}

/// Opens sessions with fake nodes, by name.
package struct FakeConnector: NodeConnector {
    private let nodes: [String: FakeNode]

    package init(_ nodes: [FakeNode]) {
        self.nodes = Dictionary(nodes.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
    }

    package func connect(to node: Node) async throws -> any NodeSession {
        guard let fake = nodes[node.name] else { throw SessionError(.unreachable, "\(node.name) has no address.") }
        let isRefused = fake.state.withLock { state in
            state.connections += 1
            guard state.refusals > 0 else { return false }
            state.refusals -= 1
            return true
        }
        guard !isRefused, fake.state.withLock({ $0.isUp }) else {
            throw SessionError(.unreachable, "\(node.name) does not answer.", hint: "Look at its power.")
        }
        return FakeSession(fake)
    }
}

extension FakeNode {
    /// Starts again: another boot, whose state folder forgot every claim.
    package func restart() {
        state.withLock { state in
            state.boot += 1
            state.claims = [:]
            state.lease = nil
        }
    }
}
