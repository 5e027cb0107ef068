import Engine
import Synchronization

/// Steps the service's parts, each at its own pace, until the task is cancelled.
struct ServiceLoop: Sendable {
    let parts: [any ServicePart]
    let heartbeat: Heartbeat
    /// Told in a sentence.
    let report: @Sendable (String) -> Void

    func run() async {
        await withTaskGroup(of: Void.self) { group in
            for part in parts { group.addTask { await run(part) } }
        }
    }

    private func run(_ part: any ServicePart) async {
        var last: String?
        while !Task.isCancelled {
            do {
                try await part.step()
                heartbeat.beat(part.name)
                if last != nil { report("\(part.name): it works again") }
                last = nil
            } catch is CancellationError {
                return
            } catch {
                // The same trouble is told once.
                heartbeat.beat(part.name)
                let text = "\(error)"
                if text != last { report("\(part.name): \(text)") }
                last = text
            }
            try? await Task.sleep(for: part.interval)
        }
    }
}

/// When each part was done last, so that one that hangs is noticed.
///
/// `Sendable` because its times are behind one mutex.
final class Heartbeat: Sendable {
    /// A step that takes longer than this hangs.
    private static let patience = Duration.seconds(120)

    private let clock: any EngineClock
    private let start: Duration
    private let beats = Mutex<[String: Duration]>([:])

    init(_ clock: any EngineClock) {
        self.clock = clock
        start = clock.elapsed()
    }

    func beat(_ part: String) {
        let now = clock.elapsed()
        beats.withLock { $0[part] = now }
    }

    /// Whether none of `parts` hangs.
    func isAlive(_ parts: [String]) -> Bool {
        let now = clock.elapsed()
        return beats.withLock { beats in parts.allSatisfy { now - (beats[$0] ?? start) < Self.patience } }
    }
}
