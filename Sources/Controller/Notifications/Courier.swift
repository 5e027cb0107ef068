import Model
import Synchronization

/// Delivers messages while a run goes on, and once more at its end.
struct Courier: Sendable {
    /// The last delivery takes no longer.
    static let patience = Duration.seconds(10)
    private static let interval = Duration.seconds(1)

    private let desk: NotificationDesk
    private let work: Task<Void, Never>

    /// Begins.
    init(_ desk: NotificationDesk) {
        self.desk = desk
        work = Task {
            while !Task.isCancelled {
                // A delivery that has begun is not broken off because the run ends.
                _ = await Task { try? await desk.deliverDue() }.value
                try? await Task.sleep(for: Self.interval)
            }
        }
    }

    /// Ends after a last delivery, or when the patience is over.
    func finish() async {
        work.cancel()
        let last = Task { [desk, work] in
            await work.value
            // The first try that failed a moment ago is not repeated: it waits for its time in the outbox.
            _ = try? await desk.deliverDue()
        }
        let limit = Task {
            try? await Task.sleep(for: Self.patience)
            if !Task.isCancelled { last.cancel() }
        }
        await last.value
        limit.cancel()
    }
}
