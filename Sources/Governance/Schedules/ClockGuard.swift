/// Whether the machine's clock can be believed, told from what it showed before.
package struct ClockGuard: Sendable {
    /// What the clocks show at one moment. All times are in milliseconds.
    package struct Reading: Sendable, Hashable, Codable {
        /// Since 1970.
        package var wall: Int
        /// Since the boot, time asleep included.
        package var elapsed: Int
        /// Which boot that is.
        package var boot: String

        package init(wall: Int, elapsed: Int, boot: String) {
            self.wall = wall
            self.elapsed = elapsed
            self.boot = boot
        }
    }

    package enum State: Sendable, Hashable {
        case steady
        /// It shows so many milliseconds less than what is recorded already.
        case behind(Int)
        /// It went so many milliseconds further than time did.
        case jumped(Int)
    }

    /// A step back by more than this closes windows.
    package static let allowedBehind = 5 * 60_000
    /// A step forward by more than this suspends schedules.
    package static let allowedJump = 3_600_000

    /// The time to go by: it never lies before the last that is recorded.
    package static func now(wall: Int, recorded: Int) -> Int { max(wall, recorded) }

    /// `recorded` is the time of the journal's last record, `mark` an earlier reading.
    package static func state(_ reading: Reading, since mark: Reading?, recorded: Int) -> State {
        if recorded - reading.wall > allowedBehind { return .behind(recorded - reading.wall) }
        guard let mark, mark.boot == reading.boot else { return .steady }
        let jump = (reading.wall - mark.wall) - (reading.elapsed - mark.elapsed)
        return jump > allowedJump ? .jumped(jump) : .steady
    }
}
