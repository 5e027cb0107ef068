import Foundation
import Glibc
import Journal
import Model
import TestSupport
import Testing

@testable import Controller

/// `runbook serve`, the built program, on a real sshd.
@Suite(.serialized, .nodesOfThisMachine) struct ServiceTests {
    private static let program =
        URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().path + "/.build/debug/runbook"

    private let jobs = """
        schema_version: 1
        schedules:
          counting: {runbook: count, cron: "* * * * *", unattended: standing, overlap: queue}
        """

    private func runbook(_ counter: String, gate: String = "none", window: String = "") -> String {
        """
        schema_version: 1
        name: count
        version: 1
        title: Counts how often it ran
        targets: n1
        \(window)
        steps:
          - name: count
            gate: \(gate)
            effect: once
            irreversible: true
            run: |
              echo x >>\(counter)
              sleep 0.4
        """
    }

    private func installation(_ sshd: SSHDFixture, _ runbook: (String) -> String) throws -> (
        Installation, counter: String
    ) {
        let inventory = """
            schema_version: 1
            defaults: {ssh: {user: \(sshd.user), port: \(sshd.port), identity_file: \(sshd.userKeyPath)}}
            nodes: {n1: {address: 127.0.0.1}}
            """
        let counter = sshd.folder.path("counter-\(UInt32.random(in: 0 ... .max))")
        let site = try Installation(sshd, inventory: inventory, runbooks: ["count": runbook(counter)])
        return (site, counter)
    }

    private func start(_ site: Installation, _ words: [String]) throws -> SpawnedProcess {
        let process = SpawnedProcess()
        process.executableURL = URL(fileURLWithPath: Self.program)
        process.arguments = words
        process.environment = [
            "PATH": "/usr/bin:/bin:/usr/sbin:/sbin", "HOME": site.folder.root,
            "RUNBOOK_INVENTORY": site.settings.inventory[0], "RUNBOOK_RUNBOOKS": site.settings.runbooks,
            "RUNBOOK_DB": site.settings.database, "RUNBOOK_KNOWN_HOSTS": site.sshd.knownHostsPath,
            "RUNBOOK_SSH_CONFIG": site.settings.sshConfig, "RUNBOOK_ALLOW_SHARED_MACHINES": "1",
        ]
        let path = site.folder.path("output")
        if !FileManager.default.fileExists(atPath: path) { try Data().write(to: URL(fileURLWithPath: path)) }
        let output = try FileHandle(forWritingTo: URL(fileURLWithPath: path))
        try output.seekToEnd()
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = output
        process.standardError = output
        try process.run()
        return process
    }

    private func output(_ site: Installation) -> String { (try? site.folder.read("output")) ?? "" }

    private func lines(_ path: String) -> Int {
        ((try? String(contentsOfFile: path, encoding: .utf8)) ?? "").split(separator: "\n").count
    }

    /// A journal that knows the job since two minutes, so that its last minute is due.
    private func register(_ site: Installation) async throws {
        let job = try #require(try HeldCatalogue(site.settings).jobs.first)
        let journal = try Journal.open(
            JournalSettings(
                path: site.settings.database, actor: RunService.requester, program: "test",
                clock: { WallClock().wallTime() - 100_000 }))
        _ = try await journal.register(job: job.name, definition: job.definition)
        try await journal.close()
    }

    @Test func aJobStartsOnceWhateverInstantTheServiceIsKilledAt() async throws {
        try await SSHDFixture.with { sshd in
            for round in 0..<10 {
                let (site, counter) = try installation(sshd) { runbook($0) }
                try site.folder.write("inventory/schedules.yaml", jobs)
                try await register(site)
                // Claim, connection, survey, plan, step and end lie within the first second and a half.
                for delay in [round * 150, round * 61 % 700] {
                    let service = try start(site, ["serve"])
                    usleep(UInt32(delay + 20) * 1000)
                    kill(service.processIdentifier, SIGKILL)
                    service.waitUntilExit()
                }
                let before = output(site).components(separatedBy: "ready:").count
                let service = try start(site, ["serve"])
                #expect(try await becomes { output(site).components(separatedBy: "ready:").count > before })
                let journal = try await Workspace(site.settings).journal()
                let isDone = try await becomes {
                    // A minute may begin meanwhile, whose occurrence waits for the former run.
                    let decided = try await journal.occurrences(of: "counting", state: nil, limit: 100)
                    let taken = try await journal.takenRuns()
                    return !decided.isEmpty && decided.allSatisfy { $0.state == .started } && taken.isEmpty
                }
                #expect(isDone, "round \(round): \(output(site))")
                kill(service.processIdentifier, SIGTERM)
                service.waitUntilExit()
                #expect(service.terminationStatus == 0)
                let decided = try await journal.occurrences(of: "counting", state: nil, limit: 100)
                let runs = try await journal.runs(RunFilter(user: "schedule:counting"))
                #expect(decided.allSatisfy { $0.state == .started }, "\(decided)")
                #expect(Set(runs.map(\.id)) == Set(decided.compactMap(\.run)), "round \(round): \(output(site))")
                #expect(runs.allSatisfy { $0.phase == .finished })
                // What the killed one had sent is taken up and its end is known.
                #expect(runs.allSatisfy { $0.exitStatus == 0 }, "round \(round): \(runs.map(\.counts))")
                var told = ""
                for run in runs {
                    for event in try await journal.events(of: run.id, after: 0, limit: 1000) {
                        told += "\(event.event)\n"
                    }
                }
                #expect(lines(counter) == runs.count, "round \(round): \(output(site))\(told)")
                #expect(try await journal.verifyAudit(against: []).isIntact)
                try await journal.close()
            }
        }
    }

