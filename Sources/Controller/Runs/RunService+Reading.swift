import Model

extension RunService {
    /// The last lines that each failed step printed, on standard error where there was any.
    package func lastLines(_ state: RunState, count: Int = 5) async throws -> [InvocationID: [String]] {
        var lines: [InvocationID: [String]] = [:]
        let withheld = state.sensitiveInvocations
        for node in state.nodes.values {
            guard let id = node.outcome?.invocation else { continue }
            if withheld.contains(id) {
                lines[id] = ["(a sensitive step: runbook logs RUN --sensitive shows its output)"]
                continue
            }
            for stream in [OutputChunk.Stream.standardError, .standardOutput] {
                let stored = try await journal.storedOffsets(of: id)
                let size = stream == .standardError ? stored.standardError : stored.standardOutput
                guard size > 0 else { continue }
                let bytes = try await journal.output(of: id, stream: stream, from: max(0, size - 2000), limit: 2000)
                let text = SafeText(bytes: bytes).description
                lines[id] = text.split(separator: "\n").suffix(count).map(String.init)
                break
            }
        }
        return lines
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
