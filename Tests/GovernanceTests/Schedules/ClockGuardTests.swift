import Testing

@testable import Governance

@Suite struct ClockGuardTests {
    private static let mark = ClockGuard.Reading(wall: 1_795_867_200_000, elapsed: 500_000, boot: "a")

    /// How many seconds the time of day went further than time did, after a minute.
    @Test(arguments: [
        (0, ClockGuard.State.steady), (1, .steady), (-1, .steady), (600, .steady), (3600, .steady),
        (3601, .jumped(3_601_000)), (86_400, .jumped(86_400_000)), (-200, .steady), (-600, .behind(540_000)),
        (-86_400, .behind(86_340_000)),
    ])
    func steps(seconds: Int, expected: ClockGuard.State) {
        let mark = Self.mark
        let now = ClockGuard.Reading(
            wall: mark.wall + 60_000 + seconds * 1000, elapsed: mark.elapsed + 60_000, boot: "a")
        #expect(ClockGuard.state(now, since: mark, recorded: mark.wall) == expected)
    }

    @Test func timeNeverGoesBackAndAnotherBootTellsNothing() {
        let mark = Self.mark
        #expect(ClockGuard.now(wall: mark.wall - 5000, recorded: mark.wall) == mark.wall)
        let later = ClockGuard.Reading(wall: mark.wall + 86_400_000, elapsed: 1000, boot: "b")
        #expect(ClockGuard.state(later, since: mark, recorded: mark.wall) == .steady)
    }
}
