import Foundation
import Glibc
import Journal
import Model
import TestSupport
import Testing

@testable import Controller

/// Whole runs of the built program on a real sshd, with a journal that fails or a program that is killed at every commit.
@Suite(.serialized, .nodesOfThisMachine) struct RunCrashTests {
    /// Two steps that may run once, and one that may run again; each counts.
    private static func runbook(_ folder: String) -> String {
        """
        schema_version: 1
        name: count
        version: 1
        title: Counts what ran
        targets: n1
        detect:
          - name: done
            probe: test -e \(folder)/done
            healthy: {exit: 0}
            causes: [{id: undone, when: {exit: 1}}]
        steps:
          - name: first
            for: [undone]
            effect: once
            run: echo x >>\(folder)/first
            undo: rm -f \(folder)/first
          - name: second
            for: [undone]
            effect: once
            run: echo x >>\(folder)/second; touch \(folder)/done
            undo: rm -f \(folder)/second \(folder)/done
        verify: [detect]
        """
    }

    private struct Case {
        let site: Installation
        let node: String

        func count(_ step: String) -> Int {
            ((try? String(contentsOfFile: "\(node)/\(step)", encoding: .utf8)) ?? "").split(separator: "\n").count
        }

        /// Runs the program; its exit status, or minus the signal that ended it, and what it said.
        func run(_ words: [String], _ environment: [String: String] = [:]) throws -> (status: Int32, text: String) {
            let process = SpawnedProcess()
            process.executableURL = URL(fileURLWithPath: ApprovalSite.binary)
            process.arguments = words
            process.environment = [
                "PATH": "/usr/bin:/bin:/usr/sbin:/sbin", "HOME": site.folder.root,
                "RUNBOOK_INVENTORY": site.settings.inventory[0], "RUNBOOK_RUNBOOKS": site.settings.runbooks,
                "RUNBOOK_DB": site.settings.database, "RUNBOOK_KNOWN_HOSTS": site.sshd.knownHostsPath,
                "RUNBOOK_SSH_CONFIG": site.settings.sshConfig, "RUNBOOK_ALLOW_SHARED_MACHINES": "1",
            ].merging(environment) { $1 }
            let path = site.folder.path("output-\(UInt64.random(in: 0 ... .max))")
            _ = FileManager.default.createFile(atPath: path, contents: nil)
            let output = FileHandle(forWritingAtPath: path)
            (process.standardInput, process.standardOutput, process.standardError) =
                (FileHandle.nullDevice, output, output)
            try process.run()
            process.waitUntilExit()
            let text = (try? String(contentsOfFile: path, encoding: .utf8)) ?? ""
            return (process.terminationReason == .exit ? process.terminationStatus : -process.terminationStatus, text)
        }
    }

    private func makeCase(_ sshd: SSHDFixture) throws -> Case {
        let site = try Installation(sshd, inventory: Installation.oneNode(sshd))
        let node = site.folder.path("node").replacing("//", with: "/")
        try FileManager.default.createDirectory(atPath: node, withIntermediateDirectories: false)
        try site.folder.write("runbooks/count.yaml", Self.runbook(node))
        return Case(site: site, node: node)
    }

    private static let apply = ["apply", "count", "--nodes", "n1", "--yes"]

    /// Nothing ran that the journal does not announce, and nothing twice.
    private func checkNodeAgainstJournal(_ found: Case, _ place: String) async throws {
        let journal = try await Workspace(found.site.settings).journal()
        let check = try await journal.check()
        #expect(check.isSound, "\(place): \(check)")
        #expect(try await journal.verifyAudit(against: []).isIntact, "\(place)")
        var announced: Set<String> = []
        for run in try await journal.runs(RunFilter()) {
            for attempt in try await journal.attempts(of: run.id, nodes: nil, step: nil) {
                announced.insert(attempt.name)
            }
        }
        for step in ["first", "second"] {
            #expect(found.count(step) <= 1, "\(place): \(step)")
            #expect(found.count(step) == 0 || announced.contains(step), "\(place): \(step)")
        }
        try await journal.close()
    }

