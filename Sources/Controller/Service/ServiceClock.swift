import Engine
import Foundation
import Governance
import Model

/// The service's clock: what time it is, and whether that can be believed. Confined to one part of the service.
actor ServiceClock {
    enum Answer: Sendable {
        /// Milliseconds since 1970.
        case time(Int)
        /// Nothing is started, for this reason.
        case suspended(String)
    }

    /// Readings are kept this often.
    private static let keptEvery = 30_000

    private let journal: any JournalStore
    private let clock: any EngineClock
    private let actor: Requester
    private let boot: String
    private var kept: ClockGuard.Reading?
    private var hasRead = false

    init(_ journal: any JournalStore, clock: any EngineClock, actor: Requester) {
        self.journal = journal
        self.clock = clock
        self.actor = actor
        let text = FileManager.default.contents(atPath: "/proc/sys/kernel/random/boot_id") ?? Data()
        boot = String(decoding: text, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
    }

    /// Reads the clocks, and suspends all schedules where the time of day went forward by itself.
    func answer() async throws -> Answer {
        let (mark, suspension) = try await journal.clockState()
        if !hasRead {
            kept = mark.flatMap { try? JSONDecoder().decode(ClockGuard.Reading.self, from: Data($0.utf8)) }
            hasRead = true
        }
        let recorded = try await journal.lastTime()
        let reading = ClockGuard.Reading(
            wall: clock.wallTime(), elapsed: clock.elapsed().wholeMilliseconds, boot: boot)
        switch ClockGuard.state(reading, since: kept, recorded: recorded) {
        case .behind(let by):
            return .suspended("the clock shows \(Duration.milliseconds(by).text) less than the journal's last record")
        case .jumped(let by):
            let text = "the clock went forward by \(Duration.milliseconds(by).text)"
            try await journal.suspendSchedules(text, by: actor)
            try await keep(reading)
            return .suspended(text)
        case .steady:
            if reading.wall - (kept?.wall ?? 0) >= Self.keptEvery || kept?.boot != boot { try await keep(reading) }
            if let suspension { return .suspended(suspension) }
            return .time(ClockGuard.now(wall: reading.wall, recorded: recorded))
        }
    }

    private func keep(_ reading: ClockGuard.Reading) async throws {
        kept = reading
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        try await journal.keep(clockMark: String(decoding: try encoder.encode(reading), as: UTF8.self))
    }
}
