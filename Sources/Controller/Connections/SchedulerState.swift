import Engine
import Model

/// Which nodes the schedulers have out of service, asked from their role hosts.
struct SchedulerState: Sendable {
    /// One scheduler: whom to ask, and how its answer is read.
    private struct Question: Sendable {
        let role: String
        /// The variable that says what the scheduler calls a node.
        let variable: String
        let script: String
        /// The node that a line of the answer has out of service.
        let out: @Sendable (Substring) -> String?
    }

    let inventory: Inventory
    let connector: any NodeConnector
    let run: RunID

    private static let questions = [
        Question(role: "slurm-controller", variable: "slurm_node", script: "sinfo -h -N -o '%N %T'", out: slurmNode),
        // Only a node that is not ready or cordoned prints more than its name and `True`.
        Question(
            role: "kubernetes-control", variable: "kubernetes_node",
            script: """
                if [ -z "${KUBECONFIG:-}" ] && [ ! -e "${HOME:-/root}/.kube/config" ] && [ -r /etc/kubernetes/admin.conf ]; then
                    export KUBECONFIG=/etc/kubernetes/admin.conf
                fi
                kubectl --request-timeout=15s get nodes -o 'jsonpath={range .items[*]}{.metadata.name} \
                {.status.conditions[?(@.type=="Ready")].status} {.spec.unschedulable}{"\\n"}{end}' </dev/null
                """, out: kubernetesNode),
    ]

    func outOfService() async -> SchedulerAnswer {
        var found: Set<String>?
        for question in Self.questions {
            guard let name = inventory.roles[question.role]?.names.first, let host = inventory.nodes[name] else {
                continue
            }
            guard let answer = await answer(of: host, to: question) else { return .silent(host: name) }
            let names = names(question.variable)
            let out = answer.split(separator: "\n").compactMap(question.out).map { names[$0] ?? $0 }
            found = (found ?? []).union(out)
        }
        return found.map(SchedulerAnswer.out) ?? .none
    }

    /// What nodes are called here by what the scheduler calls them, where that is not the same.
    private func names(_ variable: String) -> [String: String] {
        inventory.nodes.values.reduce(into: [:]) { names, node in
            if case .string(let own)? = node.variables[variable] { names[own] = node.name }
        }
    }

    private func answer(of host: Node, to question: Question) async -> String? {
        let collected = Collected()
        do {
            let session = try await connector.connect(to: host)
            let result = try await session.run(
                Invocation(
                    id: InvocationID(run: run, target: 1_000_000, step: 0, attempt: 1), mode: .plain,
                    script: question.script, timeout: .seconds(20)),
                from: .start, started: {}, output: { await collected.append($0) })
            await session.close()
            return result.outcome == .exited(0) ? await collected.text : nil
        } catch {
            return nil
        }
    }

    /// States as sinfo(1) lists them; `*` marks a node that does not respond.
    private static func slurmNode(_ line: Substring) -> String? {
        let words = line.split(separator: " ")
        guard words.count == 2 else { return nil }
        let isOut = ["down", "drain", "fail", "maint", "unknown"].contains { words[1].hasPrefix($0) }
        return isOut || words[1].hasSuffix("*") ? String(words[0]) : nil
    }

    private static func kubernetesNode(_ line: Substring) -> String? {
        let words = line.split(separator: " ")
        guard let name = words.first, words.count == 1 || words[1] != "True" || words.last == "true" else { return nil }
        return String(name)
    }

    private actor Collected {
        private var bytes: [UInt8] = []

        var text: String { String(decoding: bytes, as: UTF8.self) }

        func append(_ chunk: OutputChunk) {
            if chunk.stream == .standardOutput, bytes.count < 8 << 20 { bytes += chunk.bytes }
        }
    }
}
