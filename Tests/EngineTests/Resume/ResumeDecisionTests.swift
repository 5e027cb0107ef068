import Engine
import Model
import Testing

@Suite struct ResumeDecisionTests {
    static let id = InvocationID(run: RunID(random: 1, 1), target: 0, step: 2, attempt: 1)
    static let intent = StepIntent(
        id: id, name: "s", purpose: .apply, verb: "run", scriptDigest: "", effect: .once, bootID: "b", machineID: "m")

    static func progress(_ events: [RunEvent]) -> NodeProgress {
        var progress = NodeProgress(name: "n1")
        for event in events { progress.apply(event) }
        return progress
    }

    static func ending(_ status: StepEnding.Status) -> RunEvent {
        .stepEnded(node: "n1", StepEnding(id: id, name: "s", purpose: .apply, status: status))
    }

    static let table: [([RunEvent], ResumeDecision)] = [
        ([], .survey),
        ([.nodeStateChanged(node: "n1", .surveying)], .survey),
        ([.leased(node: "n1", fence: 1)], .goOn),
        ([.stepIntended(node: "n1", intent)], .reattach(id)),
        ([.stepIntended(node: "n1", intent), .stepStarted(node: "n1", id)], .reattach(id)),
        ([.stepIntended(node: "n1", intent), ending(.changed)], .goOn),
        ([.stepIntended(node: "n1", intent), ending(.changed), .nodeStateChanged(node: "n1", .verifying)], .verify),
        (
            [
                .stepIntended(node: "n1", intent), ending(.failed),
                .nodeFailing(node: "n1", NodeFailure(.rollback, text: "")),
            ], .undo
        ),
        (
            [
                .stepIntended(node: "n1", intent), ending(.unknown),
                .nodeFailing(node: "n1", NodeFailure(.settle, text: "")),
            ], .verify
        ),
        ([.nodeFinished(node: "n1", NodeOutcome(.remediated))], .keep),
        ([.nodeFinished(node: "n1", NodeOutcome(.notStarted))], .keep),
    ]

    @Test(arguments: table.indices)
    func whatIsDoneFollowsFromTheEvents(row: Int) {
        #expect(ResumeDecision(Self.progress(Self.table[row].0)) == Self.table[row].1)
    }
}
