import Foundation
import Glibc
import Journal
import Model
import TestSupport
import Testing

@testable import Controller

/// Two nodes that print without end, beside thirty that do their work: one in lines, one in a single line.
@Suite(.serialized, .allOfThisMachine) struct FloodTests {
    /// What is kept of one attempt here; the default is 1 GiB. Each of the two prints a hundred times that and more.
    private static let budget = 24 << 20

    private static let runbook = """
        schema_version: 1
        name: print
        version: 1
        title: Prints
        targets: "@*"
        strategy: {max_failures: 2, concurrency: 32}
        detect:
          - name: done
            probe: test -e "HERE/$RUNBOOK_NODE"
            healthy: {exit: 0}
            causes: [{id: undone, when: {exit: 1}}]
        steps:
          - name: print
            effect: once
            timeout: 5m
            run: |
              case $RUNBOOK_NODE in
              flood) yes 0123456789abcde | head -c 5368709120 ;;
              line) head -c 3221225472 /dev/zero | tr '\\0' x ;;
              *) echo "$RUNBOOK_NODE is fine" ;;
              esac
              touch "HERE/$RUNBOOK_NODE"
            undo: rm -f "HERE/$RUNBOOK_NODE"
        verify: [detect]
        on_failure: stop
        """

    private static let good = (1...30).map { "n\($0)" }

    /// The most memory that this process had at once, in bytes, since `forgetPeak`.
    private var peak: Int {
        let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
        let words = status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") }?.split(
            whereSeparator: \.isWhitespace)
        return words.flatMap { $0.count > 1 ? Int($0[1]) : nil }.map { $0 << 10 } ?? 0
    }

    private func forgetPeak() throws {
        let handle = try #require(FileHandle(forWritingAtPath: "/proc/self/clear_refs"))
        try handle.write(contentsOf: Data("5".utf8))
        try handle.close()
    }

    @Test(.timeLimit(.minutes(10))) func theBudgetEndsTheStepAndTheOthersFinish() async throws {
        try await SSHDFixture.with { sshd in
            let here = sshd.folder.path("here").replacing("//", with: "/")
            try FileManager.default.createDirectory(
                atPath: here, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
            let names = ["flood", "line"] + Self.good
            let site = try Installation(
                sshd,
                inventory: """
                    schema_version: 1
                    defaults:
                      ssh: {user: \(sshd.user), port: \(sshd.port), identity_file: \(sshd.userKeyPath)}
                      become: {method: none}
                    nodes: {\(names.map { "\($0): {address: 127.0.0.1}" }.joined(separator: ", "))}
                    """, runbooks: ["print": Self.runbook.replacing("HERE", with: here)])
            var settings = site.settings
            settings.fanout = 32
            let journal = try Journal.open(
                JournalSettings(
                    path: settings.database, actor: RunService.requester, program: "test", attemptBudget: Self.budget))
            let service = RunService(Workspace(settings), journal: journal)
            let prepared = try await service.prepare(RunOrder(kind: .apply, runbook: "print", selector: "@*"))
            try forgetPeak()
            let before = peak
            let ending = try await service.carryOut(
                prepared, control: RunControl(), confirm: { _, _ in true }, observe: { _ in })
            let grown = peak - before
            #expect(before > 0 && grown < 256 << 20, "\(grown >> 20) MiB more")

            #expect(ending.state.counts == [.remediated: 30, .failed: 2], "\(ending.state.nodes)")
            #expect(
                Set(try FileManager.default.contentsOfDirectory(atPath: here)) == Set(Self.good),
                "\(ending.state.nodes)")
            let run = try #require(ending.state.header?.id)
            let records = try await journal.outputs(of: run, nodes: nil, step: nil).filter { $0.id.step == 0 }
            for name in ["flood", "line"] {
                let outcome = ending.state.nodes[name]?.outcome
                #expect(
                    outcome?.text.contains("it wrote more than its output limit") == true,
                    "\(String(describing: outcome))")
                #expect(outcome?.hint?.contains("Have it print less") == true, "\(String(describing: outcome))")
                let record = try #require(records.first { $0.node == name && $0.stream == .standardOutput })
                #expect(record.bytes == Self.budget)
                #expect(record.limitReason?.contains("more than the \(Self.budget) bytes") == true, "\(record)")
                // What is kept is what was printed, to the last byte.
                let line = name == "line" ? Array("xxxxxxxxxxxxxxxx".utf8) : Array("0123456789abcde\n".utf8)
                let piece = [[UInt8]](repeating: line, count: 1 << 16).flatMap(\.self)
                for start in stride(from: 0, to: Self.budget, by: piece.count) {
                    let kept = try await journal.output(
                        of: record.id, stream: .standardOutput, from: start, limit: piece.count)
                    let isSame = kept == piece
                    #expect(isSame, "\(name) at \(start)")
                }
            }
            for name in Self.good {
                let record = try #require(records.first { $0.node == name })
                let kept = try await journal.output(of: record.id, stream: .standardOutput, from: 0, limit: 1000)
                #expect(String(decoding: kept, as: UTF8.self) == "\(name) is fine\n")
                #expect(record.limitReason == nil)
            }
            try await service.close()
        }
    }
}
