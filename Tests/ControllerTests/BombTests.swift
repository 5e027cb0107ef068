import Foundation
import Glibc
import TestSupport
import Testing

@testable import Controller

/// Small things that become huge once they are read: each is an error, in bounded memory.
@Suite(.serialized) struct BombTests {
    private static let inventory = "schema_version: 1\nnodes: {n1: {address: 192.0.2.1}}\n"

    private static let windows = """
        schema_version: 1
        windows:
          always:
            timezone: UTC
            open: [{start: "2020-01-01T00:00", duration: 1d, rrule: FREQ=DAILY}]
            ics: [{file: blackouts.ics, as: blackouts}]
        """

    private func site() throws -> TemporaryFolder {
        let folder = try TemporaryFolder(prefix: "bombs")
        for part in ["inventory", "runbooks", "plugins", "plugins/inventory"] {
            try FileManager.default.createDirectory(
                atPath: folder.path(part), withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        }
        try folder.write("inventory/site.yaml", Self.inventory)
        return folder
    }

    private struct Ending {
        var status: Int
        var text: String
        /// The most memory that it had, in bytes.
        var memory: Int
    }

    /// The built program's end, and what it took.
    private func run(_ folder: TemporaryFolder, _ words: String...) throws -> Ending {
        let program = try MeasuredProgram(
            words,
            environment: [
                "PATH": "/usr/bin:/bin", "HOME": folder.root, "RUNBOOK_INVENTORY": folder.path("inventory"),
                "RUNBOOK_RUNBOOKS": folder.path("runbooks"), "RUNBOOK_PLUGINS": folder.path("plugins"),
                "RUNBOOK_DB": folder.path("state/runbook.db"), "RUNBOOK_SSH_CONFIG": "none",
            ], in: folder)
        let ending = try program.ending()
        let output = try String(contentsOfFile: program.output, encoding: .utf8)
        return Ending(status: ending.status, text: output + ending.error, memory: ending.peak)
    }

    /// More than the program takes without a bomb, in bytes.
    private static let allowance = 64 << 20

    /// A file of 10 GiB that takes no room on the disk.
    private func inflate(_ path: String, beginning text: String) throws {
        try Data(text.utf8).write(to: URL(fileURLWithPath: path))
        chmod(path, 0o600)
        guard truncate(path, 10 << 30) == 0 else { throw POSIXError(.EFBIG) }
    }

    @Test func aFeedOfTenGibibytesClosesItsCalendar() throws {
        let folder = try site()
        try folder.write("inventory/windows.yaml", Self.windows)
        let good = "BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART:20200101T000000Z\nDURATION:PT1H\nEND:VEVENT\nEND:VCALENDAR\n"
        try folder.write("inventory/blackouts.ics", good)
        let calm = try run(folder, "window", "check", "always")
        #expect(calm.status == 0, "\(calm.text)")
        try inflate(folder.path("inventory/blackouts.ics"), beginning: good)
        let bombed = try run(folder, "window", "check", "always")
        #expect(bombed.status == 2, "\(bombed.text)")
        #expect(bombed.text.contains("larger than"), "\(bombed.text)")
        #expect(bombed.memory < calm.memory + Self.allowance, "\(bombed.memory) \(calm.memory)")
    }

    @Test func aRunbookOrAnInventoryOfTenGibibytesIsAnError() throws {
        let folder = try site()
        let calm = try run(folder, "nodes", "list", "n1")
        #expect(calm.status == 0, "\(calm.text)")
        for file in ["runbooks/huge.yaml", "inventory/huge.yaml"] {
            try inflate(folder.path(file), beginning: "schema_version: 1\n")
            let bombed = try run(folder, "lint")
            #expect(bombed.status == 65, "\(bombed.text)")
            #expect(bombed.text.contains("larger than 8MiB"), "\(bombed.text)")
            #expect(bombed.memory < calm.memory + Self.allowance, "\(bombed.memory) \(calm.memory)")
            unlink(folder.path(file))
        }
    }

    /// An inventory source that unpacks an archive: some ten megabytes that become 10 GiB.
    @Test(.timeLimit(.minutes(10))) func aSourceThatUnpacksTenGibibytesIsEndedAtItsLimit() throws {
        let folder = try site()
        let calm = try run(folder, "nodes", "list", "n1")
        // 640 members of 16 MiB each, which gzip(1) unpacks one after the other.
        try Keygen.run(
            [
                "-c",
                """
                cd "$0" && head -c 16777216 /dev/zero | gzip -9 >member && i=0
                while [ $i -lt 640 ]; do cat member; i=$((i + 1)); done >bomb.gz
                printf '#!/bin/sh\\nexec gzip -dc %s\\n' "$0/bomb.gz" >plugins/inventory/cloud
                chmod 700 plugins/inventory/cloud
                """, folder.root,
            ], tool: "/bin/sh")
        try folder.write("inventory/sources.yaml", "schema_version: 1\nsources: [{plugin: cloud, ttl: 5m}]\n")
        let bombed = try run(folder, "nodes", "list", "n1")
        #expect(bombed.status == 65, "\(bombed.text)")
        #expect(bombed.text.contains("cloud"), "\(bombed.text)")
        // What it may print at most, and the copies that are made of that on the way.
        #expect(bombed.memory < calm.memory + 4 * (64 << 20), "\(bombed.memory) \(calm.memory)")
    }

    @Test(arguments: [
        (0..<9).map {
            "l\($0): &l\($0) [\($0 == 0 ? "x" : Array(repeating: "*l\($0 - 1)", count: 9).joined(separator: ","))]\n"
        }.joined(),
        "a: " + String(repeating: "[", count: 100_000), String(repeating: "- ", count: 100_000) + "x\n",
        "schema_version: 1\nschedules: {s: {runbook: r, cron: \"* * * * * *\"}}\n",
    ])
    func aSmallFileThatMeansMuchIsAnErrorInItsPlace(text: String) throws {
        let folder = try site()
        let calm = try run(folder, "nodes", "list", "n1")
        try folder.write("inventory/bomb.yaml", text)
        let bombed = try run(folder, "lint")
        #expect(bombed.status == 65, "\(bombed.text.prefix(2000))")
        #expect(bombed.text.contains("bomb.yaml:"), "\(bombed.text.prefix(2000))")
        #expect(bombed.memory < calm.memory + Self.allowance, "\(bombed.memory) \(calm.memory)")
    }

    @Test func aRuleOfEverySecondClosesItsCalendar() throws {
        let folder = try site()
        try folder.write("inventory/windows.yaml", Self.windows)
        try folder.write(
            "inventory/blackouts.ics",
            "BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART:20200101T000000Z\nDURATION:PT1H\nRRULE:FREQ=SECONDLY\nEND:VEVENT\n"
                + "END:VCALENDAR\n")
        let closed = try run(folder, "window", "check", "always")
        #expect(closed.status == 2, "\(closed.text)")
        #expect(closed.text.contains("can't be believed"), "\(closed.text)")
        unlink(folder.path("inventory/blackouts.ics"))
        #expect(try run(folder, "window", "check", "always").status == 2)
    }
}
