import Foundation
import Glibc
import Journal
import Model
import TestSupport
import Testing

@testable import Controller

/// `runbook serve`, killed at each commit around a job's time, and started again with another time of day.
@Suite(.serialized, .nodesOfThisMachine) struct ClockStepCrashTests {
    struct Step: Sendable, CustomTestStringConvertible {
        var testDescription: String
        /// When the job's time comes, 02:30 in Berlin, as UTC.
        var occurrence: String
        /// How many seconds the clock shows more after the kill.
        var seconds: Int
        /// Whether the clock still can be believed.
        var isSteady = true
    }

    static let steps = [
        Step(testDescription: "a second on", occurrence: "2026-06-15T00:30:00Z", seconds: 1),
        Step(testDescription: "a second back", occurrence: "2026-06-15T00:30:00Z", seconds: -1),
        Step(testDescription: "ten minutes on", occurrence: "2026-06-15T00:30:00Z", seconds: 600),
        Step(testDescription: "ten minutes back", occurrence: "2026-06-15T00:30:00Z", seconds: -600, isSteady: false),
        Step(testDescription: "a day on", occurrence: "2026-06-15T00:30:00Z", seconds: 86_400, isSteady: false),
        Step(testDescription: "a day back", occurrence: "2026-06-15T00:30:00Z", seconds: -86_400, isSteady: false),
        // 02:30 does not come: an hour later, 03:30.
        Step(testDescription: "the skipped hour", occurrence: "2026-03-29T01:30:00Z", seconds: 0),
        // 02:30 comes twice: the clock shows it once more right after the kill.
        Step(testDescription: "the doubled hour", occurrence: "2026-10-25T00:30:00Z", seconds: 3599),
    ]

    private static let schedules = """
        schema_version: 1
        schedules:
          nightly: {runbook: count, cron: "30 2 * * *", timezone: Europe/Berlin, unattended: standing, missed: run_once}
        """

    private static func runbook(_ counter: String) -> String {
        """
        schema_version: 1
        name: count
        version: 1
        title: Counts how often it ran
        targets: n1
        steps:
          - name: count
            gate: none
            effect: once
            irreversible: true
            run: echo x >>\(counter)
        """
    }

    private struct Night {
        let site: Installation
        let counter: String
        /// Seconds since 1970.
        let time: Int
        /// What the clock is off so that the job's time is near.
        let shift: Int

        var output: String { (try? site.folder.read("output")) ?? "" }

        func serve(_ environment: [String: String]) throws -> SpawnedProcess {
            let process = SpawnedProcess()
            process.executableURL = URL(fileURLWithPath: ApprovalSite.binary)
            process.arguments = ["serve"]
            process.environment = [
                "PATH": "/usr/bin:/bin:/usr/sbin:/sbin", "HOME": site.folder.root,
                "RUNBOOK_INVENTORY": site.settings.inventory[0], "RUNBOOK_RUNBOOKS": site.settings.runbooks,
                "RUNBOOK_DB": site.settings.database, "RUNBOOK_KNOWN_HOSTS": site.sshd.knownHostsPath,
                "RUNBOOK_SSH_CONFIG": site.settings.sshConfig, "RUNBOOK_ALLOW_SHARED_MACHINES": "1",
            ].merging(environment) { $1 }
            let path = site.folder.path("output")
            _ = FileManager.default.createFile(atPath: path, contents: nil)
            let output = FileHandle(forWritingAtPath: path)
            (process.standardInput, process.standardOutput, process.standardError) =
                (FileHandle.nullDevice, output, output)
            try process.run()
            return process
        }

        var count: Int {
            ((try? String(contentsOfFile: counter, encoding: .utf8)) ?? "").split(separator: "\n").count
        }
    }

