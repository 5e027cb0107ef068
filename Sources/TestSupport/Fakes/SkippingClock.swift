import Engine
import Synchronization

/// A clock whose pauses take no time: each one moves it on by as much as was asked for.
///
/// `Sendable` because its time is behind one mutex.
package final class SkippingClock: EngineClock {
    private let time = Mutex(Duration.zero)
    private let start: Int

    /// Begins at `start`, in milliseconds since 1970.
    package init(start: Int = 1_700_000_000_000) { self.start = start }

    package func elapsed() -> Duration { time.withLock { $0 } }

    package func wallTime() -> Int {
        let components = elapsed().components
        return start + Int(components.seconds) * 1000 + Int(components.attoseconds / 1_000_000_000_000_000)
    }

    package func pause(for duration: Duration) async {
        await Task.yield()
        if Task.isCancelled { return }
        time.withLock { $0 += duration }
    }
}
