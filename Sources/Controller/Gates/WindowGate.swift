import Engine
import Governance
import Model

/// The change windows, as a run asks for them: by the calendars as they are now and by a clock that is believed.
package actor WindowGate {
    /// Calendars are read anew, their ICS files too, when they are older than this.
    private static let freshness = Duration.seconds(5)

    private let workspace: Workspace
    private let journal: any JournalStore
    private let clock: any EngineClock
    private var read: (moment: Duration, calendars: [ChangeCalendar])?

    package init(_ workspace: Workspace, journal: any JournalStore, clock: any EngineClock = WallClock()) {
        self.workspace = workspace
        self.journal = journal
        self.clock = clock
    }

    /// Whether the calendar is open now, until when, and why.
    package func decision(_ calendar: String) async -> CalendarDecision {
        var closed = CalendarDecision(calendar: calendar, time: clock.wallTime(), isOpen: false)
        closed.isUncertain = true
        do {
            let time = try await BelievedTime(journal, clock: clock)
            if let doubt = time.doubt {
                closed.reasons = ["\(doubt), so every window is closed."]
                return closed
            }
            guard let found = try current().first(where: { $0.name == calendar }) else {
                closed.reasons = ["There is no calendar '\(calendar)'."]
                return closed
            }
            return found.decision(at: time.now)
        } catch {
            closed.reasons = ["The calendars can't be read: \(error)"]
            return closed
        }
    }

    /// The same as a run sees it.
    package func state(_ calendar: String) async -> WindowState {
        let decision = await decision(calendar)
        return WindowState(
            isOpen: decision.isOpen, closes: decision.closes, text: decision.reasons.joined(separator: " "))
    }

    /// Until when a plan has to be good that waits for the window: the end of the one that is open, or of the next.
    package func end(_ calendar: String) async -> Int? {
        let decision = await decision(calendar)
        if let closes = decision.closes { return closes }
        guard let opens = decision.opens, let found = try? current().first(where: { $0.name == calendar }) else {
            return nil
        }
        return found.decision(at: opens).closes
    }

    private func current() throws -> [ChangeCalendar] {
        let now = clock.elapsed()
        if let read, now - read.moment < Self.freshness { return read.calendars }
        let calendars = try workspace.calendars()
        read = (now, calendars)
        return calendars
    }
}
