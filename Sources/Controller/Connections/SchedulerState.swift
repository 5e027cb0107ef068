import Model

/// Which nodes the scheduler has out of service, asked from its role host.
struct SchedulerState: Sendable {
    let inventory: Inventory
    let connector: any NodeConnector
    let run: RunID

    /// Nil where there is no Slurm controller in the inventory, or it does not answer.
    func outOfService() async -> Set<String>? {
        guard let name = inventory.roles["slurm-controller"]?.names.first, let host = inventory.nodes[name] else {
            return nil
        }
        let collected = Collected()
        do {
            let session = try await connector.connect(to: host)
            let result = try await session.run(
                Invocation(
                    id: InvocationID(run: run, target: 1_000_000, step: 0, attempt: 1), mode: .plain,
                    script: "sinfo -h -N -o '%N %T'", timeout: .seconds(20)),
                from: .start, started: {}, output: { await collected.append($0) })
            await session.close()
            guard result.outcome == .exited(0) else { return nil }
        } catch {
            return nil
        }
        return Set(
            await collected.text.split(separator: "\n").compactMap { line in
                let words = line.split(separator: " ")
                guard words.count == 2 else { return nil }
                let isOut = ["down", "drain", "fail", "maint", "unknown"].contains { words[1].hasPrefix($0) }
                return isOut || words[1].hasSuffix("*") ? String(words[0]) : nil
            })
    }

    private actor Collected {
        private var bytes: [UInt8] = []

        var text: String { String(decoding: bytes, as: UTF8.self) }

        func append(_ chunk: OutputChunk) {
            if chunk.stream == .standardOutput, bytes.count < 8 << 20 { bytes += chunk.bytes }
        }
    }
}