    @Test func aBadReloadKeepsWhatWasReadAndSIGTERMDrains() async throws {
        try await SSHDFixture.with { sshd in
            let (site, counter) = try installation(sshd) { runbook($0).replacing("sleep 0.4", with: "sleep 3") }
            try site.folder.write("inventory/schedules.yaml", jobs)
            try await register(site)
            let service = try start(site, ["serve"])
            #expect(try await becomes { output(site).contains("ready: 1 jobs") })
            let second = try start(site, ["serve"])
            second.waitUntilExit()
            #expect(second.terminationStatus == 2)
            try site.folder.write("inventory/schedules.yaml", "schema_version: 1\nschedules: {x: {cron: never}}\n")
            kill(service.processIdentifier, SIGHUP)
            #expect(try await becomes { output(site).contains("not reloaded") })
            #expect(output(site).contains("schedules.yaml:2"))
            #expect(try await becomes { lines(counter) == 1 })
            // In the middle of its step.
            kill(service.processIdentifier, SIGTERM)
            service.waitUntilExit()
            #expect(service.terminationStatus == 0)
            #expect(lines(counter) == 1)
            let journal = try await Workspace(site.settings).journal()
            let run = try #require(try await journal.runs(RunFilter(user: "schedule:counting")).first)
            // The step was its last: either the run came to its end, or it goes on.
            try site.folder.write("inventory/schedules.yaml", jobs)
            let next = try start(site, ["serve"])
            #expect(try await becomes { try await journal.run(named: run.id.description).phase == .finished })
            kill(next.processIdentifier, SIGTERM)
            next.waitUntilExit()
            let ended = try await journal.run(named: run.id.description)
            #expect(ended.counts == [.remediated: 1])
            try await journal.close()
        }
    }

    @Test func aRunOutsideItsWindowIsRefusedAndOneThatWaitsGoesOnInTheService() async throws {
        try await SSHDFixture.with { sshd in
            let (site, counter) = try installation(sshd) {
                runbook($0, gate: "window", window: "window: {calendar: soon, on_close: finish_wave}")
            }
            func calendar(_ opensIn: Double) throws {
                let format = Date.ISO8601FormatStyle().year().month().day().time(includingFractionalSeconds: false)
                let (start, end) = (Date().addingTimeInterval(opensIn), Date().addingTimeInterval(7200))
                try site.folder.write(
                    "inventory/windows.yaml",
                    """
                    schema_version: 1
                    windows:
                      soon: {timezone: UTC, open: [{start: "\(start.formatted(format))", end: "\(end.formatted(format))"}]}
                    """)
            }
            try calendar(3600)
            let words = ["apply", "count", "--nodes", "n1", "--yes"]
            let refused = try start(site, words)
            refused.waitUntilExit()
            #expect(refused.terminationStatus == 2)
            #expect(output(site).contains("It opens next at"), "\(output(site))")
            let check = try start(site, ["window", "check", "soon"])
            check.waitUntilExit()
            #expect(check.terminationStatus == 2)

            let waiting = try start(site, words + ["--wait"])
            let journal = try await Workspace(site.settings).journal()
            #expect(try await becomes { try await journal.runs(RunFilter(phases: [.waitingWindow])).count == 1 })
            kill(waiting.processIdentifier, SIGKILL)
            waiting.waitUntilExit()
            let service = try start(site, ["serve"])
            #expect(try await becomes { output(site).contains("ready:") })
            #expect(lines(counter) == 0)
            try calendar(-60)
            kill(service.processIdentifier, SIGHUP)
            #expect(try await becomes { try await journal.runs(RunFilter(phases: [.waitingWindow])).isEmpty })
            #expect(try await becomes { lines(counter) == 1 }, "\(output(site))")
            #expect(try await becomes { try await journal.takenRuns().isEmpty })
            kill(service.processIdentifier, SIGTERM)
            service.waitUntilExit()
            let entered = try await journal.auditRecords(AuditFilter(action: .windowEntered))
            #expect(entered.map { $0.entry.detail["calendar"] } == ["soon"])
            #expect(try await journal.auditRecords(AuditFilter(action: .windowRefused)).count == 1)
            try await journal.close()
        }
    }

    /// A feed that is missing, stale or cut short closes its calendar.
    @Test func aBlackoutFeedThatCantBeBelievedClosesTheWindow() async throws {
        try await SSHDFixture.with { sshd in
            let (site, _) = try installation(sshd) { runbook($0) }
            try site.folder.write(
                "inventory/windows.yaml",
                """
                schema_version: 1
                windows:
                  always:
                    timezone: UTC
                    open: [{start: "2020-01-01T00:00", duration: 1d, rrule: FREQ=DAILY}]
                    ics: [{file: blackouts.ics, as: blackouts, stale_after: 1h}]
                """)
            let workspace = Workspace(site.settings)
            func look() throws -> CalendarOverview { try workspace.calendarOverview("always", at: nil) }
            #expect(try !look().isOpen)
            let good =
                "BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART:20200101T000000Z\nDURATION:PT1H\nEND:VEVENT\nEND:VCALENDAR\n"
            try site.folder.write("inventory/blackouts.ics", good)
            #expect(try look().isOpen)
            try site.folder.write("inventory/blackouts.ics", String(good.dropLast(10)))
            #expect(try !look().isOpen)
            try site.folder.write("inventory/blackouts.ics", good)
            let past = timespec(tv_sec: Int(Date().timeIntervalSince1970) - 7200, tv_nsec: 0)
            #expect(utimensat(AT_FDCWD, site.folder.path("inventory/blackouts.ics"), [past, past], 0) == 0)
            #expect(try !look().isOpen)
            #expect(try look().reasons[0].contains("stale after 1h"))
        }
    }
}
