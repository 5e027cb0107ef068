import Engine
import Model
import Testing

@testable import Controller

/// What limits count: nodes that the schedulers have out of service, by the names of the inventory.
@Suite struct SchedulerStateTests {
    /// Answers as `sinfo` and `kubectl` on a role host do; stands in for them.
    private struct Host: NodeConnector, NodeSession {
        let identity = NodeIdentity(
            machineID: "m", bootID: "b", hostname: "head", userID: 0, distribution: "debian", distributionVersion: "12",
            hasSystemd: true)
        let recordsInput = false
        /// What a script prints that holds the word; others fail.
        let answers: [String: String]

        func connect(to node: Node) async throws -> any NodeSession { self }

        func run(
            _ invocation: Invocation, from offsets: OutputOffsets, started: @Sendable () async -> Void,
            output: @Sendable (OutputChunk) async throws -> Void
        ) async throws -> InvocationResult {
            guard let text = answers.first(where: { invocation.script.contains($0.key) })?.value else {
                return InvocationResult(outcome: .exited(1))
            }
            try await output(OutputChunk(stream: .standardOutput, offset: 0, bytes: Array(text.utf8)))
            return InvocationResult(outcome: .exited(0))
        }

        func reattach(
            _ id: InvocationID, scriptDigest: String, become: Bool, timeout: Duration, from offsets: OutputOffsets,
            output: @Sendable (OutputChunk) async throws -> Void
        ) async throws -> InvocationResult { InvocationResult(outcome: .lost(reason: "")) }
        func cancel(_ id: InvocationID, become: Bool) async throws {}
        func acknowledge(_ id: InvocationID, become: Bool) async throws {}
        func lease(run: RunID, fence: Int, become: Bool) async throws {}
        func share(leaseOf run: RunID, fence: Int) async {}
        func release(run: RunID) async throws {}
        func arm(_ undo: Invocation, after delay: Duration) async throws {}
        func disarm(_ id: InvocationID, become: Bool) async throws -> GuardEnd { .unknown }
        func captured(_ file: String, of id: InvocationID, become: Bool) async throws -> [UInt8]? { nil }
        func close() async {}
    }

    private func answer(
        _ answers: [String: String], roles: [String: String], variables: [String: [String: Value]] = [:]
    ) async -> SchedulerAnswer {
        var nodes: [String: Node] = [:]
        for name in ["n1", "n2", "n3", "head"] {
            nodes[name] = Node(name: name)
            nodes[name]?.variables = variables[name] ?? [:]
        }
        let inventory = Inventory(nodes: nodes, roles: roles.mapValues { NodeSet(names: [$0]) })
        return await SchedulerState(
            inventory: inventory, connector: Host(answers: answers), run: RunID(random: 1, 2)
        ).outOfService()
    }

    @Test func nodesAreCalledAsInTheInventory() async {
        let sinfo = "queue1-dy-1 idle\nqueue1-dy-2 drained\nn3 down*\nother idle*\n"
        let named = ["n1": ["slurm_node": Value.string("queue1-dy-1")], "n2": ["slurm_node": .string("queue1-dy-2")]]
        #expect(
            await answer(["sinfo": sinfo], roles: ["slurm-controller": "head"], variables: named)
                == .out(["n2", "n3", "other"]))
        let kubectl = "ip-10-0-0-1 True \nip-10-0-0-2 True true\nip-10-0-0-3 Unknown \n"
        let pods = ["n2": ["kubernetes_node": Value.string("ip-10-0-0-2")]]
        #expect(
            await answer(["kubectl": kubectl], roles: ["kubernetes-control": "head"], variables: pods)
                == .out(["n2", "ip-10-0-0-3"]))
    }

    @Test func aSchedulerThatDoesNotAnswerIsNotOneThatIsNotThere() async {
        #expect(await answer([:], roles: ["slurm-controller": "head"]) == .silent(host: "head"))
        #expect(await answer([:], roles: [:]) == SchedulerAnswer.none)
    }
}
