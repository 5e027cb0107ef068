import Model

/// Takes snapshots of what a test watches.
struct SnapshotTaker: Sendable {
    let nodes: any TestNodes
    let things: [WatchedThing]
    /// Where a thing is looked at that does not say so.
    let places: [String]

    static let script = String(decoding: PackageResources.snapshot_sh, as: UTF8.self)

    /// The state now.
    func take() async throws -> Snapshot {
        try await withThrowingTaskGroup(of: (String, ChildProcess.Result).self) { group in
            for place in Set(places + things.flatMap { $0.nodes?.names ?? [] }) {
                let own = things.filter { $0.nodes?.names.contains(place) ?? places.contains(place) }
                guard !own.isEmpty else { continue }
                group.addTask {
                    let words = own.map { "\($0.kind.rawValue):\($0.subject)" }
                    return (place, try await nodes.run(Self.script, on: place, arguments: words))
                }
            }
            var snapshot = Snapshot()
            for try await (place, result) in group {
                guard result.status == 0 else {
                    throw RehearsalError("What is watched on \(place) could not be read.", lines: result.tail)
                }
                snapshot.add(result.output, of: place)
            }
            return snapshot
        }
    }

    /// The state once it no longer changes by itself.
    func settled() async throws -> Snapshot {
        var last = try await take()
        for _ in 0..<10 {
            try await nodes.pause(.milliseconds(300))
            let next = try await take()
            if next == last { return next }
            last = next
        }
        return last
    }

    /// What is not as in `expected`, once it has had time to become so. Of `exceptions` nothing is asked.
    func differences(from expected: Snapshot, except exceptions: [WatchedThing] = []) async throws -> [String] {
        var differences = try await take().differences(from: expected, except: exceptions)
        for _ in 0..<20 where !differences.isEmpty {
            try await nodes.pause(.milliseconds(500))
            differences = try await take().differences(from: expected, except: exceptions)
        }
        return differences
    }
}
