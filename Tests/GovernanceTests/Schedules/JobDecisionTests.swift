import Model
import Testing

@testable import Governance

@Suite struct JobDecisionTests {
    private static let hour = 3_600_000
    /// 2026-11-28 12:00 UTC.
    private static let noon = 1_795_867_200_000

    private func decision(
        _ schedule: Schedule, decided: Int, now: Int, paused: Bool = false, running: Bool = false, queued: Int = 0
    ) throws -> JobDecision? {
        JobDecision(
            try JobTiming(job: "j", schedule: schedule), schedule,
            JobDecision.Memory(decidedUpTo: decided, isPaused: paused, isRunning: running, queued: queued), now: now)
    }

    @Test func whatIsDueStartsOnceAndNotEarly() throws {
        let schedule = Schedule(cron: "0 * * * *")
        let noon = Self.noon
        #expect(try decision(schedule, decided: noon - Self.hour, now: noon - 1) == nil)
        let due = try #require(try decision(schedule, decided: noon - Self.hour, now: noon))
        #expect(due.occurrence == noon)
        #expect(due.action == .start)
        #expect(due.missed == 0)
        #expect(try decision(schedule, decided: noon, now: noon) == nil)
        #expect(try decision(schedule, decided: noon, now: noon + 600_000) == nil)
    }

    @Test(arguments: [
        (Schedule.Missed.runOnce, JobDecision.Action.start), (.skip, .miss(alert: false)), (.alert, .miss(alert: true)),
    ])
    func whatPassedUnnoticed(missed: Schedule.Missed, action: JobDecision.Action) throws {
        let schedule = Schedule(cron: "0 * * * *", missed: missed)
        let late = try #require(
            try decision(schedule, decided: Self.noon - 3 * Self.hour, now: Self.noon + 10 * 60_000))
        #expect(late.action == action)
        #expect(late.occurrence == Self.noon)
        #expect(late.missed == 2)
        let onTime = try #require(try decision(schedule, decided: Self.noon - 3 * Self.hour, now: Self.noon + 5000))
        #expect(onTime.action == .start)
        #expect(onTime.missed == 2)
    }

    @Test(arguments: [
        (Schedule.Overlap.skip, JobDecision.Action.skip("the former run still goes on")), (.queue, .queue),
        (.cancel, .replace),
    ])
    func whileTheFormerRunGoesOn(overlap: Schedule.Overlap, action: JobDecision.Action) throws {
        let schedule = Schedule(cron: "0 * * * *", overlap: overlap)
        let decided = Self.noon - Self.hour
        #expect(try decision(schedule, decided: decided, now: Self.noon, running: true)?.action == action)
        guard overlap != .skip else { return }
        let full = try decision(
            schedule, decided: decided, now: Self.noon, running: true, queued: JobDecision.queueLimit)
        #expect(full?.action == .skip("\(JobDecision.queueLimit) wait already"))
    }

    @Test func aPausedJobIsSkipped() throws {
        let found = try decision(Schedule(cron: "0 * * * *"), decided: 0, now: Self.noon, paused: true)
        #expect(found?.action == .skip("the job is paused"))
        #expect(found?.missed == JobDecision.countLimit)
    }

    @Test func jitterIsTheSameEachTimeAndWithinItsBound() throws {
        let schedule = Schedule(cron: "0 * * * *", jitter: .seconds(600))
        let timing = try JobTiming(job: "j", schedule: schedule)
        let delays = (0..<200).map { timing.delay(of: Self.noon + $0 * Self.hour) }
        #expect(delays.allSatisfy { (0..<600_000).contains($0) })
        #expect(Set(delays).count > 150)
        #expect(delays == (0..<200).map { timing.delay(of: Self.noon + $0 * Self.hour) })
        let delay = timing.delay(of: Self.noon)
        let decided = Self.noon - Self.hour
        #expect(try decision(schedule, decided: decided, now: Self.noon + delay - 1) == nil)
        #expect(try decision(schedule, decided: decided, now: Self.noon + delay)?.action == .start)
    }

    /// A clock that goes on by uneven steps, over both changes of the clock, with a service that forgets everything but
    /// what it has decided: one start for every time.
    @Test(arguments: ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe"])
    func everyTimeStartsOnce(zone: String) throws {
        let schedule = Schedule(cron: "30 2 * * *", timezone: zone)
        let timing = try JobTiming(job: "j", schedule: schedule)
        let start = Zone.utc.moment(of: try #require(LocalTime(written: "2026-01-01T00:00")))
        var decided = start
        var now = start
        var starts: [Int] = []
        var step = 7000
        while now < start + 366 * 86_400_000 {
            if let due = JobDecision(timing, schedule, .init(decidedUpTo: decided), now: now) {
                #expect(due.occurrence <= now)
                #expect(due.missed == 0)
                starts.append(due.occurrence)
                decided = due.occurrence
            }
            step = (step * 31 + 17) % 50_000_000
            // A clock that goes back for a moment.
            now += step % 11 == 0 ? -1000 : step
        }
        #expect(Set(starts).count == starts.count)
        #expect((364...366).contains(starts.count))
    }
}
