import Engine
import Foundation
import Glibc

/// The machine's clocks: time since boot for waiting, the time of day for records.
package struct WallClock: EngineClock {
    package init() {}

    package func elapsed() -> Duration {
        var time = timespec()
        clock_gettime(CLOCK_BOOTTIME, &time)
        return .seconds(time.tv_sec) + .nanoseconds(time.tv_nsec)
    }

    package func wallTime() -> Int { Int(Date().timeIntervalSince1970 * 1000) }

    package func pause(for duration: Duration) async { try? await Task.sleep(for: duration) }
}
