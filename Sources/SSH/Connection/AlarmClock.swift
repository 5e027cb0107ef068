import NIOCore

/// Deadlines on one event loop, kept by a single timer.
///
/// The timer stays set when the deadline it is for goes away, because the next wait of a phase has the same one.
/// Confined to the loop.
final class AlarmClock {
    private let loop: any EventLoop
    private var alarms: [(id: UInt64, deadline: ContinuousClock.Instant, action: () -> Void)] = []
    private var timer: (deadline: ContinuousClock.Instant, scheduled: Scheduled<Void>)?

    init(loop: any EventLoop) {
        self.loop = loop
    }

    deinit {
        timer?.scheduled.cancel()
    }

    /// Calls the action at the deadline, unless the alarm is removed before.
    func add(_ id: UInt64, at deadline: ContinuousClock.Instant, _ action: @escaping () -> Void) {
        alarms.append((id, deadline, action))
        set(for: deadline)
    }

    func remove(_ id: UInt64) {
        alarms.removeAll { $0.id == id }
    }

    func removeAll() {
        alarms = []
        timer?.scheduled.cancel()
        timer = nil
    }

    private func set(for deadline: ContinuousClock.Instant) {
        if let timer, timer.deadline <= deadline { return }
        timer?.scheduled.cancel()
        let time = TimeAmount(ContinuousClock.now.duration(to: deadline))
        // Safe: the loop runs the task on itself, where the clock lives.
        nonisolated(unsafe) weak let clock = self
        timer = (deadline, loop.scheduleTask(in: time) { clock?.ring() })
    }

    private func ring() {
        timer = nil
        let now = ContinuousClock.now
        for alarm in alarms where alarm.deadline <= now {
            // An earlier action may have removed it.
            guard alarms.contains(where: { $0.id == alarm.id }) else { continue }
            remove(alarm.id)
            alarm.action()
        }
        if let next = alarms.map(\.deadline).min() { set(for: next) }
    }
}