    /// Goes on with what is left, and finds that everything was done once.
    private func goOn(_ found: Case, _ place: String) async throws {
        let journal = try await Workspace(found.site.settings).journal()
        let left = try await journal.runs(RunFilter()).first
        try await journal.close()
        if left?.phase != .finished {
            let ending = try found.run(left == nil ? Self.apply : ["resume", "last"])
            #expect(ending.status == 0, "\(place): \(ending.text)")
        }
        for step in ["first", "second"] { #expect(found.count(step) == 1, "\(place): \(step)") }
        try await checkNodeAgainstJournal(found, place + ", gone on with")
        let runs = try await Workspace(found.site.settings).journal()
        let ended = try await runs.runs(RunFilter())
        #expect(ended.map(\.counts) == [[.remediated: 1]], "\(place)")
        try await runs.close()
    }

    @Test(.timeLimit(.minutes(60)), arguments: [FaultLibrary.Fault.killedBefore, .killedAfter, .failing])
    func atEveryCommitWhatIsLeftIsTrueAndIsGoneOnWith(_ fault: FaultLibrary.Fault) async throws {
        try await SSHDFixture.with { sshd in
            let faults = try FaultLibrary(in: sshd.folder.root)
            var number = 0
            while true {
                number += 1
                let place = "\(fault) at sync \(number)"
                let found = try makeCase(sshd)
                let ending = try found.run(Self.apply, faults.environment(fault, at: number))
                if ending.status == 0 { break }
                #expect(ending.status == (fault == .failing ? 70 : -SIGKILL), "\(place): \(ending.text)")
                try await checkNodeAgainstJournal(found, place)
                try await goOn(found, place)
                if number > 200 { break }
            }
            // Making the file, starting the run, its survey, two steps with two events each, and its end.
            #expect((12...200).contains(number), "\(number)")
        }
    }

    /// The journal's disk is full in the middle of a step that talks much: what it says is cut, its end is kept, nothing
    /// more is begun, and with room again the run goes on.
    @Test(.enabled(if: geteuid() == 0, "it takes root to mount a small file system"))
    func onAFullDiskTheEndOfWhatRunsIsKeptAndNothingIsBegun() async throws {
        try await SSHDFixture.with { sshd in
            let found = try makeCase(sshd)
            let go = found.node + "/go"
            try found.site.folder.write(
                "runbooks/count.yaml",
                Self.runbook(found.node).replacing(
                    "run: echo x >>\(found.node)/first",
                    with: "run: echo x >>\(found.node)/first; until [ -e \(go) ]; do sleep 0.05; done"))
            let state = found.site.folder.path("state")
            try FileManager.default.createDirectory(
                atPath: state, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
            try Keygen.run(["-t", "tmpfs", "-o", "size=40m,mode=700", "none", state], tool: "/usr/bin/mount")
            defer { _ = try? Keygen.run(["-l", state], tool: "/usr/bin/umount") }
            let running = Task.detached(executorPreference: NodesOfThisMachine.threads) { try found.run(Self.apply) }
            _ = try await becomes { found.count("first") > 0 }
            #expect(found.count("first") == 1)
            // All that is left, but for what the program keeps back for such a case.
            try Keygen.run(
                ["-c", "cat /dev/zero >\(state)/filler; [ -s \(state)/filler ]"], tool: "/bin/sh")
            _ = FileManager.default.createFile(atPath: go, contents: nil)
            let ending = try await running.value
            #expect(ending.status == 70, "\(ending.text)")
            #expect(found.count("second") == 0)
            unlink("\(state)/filler")
            try await checkNodeAgainstJournal(found, "full disk")
            let journal = try await Workspace(found.site.settings).journal()
            let run = try #require(try await journal.runs(RunFilter()).first)
            let first = try await journal.attempts(of: run.id, nodes: nil, step: "first")
            #expect(first.map(\.status) == [.changed], "\(ending.text)")
            try await journal.close()
            try await goOn(found, "full disk")
        }
    }
}
