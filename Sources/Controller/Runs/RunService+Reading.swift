import Model

extension RunService {
    /// The last lines that each failed step printed, on standard error where there was any.
    package func lastLines(_ state: RunState) async throws -> [InvocationID: [String]] {
        try await journal.lastLines(state)
    }

    /// What `exec` printed, the same outputs once, under their node set, as `clush -b` does.
    package func gathered(_ state: RunState) async throws -> [String] {
        guard let run = state.header?.id else { return [] }
        var outputs: [String: [UInt8]] = [:]
        for record in try await journal.outputs(of: run, nodes: nil, step: nil) {
            outputs[record.node, default: []] += try await journal.output(
                of: record.id, stream: record.stream, from: 0, limit: 64 << 20)
        }
        var gathered = GatheredOutput()
        for name in state.targets {
            guard let bytes = outputs[name], !bytes.isEmpty else { continue }
            gathered.add(bytes, from: name)
        }
        return gathered.groups.flatMap { group in
            let line = String(repeating: "-", count: 15)
            let text = SafeText(bytes: group.bytes).description
            let body = text.hasSuffix("\n") ? String(text.dropLast()) : text
            return [line, "\(group.nodes.folded) (\(group.nodes.count))", line, body]
        }
    }
}
