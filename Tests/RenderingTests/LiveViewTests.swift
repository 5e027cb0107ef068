import Model
import Testing

@testable import runbook

/// A run on one screen, drawn again and again in place.
@Suite struct LiveViewTests {
    private func view(
        _ run: StagedRun, columns: Int = 80, rows: Int = 24, style: Style = .plain, after seconds: Int = 60
    ) -> LiveView {
        LiveView(
            state: run.state, pace: run.pace, style: style, columns: columns, rows: rows,
            now: StagedRun.start + seconds * 1000)
    }

    /// A line that is wider than the terminal would take two rows, and the next drawing would begin in the wrong one.
    private func fits(_ run: StagedRun, _ columns: Int, sourceLocation: SourceLocation = #_sourceLocation) {
        for rows in [6, 40] {
            let lines = view(run, columns: columns, rows: rows).lines
            #expect(lines.count < rows, sourceLocation: sourceLocation)
            for line in lines {
                #expect(width(line) <= columns, "\(line)", sourceLocation: sourceLocation)
                let acts = line.unicodeScalars.contains { ["\u{1B}", "\n", "\u{202E}"].contains($0) }
                #expect(!acts, "\(line)", sourceLocation: sourceLocation)
            }
        }
        // Colours take no columns.
        let colors = Style(.always, isTerminal: true, environment: [:])
        let bare = view(run, columns: columns, style: colors).lines.map { $0.replacing(/\u{1B}\[[0-9]+m/, with: "") }
        #expect(bare == view(run, columns: columns).lines, sourceLocation: sourceLocation)
    }

    @Test(arguments: [20, 27, 40, 80, 200], [1, 2048])
    func nothingIsWiderThanTheTerminal(columns: Int, nodes: Int) {
        let long = "\u{1B}[2J\n\u{202E}" + String(repeating: "故障 of the 電源, ", count: 12)
        var run = StagedRun(nodes)
        fits(run, columns)
        run.carryOut([run.names])
        for name in run.names { run.begin("置換 " + long, on: name) }
        fits(run, columns)
        for (index, name) in run.names.enumerated() where index % 3 == 0 {
            run.end(name, NodeOutcome(.failed, text: "\(name): \(long)", step: "置換"))
        }
        fits(run, columns)
        for name in run.names { run.end(name, NodeOutcome(.failed, text: "\(String(name.reversed())): \(long)")) }
        fits(run, columns)
    }

    @Test(arguments: [20, 27, 40, 80, 200])
    func aLongNameIsCutToo(columns: Int) {
        let name = "gpu-" + String(repeating: "x", count: 200) + ".example"
        var run = StagedRun([name])
        run.begin("step", on: name)
        fits(run, columns)
        run.end(name, NodeOutcome(.unreachable, text: "\(name) refused the TCP connection."))
        fits(run, columns)
        #expect(view(run, columns: columns).lines.last?.hasPrefix("  gpu-xxxx") == true)
        #expect(view(run, columns: columns).lines.last?.hasSuffix("x…") == true)
    }

    @Test(arguments: [20, 27, 40, 80, 200], [1, 2048])
    func theBarHasACellForEveryOutcomeAndTheLegendCountsEveryNode(columns: Int, nodes: Int) throws {
        var run = StagedRun(nodes)
        func bar() -> (full: Int, empty: Int) {
            let bar = view(run, columns: columns).lines[1]
            return (bar.count { $0 == "█" }, bar.count { $0 == "░" })
        }
        #expect(bar().full == 0 && bar().empty == columns - 2)
        // One failure among thousands can be seen.
        run.end(run.names[0], NodeOutcome(.failed))
        #expect(bar().full >= 1 && bar().full + bar().empty == columns - 2)
        let legend = view(run, columns: 200).lines[2]
        let counts = legend.split(separator: " ").compactMap { Int($0) }
        #expect(counts.reduce(0, +) == nodes, "\(legend)")
        #expect(legend == (nodes == 1 ? "failed 1" : "failed 1  queued 2047"))
        for name in run.names { run.end(name, NodeOutcome(.remediated)) }
        #expect(bar().full == columns - 2 && bar().empty == 0)
        #expect(view(run, columns: columns).lines[2] == "remediated \(nodes)")
    }

    @Test(arguments: [20, 27, 40, 80])
    func manyOfOneOutcomeDoNotHideTheOthers(columns: Int) {
        var run = StagedRun(2048)
        for name in run.names { run.end(name, NodeOutcome(.remediated)) }
        run.end(run.names[7], NodeOutcome(.failed))
        run.end(run.names[9], NodeOutcome(.cancelled))
        let colors = Style(.always, isTerminal: true, environment: [:])
        let bar = view(run, columns: columns, style: colors).lines[1]
        #expect(bar.matches(of: /\u{1B}\[[0-9]+m█+/).count == 3, "\(bar)")
        #expect(bar.count { $0 == "█" } == columns - 2)
    }

    @Test(arguments: 3..<20)
    func aTerminalThatHasRoomForNothingIsNotOverfilled(columns: Int) {
        var run = StagedRun(20)
        for name in run.names { run.begin("step of \(name)", on: name) }
        fits(run, columns)
        for (name, outcome) in zip(run.names, OutcomeClass.allCases) { run.end(name, NodeOutcome(outcome, text: name)) }
        fits(run, columns)
    }

    /// What does not fit is left out whole.
    @Test func aNarrowLegendHasWholeCountsOnly() {
        let classes = OutcomeClass.allCases
        var run = StagedRun(classes.count)
        for (name, outcome) in zip(run.names, classes) { run.end(name, NodeOutcome(outcome)) }
        let legend = view(run, columns: 40).lines[2]
        #expect(legend == "healthy 1  remediated 1  advised 1", "\(legend)")
        #expect(view(run, columns: 20).lines[2] == "healthy 1")
        #expect(view(run, columns: 24).lines[2] == "healthy 1  remediated 1")
    }

    @Test(arguments: [1, 2048])
    func runningStepsAreFoldedUnderTheirNodesAndGoWithThem(nodes: Int) {
        var run = StagedRun(nodes)
        for name in run.names { run.begin("install", on: name) }
        let all = NodeSet(names: run.names).folded
        #expect(view(run).lines.dropFirst(3) == ["  install: \(all)"])
        for name in run.names {
            run.tell(
                .stepEnded(
                    node: name,
                    StepEnding(id: run.invocation(name), name: "install", purpose: .apply, status: .changed)))
        }
        #expect(view(run).lines.count == 3)
        run.begin("restart", at: 1, on: run.names[0])
        #expect(view(run).lines.dropFirst(3) == ["  restart: n0001"])
        run.end(run.names[0], NodeOutcome(.remediated))
        #expect(view(run).lines.count == 3)
    }

    @Test(arguments: [2, 2048])
    func failuresAreThereAsSoonAsTheyComeAndFolded(nodes: Int) {
        var run = StagedRun(nodes)
        run.end("n0001", NodeOutcome(.unreachable, text: "n0001 refused the TCP connection."))
        #expect(
            view(run, columns: 200).lines.dropFirst(3) == ["  n0001: unreachable: n0001 refused the TCP connection."])
        for name in run.names { run.end(name, NodeOutcome(.unreachable, text: "\(name) refused the TCP connection.")) }
        let all = NodeSet(names: run.names).folded
        #expect(
            view(run, columns: 200).lines.dropFirst(3) == ["  \(all): unreachable: n0001 refused the TCP connection."])
        run.end("n0002", NodeOutcome(.failed, text: "n0002 refused the TCP connection."))
        #expect(view(run, columns: 200).lines.count == 5)
    }

    @Test(arguments: [6, 24, 100])
    func whatFindsNoRowIsCounted(rows: Int) throws {
        var run = StagedRun(2048)
        for (index, name) in run.names.enumerated() { run.end(name, NodeOutcome(.failed, text: "reason \(index)")) }
        let lines = view(run, rows: rows).lines
        #expect(lines.count == rows - 1)
        let shown = lines.count { $0.contains(": failed: reason ") }
        #expect(lines.last == "  … and \(2048 - shown) more")
        #expect(shown == rows - 5)
    }

    /// Neither takes the other's last row.
    @Test func runningStepsAndFailuresShareTheScreen() {
        var run = StagedRun(100)
        for (index, name) in run.names.enumerated() {
            if index % 2 == 0 {
                run.begin("step \(index)", on: name)
            } else {
                run.end(name, NodeOutcome(.failed, text: "reason \(index)"))
            }
        }
        for rows in 8...40 {
            let lines = view(run, rows: rows).lines
            #expect(lines.count == rows - 1)
            let (steps, failures) = (lines.count { $0.contains("step ") }, lines.count { $0.contains("reason ") })
            #expect(steps > 0 && failures > 0, "\(rows): \(lines)")
        }
    }

    @Test func theTimeLeftFollowsThePaceOfTheNodesThatHaveEnded() {
        var run = StagedRun(4)
        #expect(!view(run, columns: 120).lines[0].contains("left"))
        run.carryOut([Array(run.names[..<2]), Array(run.names[2...])])
        #expect(view(run, columns: 120).lines[0] == "fix 3f9c12ab  running  wave 1 of 2  0 of 4 nodes  1 min 0 s")
        run.end(run.names[0], NodeOutcome(.remediated))
        #expect(
            view(run, columns: 120).lines[0]
                == "fix 3f9c12ab  running  wave 1 of 2  1 of 4 nodes  1 min 0 s  about 2 min 54 s left")
        run.end(run.names[1], NodeOutcome(.failed))
        #expect(
            view(run, columns: 120, after: 240).lines[0].hasSuffix("2 of 4 nodes  4 min 0 s  about 3 min 58 s left"))
        run.tell(.phaseChanged(.waitingWindow))
        #expect(!view(run, columns: 120).lines[0].contains("left"))
        run.tell(.phaseChanged(.running))
        for name in run.names { run.end(name, NodeOutcome(.remediated)) }
        #expect(view(run, columns: 120).lines[0].hasSuffix("4 of 4 nodes  1 min 0 s"))
    }

    @Test func whatARunHasWaitedForIsNoPartOfItsPace() {
        var run = StagedRun(4)
        run.carryOut([run.names])
        run.end(run.names[0], NodeOutcome(.remediated))
        run.tell(.phaseChanged(.waitingApproval))
        run.tell(.phaseChanged(.running), after: 7200)
        let begun = (run.state.updated - StagedRun.start) / 1000
        #expect(!view(run, columns: 120, after: begun + 10).lines[0].contains("left"))
        run.end(run.names[1], NodeOutcome(.remediated))
        #expect(view(run, columns: 120, after: begun + 10).lines[0].hasSuffix("about 20 s left"))
    }
}
