import Foundation
import Testing

/// What is left when the program is stopped half-way, and that the next command goes on from there.
@Suite(.serialized) struct InterruptionTests {
    /// Two steps that count how often they ran; the first takes until the test lets it go on.
    private static let slow = """
        schema_version: 1
        name: slow
        version: 1
        title: Two steps, the first slow
        targets: "@*"
        detect:
          - name: done
            probe: test -e /srv/done
            healthy: {exit: 0}
            causes: [{id: undone, when: {exit: 1}}]
        steps:
          - name: first
            for: [undone]
            effect: once
            timeout: 2m
            run: |
              echo x >>/srv/first
              n=0
              until [ -e /srv/go ] || [ $n = 600 ]; do sleep 0.1; n=$((n + 1)); done
            undo: |
              echo x >>/srv/undoing
              n=0
              until [ -e /srv/go ] || [ $n = 600 ]; do sleep 0.1; n=$((n + 1)); done
              rm -f /srv/first
          - name: second
            for: [undone]
            effect: once
            run: echo x >>/srv/second; touch /srv/done
            undo: rm -f /srv/second /srv/done
        verify: [detect]
        """

    private func text(_ lab: Lab, _ file: String) throws -> String {
        try lab.node("node01", "cat", "/srv/" + file).output
    }

    /// Starts the program, waits for `file` on the node, sends `signal`, and gives its exit status.
    private func interrupt(_ lab: Lab, _ words: [String], at file: String, with signal: Int32) throws -> Int32 {
        var waited = 0
        let running = try lab.start(words)
        while try lab.node("node01", "test", "-e", "/srv/" + file).status != 0, waited < 600 {
            usleep(100_000)
            waited += 1
        }
        kill(running, signal)
        if signal != SIGKILL { try lab.node("node01", "touch", "/srv/go") }
        return try Lab.status(of: running)
    }

    @Test func whatIsInterruptedGoesOn() throws {
        try Lab.with(["--nodes", "node01"], runbooks: ["slow": Self.slow]) { lab in
            // Ctrl-C: the step in progress ends, the next is not begun.
            let interrupted = try interrupt(
                lab, ["apply", "slow", "--nodes", "node01", "--yes"], at: "first", with: SIGINT)
            #expect(interrupted == 130)
            #expect(try text(lab, "second").isEmpty)
            let runs = try lab.runbook("runs")
            #expect(runs.output.contains("interrupted"), "\(runs.output)")
            let resumed = try lab.runbook("resume", "last", "--output", "jsonl")
            #expect(resumed.status == 0, "\(resumed.output)\(resumed.error)")
            #expect(resumed.counts == ["remediated": 1])
            #expect(try text(lab, "first") == "x\n")
            #expect(try text(lab, "second") == "x\n")

            // Killed in the middle of an undo: the node goes on with it, and undoing again finds it done.
            try lab.node("node01", "rm", "/srv/go")
            let killed = try interrupt(lab, ["rollback", resumed.run, "--yes"], at: "undoing", with: SIGKILL)
            #expect(killed == 128 + SIGKILL)
            try lab.node("node01", "touch", "/srv/go")
            let undone = try lab.runbook("resume", "last", "--output", "jsonl")
            #expect(undone.counts == ["rolled_back": 1], "\(undone.output)\(undone.error)")
            #expect(try text(lab, "undoing") == "x\n")
            #expect(try text(lab, "first").isEmpty)
            #expect(try text(lab, "second").isEmpty)
            let check = try lab.runbook("db", "check")
            #expect(check.status == 0, "\(check.output)\(check.error)")
        }
    }

    /// After the power loss the node knows nothing of the step, as if it had never come. That it was started again
    /// meanwhile is what tells.
    @Test func aStepWhoseClaimIsGoneWithThePowerIsUnknownAndNotRunAgain() throws {
        try Lab.with(["--nodes", "node01"], runbooks: ["slow": Self.slow]) { lab in
            let killed = try interrupt(
                lab, ["apply", "slow", "--nodes", "node01", "--yes"], at: "first", with: SIGKILL)
            #expect(killed == 128 + SIGKILL)
            try lab.losePower("node01")
            let claims = try lab.node("node01", "find", "/var/lib/runbook-node", "-name", "claim").output
            #expect(!claims.isEmpty)
            try lab.node("node01", "rm", "-rf", "/var/lib/runbook-node")
            // A second start would end at once.
            try lab.node("node01", "touch", "/srv/go")
            let unknown = try lab.runbook("resume", "last", "--output", "jsonl")
            #expect(unknown.status == 1, "\(unknown.output)\(unknown.error)")
            #expect(unknown.counts == ["unknown": 1], "\(unknown.output)\(unknown.error)")
            #expect(unknown.output.contains("the node was started again meanwhile"), "\(unknown.output)")
            #expect(try text(lab, "first") == "x\n")
            #expect(try text(lab, "second").isEmpty)

            // Once the node is well, verify settles it, and still nothing is run.
            try lab.node("node01", "touch", "/srv/done")
            let settled = try lab.runbook("resume", "last", "--output", "jsonl")
            #expect(settled.status == 0, "\(settled.output)\(settled.error)")
            #expect(settled.counts == ["remediated": 1], "\(settled.output)\(settled.error)")
            #expect(try text(lab, "first") == "x\n")
            #expect(try text(lab, "second").isEmpty)
        }
    }

    @Test func aTerminalShowsOneLiveScreenAndKeepsTheEnd() throws {
        try Lab.with(["--nodes", "node01"], runbooks: ["slow": Self.slow]) { lab in
            // Long enough for the screen to be drawn while the first step runs.
            try lab.node("node01", "sh", "-c", "(sleep 3; touch /srv/go) >/dev/null 2>&1 &")
            let words = lab.words(["apply", "slow", "--nodes", "node01", "--yes"])
                .map { "'\($0)'" }.joined(separator: " ")
            let screen = try Lab.run(["script", "-qec", "stty cols 100 rows 30; " + words, "/dev/null"])
            #expect(screen.status == 0, "\(screen.output)")
            // Redrawn in place, and taken away before the result.
            let parts = screen.output.components(separatedBy: "\u{1B}[J")
            #expect(parts.count > 3)
            #expect(parts.dropLast().contains { $0.contains("slow") && $0.contains("node01") }, "\(screen.output)")
            let end = try #require(parts.last)
            #expect(end.contains("remediated"))
            #expect(!end.contains("\u{1B}[2K"))
        }
    }
}
