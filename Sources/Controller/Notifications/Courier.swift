import Model
import Synchronization

/// Delivers messages while a run goes on, and once more at its end.
struct Courier: Sendable {
    /// The last delivery takes no longer.
    private static let patience = Duration.seconds(10)
    private static let interval = Duration.seconds(1)

    private final class Pass: Sendable {
        let task = Mutex<Task<Void, Never>?>(nil)
    }

    private let desk: NotificationDesk
    private let work: Task<Void, Never>
    private let pass = Pass()

    /// Begins.
    init(_ desk: NotificationDesk) {
        self.desk = desk
        work = Task { [pass] in
            while !Task.isCancelled {
                // By itself: a delivery that has begun is not broken off because the run ends.
                let delivery = Task { _ = try? await desk.deliverDue() }
                pass.task.withLock { $0 = delivery }
                await delivery.value
                try? await Task.sleep(for: Self.interval)
            }
        }
    }

    /// Ends after a last delivery, or when the patience is over. What failed a moment ago waits for its time.
    func finish() async {
        work.cancel()
        let last = Task { [desk, work] in
            await work.value
            if !Task.isCancelled { _ = try? await desk.deliverDue() }
        }
        let limit = Task { [pass] in
            do { try await Task.sleep(for: Self.patience) } catch { return }
            last.cancel()
            pass.task.withLock { $0?.cancel() }
        }
        await last.value
        limit.cancel()
    }
}
