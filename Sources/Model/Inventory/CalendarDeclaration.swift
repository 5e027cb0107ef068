/// A calendar of change windows as an inventory file writes it.
package struct CalendarDeclaration: Sendable, Hashable {
    /// A window or a blackout.
    package struct Span: Sendable, Hashable {
        package var label: String
        /// A date and a time of the zone's wall clock, as `2026-03-29T22:00`.
        package var start: String
        package var end: String?
        /// By the wall clock.
        package var duration: Duration?
        /// A recurrence rule of RFC 5545; nil for what comes once.
        package var rule: String?
        package var position: SourcePosition

        package init(
            label: String, start: String, end: String?, duration: Duration?, rule: String?, position: SourcePosition
        ) {
            self.label = label
            self.start = start
            self.end = end
            self.duration = duration
            self.rule = rule
            self.position = position
        }
    }

    /// An ICS file whose events are windows or blackouts.
    package struct Feed: Sendable, Hashable {
        /// Absolute, or from the working folder.
        package var path: String
        package var isBlackout: Bool
        /// A file that nobody has written for this long is not believed; nil to believe it for ever.
        package var staleAfter: Duration?
        package var position: SourcePosition

        package init(path: String, isBlackout: Bool, staleAfter: Duration?, position: SourcePosition) {
            self.path = path
            self.isBlackout = isBlackout
            self.staleAfter = staleAfter
            self.position = position
        }
    }

    package var name: String
    package var description: String
    package var timezone: String
    package var windows: [Span]
    package var blackouts: [Span]
    package var feeds: [Feed]
    package var position: SourcePosition

    package init(
        name: String, description: String, timezone: String, windows: [Span], blackouts: [Span], feeds: [Feed],
        position: SourcePosition
    ) {
        self.name = name
        self.description = description
        self.timezone = timezone
        self.windows = windows
        self.blackouts = blackouts
        self.feeds = feeds
        self.position = position
    }
}

/// A runbook that runs by itself, with the name that its job goes by.
package struct ScheduledJob: Sendable, Hashable {
    package var name: String
    package var runbook: String
    package var schedule: Schedule
    package var position: SourcePosition

    package init(name: String, runbook: String, schedule: Schedule, position: SourcePosition) {
        self.name = name
        self.runbook = runbook
        self.schedule = schedule
        self.position = position
    }
}
