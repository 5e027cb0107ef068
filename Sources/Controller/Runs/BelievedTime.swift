import Engine
import Governance
import Model

/// The time that approvals, plans and windows are judged by: never before the journal's last record, so that nothing
/// revives that has expired when the machine's clock is set back.
struct BelievedTime: Sendable {
    /// Milliseconds since 1970.
    let now: Int
    /// What is wrong with the clock where it is too far behind what is recorded to be believed, as the beginning of a
    /// sentence.
    let doubt: String?

    init(_ journal: any JournalStore, clock: any EngineClock = WallClock()) async throws {
        let recorded = try await journal.lastTime()
        let wall = clock.wallTime()
        now = ClockGuard.now(wall: wall, recorded: recorded)
        let reading = ClockGuard.Reading(wall: wall, elapsed: 0, boot: "")
        if case .behind(let by) = ClockGuard.state(reading, since: nil, recorded: recorded) {
            doubt = "The clock shows \(Duration.milliseconds(by).text) less than the journal's last record"
        } else {
            doubt = nil
        }
    }

    /// The time, for something that is given now.
    /// - Throws: `GovernanceError` while the clock can't be believed.
    func forGiving() throws(GovernanceError) -> Int {
        guard let doubt else { return now }
        throw GovernanceError(
            .refused, "\(doubt), so no approval counts.", hint: "Set this machine's clock right.")
    }
}
