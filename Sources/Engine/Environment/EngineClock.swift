/// The engine's only source of time.
package protocol EngineClock: Sendable {
    /// Time since some fixed moment; never goes back.
    func elapsed() -> Duration
    /// Milliseconds since 1970.
    func wallTime() -> Int
    /// Returns after `duration`, or at once when the task is cancelled.
    func pause(for duration: Duration) async
}
