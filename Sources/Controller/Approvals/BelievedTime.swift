import Engine
import Governance
import Model

/// The time that approvals and plans are judged by: never before the journal's last record, so that nothing revives that
/// has expired when the machine's clock is set back.
struct BelievedTime: Sendable {
    /// Milliseconds since 1970.
    let now: Int
    /// Why no approval counts and none can be given: the clock is too far behind what is recorded.
    let complaint: String?

    init(_ journal: any JournalStore, clock: any EngineClock = WallClock()) async throws {
        let recorded = try await journal.lastTime()
        let wall = clock.wallTime()
        now = ClockGuard.now(wall: wall, recorded: recorded)
        let reading = ClockGuard.Reading(wall: wall, elapsed: 0, boot: "")
        if case .behind(let by) = ClockGuard.state(reading, since: nil, recorded: recorded) {
            complaint =
                "the clock shows \(Duration.seconds(by / 1000).text) less than the journal's last record, so no approval counts"
        } else {
            complaint = nil
        }
    }

    /// The time, for something that is given now.
    /// - Throws: `GovernanceError` while the clock can't be believed.
    func forGiving() throws(GovernanceError) -> Int {
        guard let complaint else { return now }
        throw GovernanceError(
            .refused, complaint.prefix(1).uppercased() + complaint.dropFirst() + ".",
            hint: "Set this machine's clock right.")
    }
}
