import Crypto
import Model

/// When a job comes: a cron time in a zone, put off by up to its jitter.
package struct JobTiming: Sendable, Hashable {
    package let job: String
    package let cron: CronTime
    package let zone: Zone
    /// In milliseconds.
    package let jitter: Int

    /// - Throws: `GovernanceError` for a cron time or a zone that there is not.
    package init(job: String, schedule: Schedule) throws(GovernanceError) {
        self.job = job
        cron = try CronTime(schedule.cron)
        zone = try Zone(schedule.timezone)
        jitter = schedule.jitter.wholeMilliseconds
    }

    /// How long the start of an occurrence is put off: always the same for the same one, so that a service that was
    /// started again keeps to it.
    package func delay(of occurrence: Int) -> Int {
        guard jitter > 0 else { return 0 }
        let digest = SHA256.hash(data: Array("\(job)\u{0}\(occurrence)".utf8))
        let number = digest.prefix(7).reduce(0) { $0 << 8 | Int($1) }
        return number % jitter
    }

    /// When the next occurrence after `moment` starts, its jitter included.
    package func next(after moment: Int) -> (occurrence: Int, start: Int)? {
        cron.next(after: moment, in: zone).map { ($0, $0 + delay(of: $0)) }
    }
}