    /// An installation whose service ran until a minute and a half before the job's time, which comes in a second.
    private func night(_ sshd: SSHDFixture, _ step: Step) async throws -> Night {
        let counter = sshd.folder.path("counter-\(UInt32.random(in: 0 ... .max))")
        let site = try Installation(
            sshd, inventory: Installation.oneNode(sshd), runbooks: ["count": Self.runbook(counter)])
        try site.folder.write("inventory/schedules.yaml", Self.schedules)
        let time = Int(try Date(step.occurrence, strategy: .iso8601).timeIntervalSince1970)
        let job = try #require(try HeldCatalogue(site.settings).jobs.first)
        let journal = try Self.journal(site, time)
        _ = try await journal.register(job: job.name, definition: job.definition)
        let boot = try String(contentsOfFile: "/proc/sys/kernel/random/boot_id", encoding: .utf8)
            .trimmingCharacters(in: .newlines)
        let elapsed = Int(WallClock().elapsed().components.seconds) * 1000
        try await journal.keep(
            clockMark: "{\"boot\":\"\(boot)\",\"elapsed\":\(elapsed - 89_000),\"wall\":\((time - 90) * 1000)}")
        try await journal.close()
        return Night(
            site: site, counter: counter, time: time, shift: time - 1 - Int(Date().timeIntervalSince1970))
    }

    /// The journal, opened at a time that lies before all that is recorded there.
    private static func journal(_ site: Installation, _ time: Int) throws -> Journal {
        try Journal.open(
            JournalSettings(
                path: site.settings.database, actor: RunService.requester, program: "test",
                clock: { (time - 90) * 1000 }))
    }

    /// Lets the service work until nothing is left to do, or it says that it does not believe the clock.
    private func settle(_ night: Night, shift: Int, _ faults: FaultLibrary) async throws {
        let service = try night.serve(faults.environment(clockShift: shift))
        defer {
            kill(service.processIdentifier, SIGTERM)
            service.waitUntilExit()
        }
        let journal = try Self.journal(night.site, night.time)
        let isSettled = try await becomes {
            let isDecided = try await !journal.occurrences(of: "nightly", state: nil, limit: 10).isEmpty
            let isIdle = try await journal.takenRuns().isEmpty
            return night.output.contains("ready:") && isIdle && (isDecided || night.output.contains("suspended"))
        }
        try await journal.close()
        #expect(isSettled, "\(night.output)")
    }

    @Test(.timeLimit(.minutes(60)), arguments: steps)
    func theJobStartsOnceNeitherEarlyNorTwice(_ step: Step) async throws {
        try await SSHDFixture.with { sshd in
            let faults = try FaultLibrary(in: sshd.folder.root)
            for number in 1...6 {
                let fault = number % 2 == 0 ? FaultLibrary.Fault.killedAfter : .killedBefore
                let place = "\(step.testDescription), \(fault) at commit \(number)"
                let night = try await night(sshd, step)
                let killed = try night.serve(
                    faults.environment(clockShift: night.shift).merging(faults.environment(fault, at: number)) { $1 })
                #expect(try await becomes { !killed.isRunning }, "\(place): \(night.output)")
                kill(killed.processIdentifier, SIGKILL)
                killed.waitUntilExit()

                try await settle(night, shift: night.shift + step.seconds, faults)
                if !step.isSteady {
                    // The clock is set right again.
                    try await settle(night, shift: night.shift, faults)
                }

                let journal = try Self.journal(night.site, night.time)
                let decided = try await journal.occurrences(of: "nightly", state: nil, limit: 100)
                let runs = try await journal.runs(RunFilter(user: "schedule:nightly"))
                #expect(try await journal.verifyAudit(against: []).isIntact, "\(place)")
                try await journal.close()
                // After a day that never was nothing is begun by itself any more; all else is made up for.
                if step.seconds < 86_400 { #expect(decided.count == 1, "\(place): \(night.output)") }
                #expect(decided.allSatisfy { $0.occurrence == night.time * 1000 }, "\(place): \(decided)")
                #expect(decided.allSatisfy { $0.state == .started }, "\(place): \(decided)")
                #expect(runs.map(\.id) == decided.compactMap(\.run), "\(place): \(night.output)")
                #expect(runs.allSatisfy { $0.phase == .finished && $0.exitStatus == 0 }, "\(place): \(night.output)")
                #expect(runs.allSatisfy { $0.started >= night.time * 1000 }, "\(place): early")
                #expect(night.count == runs.count, "\(place): \(night.output)")
            }
        }
    }
}
