import Foundation

/// A time zone: between moments, in milliseconds since 1970, and its wall clock.
package struct Zone: Sendable, Hashable {
    /// Its name in the IANA time zone database.
    package let name: String
    private let zone: TimeZone

    /// - Throws: `GovernanceError` where the database has no such zone.
    package init(_ name: String) throws(GovernanceError) {
        guard let zone = TimeZone(identifier: name) else {
            throw GovernanceError(
                .malformed, "There is no time zone '\(name)'.", hint: "Use a name such as Europe/Berlin, or UTC.")
        }
        self.name = name
        self.zone = zone
    }

    private init(utc: Void) {
        name = "UTC"
        zone = .gmt
    }

    package static let utc = Zone(utc: ())

    /// Which moment a time stands for that the clock skips, as at the beginning of summer time.
    package enum Skipped: Sendable {
        /// What the clock would show had it not been moved: 02:30 is 03:30 (RFC 5545, 3.3.5).
        case shifted
        /// The moment of the jump.
        case jump
    }

    /// Which moment a time stands for that the clock shows twice, as at the end of summer time.
    package enum Repeated: Sendable { case first, second }

    /// Seconds that the clock is ahead of UTC at `second` since 1970.
    private func offset(_ second: Int) -> Int {
        zone.secondsFromGMT(for: Date(timeIntervalSince1970: TimeInterval(second)))
    }

    /// What the clock shows.
    package func local(_ moment: Int) -> LocalTime {
        let second = LocalTime.floor(moment, 1000)
        return LocalTime(seconds: second + offset(second))
    }

    /// Every moment at which the clock shows `local`: none, one or two.
    package func moments(of local: LocalTime) -> [Int] {
        let (before, after) = offsets(around: local)
        let candidates = before == after ? [before] : [max(before, after), min(before, after)]
        return candidates.map { local.seconds - $0 }.filter { $0 + offset($0) == local.seconds }.map { $0 * 1000 }
    }

    /// The moment that `local` stands for.
    package func moment(of local: LocalTime, skipped: Skipped = .shifted, repeated: Repeated = .first) -> Int {
        let found = moments(of: local)
        switch (found.first, found.last) {
        case (let first?, let last?): return repeated == .first ? first : last
        default: break
        }
        let (before, after) = offsets(around: local)
        let shifted = local.seconds - before
        guard skipped == .jump else { return shifted * 1000 }
        var low = local.seconds - after
        var high = shifted
        while high - low > 1 {
            let middle = low + (high - low) / 2
            if offset(middle) == after { high = middle } else { low = middle }
        }
        return high * 1000
    }

    /// A day before and a day after: no clock is moved twice between.
    private func offsets(around local: LocalTime) -> (before: Int, after: Int) {
        let guess = local.seconds - offset(local.seconds)
        return (offset(guess - 86_400), offset(guess + 86_400))
    }

    /// As `2026-03-29 03:30 Europe/Berlin`.
    package func text(_ moment: Int) -> String {
        local(moment).description.replacing("T", with: " ") + " " + name
    }
}
