import Synchronization

/// The claims on machines that a run holds: one machine may be a target, and the place where steps of other targets are
/// carried out.
final class LeaseTable: Sendable {
    /// Fences by machine id and target.
    private let fences = Mutex<[String: [String: Int]]>([:])

    func took(_ fence: Int, for target: String, on machine: String) {
        fences.withLock { $0[machine, default: [:]][target] = fence }
    }

    func gaveBack(_ target: String) {
        fences.withLock { fences in
            for machine in fences.keys { fences[machine]?[target] = nil }
        }
    }

    /// That of the latest claim on a machine; nil where this run holds none.
    func fence(on machine: String) -> Int? { fences.withLock { $0[machine]?.values.max() } }
}
