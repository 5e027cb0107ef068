import Catalog
import Foundation
import Model
import TestSupport

@testable import Rehearsal

/// A node in memory, and the program that is tested on it. Both do what they should, but for one lapse.
actor FakeSite: TestNodes, TestedProgram {
    static let node = "node01"
    private static let thing = "path:/etc/thing"
    private static let token = "path:/var/lib/thing/token"
    private static let other = "path:/var/lib/thing/other"
    /// Of something that should not have been done; gone with the next call.
    private static let trace = "path:/var/lib/thing/trace"
    private static let left = "path:/var/lib/thing/left"
    private static let worn = "path:/var/lib/thing/worn"
    private static let fresh = [thing: "good", token: "1"]

    nonisolated let names = NodeSet(names: [FakeSite.node])
    nonisolated let folder: String
    nonisolated let runbooks: String
    private let work: TemporaryFolder
    private let fixture: RunbooksFixture
    private let lapse: Lapse?

    /// The state of everything there is, by its key in a snapshot.
    private var things = FakeSite.fresh
    private var isBlind = false
    /// What the last call wrote, watched or not.
    private var written: [String] = []
    private var runs: [String: FakeRun] = [:]
    private(set) var resets = 0

    init(_ fixture: RunbooksFixture, _ lapse: Lapse? = nil) throws {
        self.fixture = fixture
        self.lapse = lapse
        let work = try TemporaryFolder(prefix: "rehearsal")
        self.work = work
        folder = work.root
        runbooks = fixture.path
    }

    // MARK: The node

    func reset() async throws {
        things = Self.fresh
        resets += 1
    }

    func run(_ script: LabScript) async throws -> [ScriptAnswer] {
        var status: Int32 = 0
        switch script.script {
        case "break": if lapse != .injectsNothing { things[Self.thing] = "bad" }
        case "break and wear":
            things[Self.thing] = "bad"
            things[Self.worn] = "1"
        case "break over wear":
            things[Self.thing] = "bad"
            things[Self.worn] = "covered"
        case "wreck": things[Self.thing] = "worse"
        case "proof": status = isMended && lapse != .proofFailsInHealth ? 0 : 1
        default: break
        }
        return [ScriptAnswer(node: Self.node, result: Self.result(status))]
    }

    func run(_ script: String, on node: String, arguments: [String]) async throws -> ChildProcess.Result {
        switch script {
        case SnapshotTaker.script:
            let watched = things.filter { thing in
                arguments.contains { thing.key == $0 || thing.key.hasPrefix($0 + "/") }
            }
            return Self.result(0, watched.map { "\($0.key)\t\($0.value)\t" }.joined(separator: "\n"))
        case FaultRehearsal.blindScript:
            isBlind = true
            return Self.result(0, lapse == .nothingToTakeAway ? "" : arguments.joined(separator: "\n"))
        default:
            isBlind = false
            return Self.result(0)
        }
    }

    func files(changedSince moment: Date, busy: [String]) async throws -> [String] { written }

    func pause(_ time: Duration) async throws {}

    private var isMended: Bool { things[Self.thing] == "good" }

    private static func result(_ status: Int32, _ output: String = "") -> ChildProcess.Result {
        ChildProcess.Result(status: status, output: output, error: "")
    }

    // MARK: The program

    func call(
        _ arguments: [String], runbooks other: String?, killWhen: (@Sendable (String) -> Bool)?
    ) async throws -> ProgramOutcome {
        things[Self.trace] = nil
        written = []
        switch arguments[0] {
        case "diagnose":
            var run = begin(.diagnose)
            run.tell(.surveyed(node: Self.node, survey))
            return end(run)
        case "apply":
            let runbook = try RunbookLoader(paths: [other ?? runbooks]).load(arguments[1])
            return apply(runbook, Set(arguments), killWhen)
        case "resume": return resume(arguments[1])
        case "rollback": return rollBack(arguments[1])
        default:
            return ProgramOutcome(
                result: lapse == .spoilsTheDatabase ? Self.result(1, "row 7 is missing") : Self.result(0))
        }
    }

    func outputs(of run: RunID, on node: String) async throws -> Set<String> {
        lapse == .advisesWithoutEvidence ? [] : ["log"]
    }

    private func begin(_ kind: RunHeader.Kind) -> FakeRun { FakeRun(UInt64(runs.count), kind) }

    private func end(_ run: FakeRun, status: Int32 = 0) -> ProgramOutcome {
        runs[run.id.description] = run
        return ProgramOutcome(result: Self.result(status), events: run.events, plan: run.plan)
    }

    private var survey: Survey {
        if isBlind { return Survey(verdict: lapse == .blindPassesForHealthy ? .healthy : .inconclusive) }
        switch things[Self.thing] {
        case "bad": return Survey(verdict: .broken, causes: ["broken"] + (things[Self.worn] == "1" ? ["hopeless"] : []))
        case "worse": return Survey(verdict: .broken, causes: ["hopeless"])
        case _ where things[Self.worn] != nil && lapse != .forgetsWhatStands:
            return Survey(verdict: .broken, causes: [lapse == .findsAnotherBehind ? "other" : "hopeless"])
        default:
            return lapse == .findsAFaultInHealth
                ? Survey(verdict: .broken, causes: ["broken"]) : Survey(verdict: .healthy)
        }
    }

    private func apply(
        _ runbook: Runbook, _ options: Set<String>, _ killWhen: ((String) -> Bool)?
    ) -> ProgramOutcome {
        let survey = self.survey
        var told = survey
        if options.contains("--dry-run"), lapse == .findsAnotherCause { told.causes.append("other") }
        var run = begin(.apply)
        run.tell(.surveyed(node: Self.node, told))
        run.plan = plan(runbook, survey, isPreview: !options.contains("--yes"))
        guard options.contains("--yes") else { return plan(run, isDryRun: options.contains("--dry-run")) }
        run.left = runbook.steps.enumerated().map { (index: $0.offset, step: $0.element) }
            .filter { !Set($0.step.causes).isDisjoint(with: survey.causes) && !$0.step.verb.isReadOnly }
        switch survey.verdict {
        case .broken where !survey.causes.contains("broken"): return advise(run)
        case .broken:
            if killWhen?(#"{"type":"wave_started"}"#) == true { return killed(run) }
            return carryOn(run, killWhen)
        case .healthy:
            if lapse == .changesTheSecondTime { things[Self.trace] = "1" }
            run.finish(.healthy)
        case .inconclusive, .unreachable:
            if lapse == .blindChanges { things[Self.trace] = "1" }
            run.finish(.inconclusive)
        }
        return end(run)
    }

    /// Up to the confirmation, which nobody gives.
    private func plan(_ run: FakeRun, isDryRun: Bool) -> ProgramOutcome {
        var run = run
        run.finish(isDryRun ? .broken : .notStarted)
        let meddling = isDryRun ? Lapse.dryRunChanges : .changesBeforeItAsks
        if lapse == meddling { things[Self.trace] = "1" }
        if isDryRun, lapse == .dryRunWritesWhatNobodyWatches { written = ["\(Self.node) /root/note"] }
        return end(run, status: isDryRun || lapse == .isNotRefused ? 0 : 3)
    }

    private func plan(_ runbook: Runbook, _ survey: Survey, isPreview: Bool) -> Plan {
        var gate = GateKind.none
        let rows = runbook.steps.enumerated().map { index, step -> (PlannedStep, Prediction) in
            let isAdvice = step.verb.isReadOnly
            let planned = PlannedStep(
                index: index, name: step.name, verb: isAdvice ? "advise" : "run", gate: isAdvice ? .none : .approval,
                causes: step.causes, summary: "", undo: "")
            guard !Set(step.causes).isDisjoint(with: survey.causes) else { return (planned, Prediction(.skipped)) }
            gate = max(gate, planned.gate)
            let isWrong = isPreview && lapse == .predictsOtherwise && step.name == "mend it"
            return (
                planned,
                Prediction(
                    isAdvice || isWrong ? .noChange : .change,
                    grade: step.isIrreversible ? .irreversible : .compensating)
            )
        }
        let isSilent = isPreview && lapse == .predictsNothing
        return .staged(rows.map(\.0), isSilent ? [] : rows.map(\.1), survey: survey, gate: gate)
    }

    private static let advice = Advice(
        step: "tell a person", title: "Buy a new one", severity: .warning, text: "", evidence: ["log"])

    private func advise(_ run: FakeRun) -> ProgramOutcome {
        var run = run
        if lapse != .advisesNothing { run.tell(.advised(node: Self.node, Self.advice)) }
        if lapse == .adviceChanges { things[Self.trace] = "1" }
        run.finish(.advised)
        return end(run)
    }

    private func carryOn(_ run: FakeRun, _ killWhen: ((String) -> Bool)?) -> ProgramOutcome {
        var run = run
        if things[Self.worn] == "1" { run.tell(.advised(node: Self.node, Self.advice)) }
        while !run.left.isEmpty {
            let (index, step) = run.left.removeFirst()
            run.start(index, step)
            carryOut(step, &run)
            run.end(index, step)
            let line = #"{"type":"step_ended","name":"\#(step.name)","purpose":"apply","status":"changed"}"#
            if killWhen?(line) == true { return killed(run) }
        }
        if lapse == .endsOtherwise || lapse == .wrongRemedyHelpsUnseen && things[Self.other] != nil {
            run.finish(.failed)
        } else if isMended, things[Self.worn] == "covered", lapse != .callsWellWhatShowsBehind {
            let result = lapse == .saysNothingOfWhatShows ? Verification.Result.broken : .behind
            run.tell(.verified(node: Self.node, Verification(result)))
            run.finish(.failed)
        } else if isMended || lapse == .claimsToHaveMended {
            run.finish(.remediated)
        } else {
            if lapse != .wrongRemedyStays { undo(run) }
            run.tell(.nodeFailing(node: Self.node, NodeFailure(.rollback, text: "It is not verified.")))
            run.finish(
                run.former.isEmpty ? .failed : .rolledBack,
                irreversible: lapse == .wrongRemedyIsSilent ? [] : run.lasting)
        }
        return end(run)
    }

    private func carryOut(_ step: Step, _ run: inout FakeRun) {
        let change: (key: String, value: String) =
            switch step.name {
            case "mend it": (Self.thing, lapse == .claimsToHaveMended ? "bad" : "good")
            case "renew the token": (Self.token, "2")
            default: (Self.other, "1")
            }
        if step.isIrreversible {
            run.lasting.append(step.name)
        } else {
            run.former.append((change.key, things[change.key]))
        }
        things[change.key] = change.value
        if change.key == Self.other, lapse == .wrongRemedyHelps || lapse == .wrongRemedyHelpsUnseen {
            things[Self.thing] = "good"
        }
    }

    private func killed(_ run: FakeRun) -> ProgramOutcome {
        var run = run
        run.wasKilled = true
        return end(run, status: 128 + SIGKILL)
    }

    private func resume(_ name: String) -> ProgramOutcome {
        guard var run = runs[name] else { return ProgramOutcome(result: Self.result(64)) }
        run.tell(.resumed(by: FakeRun.requester))
        if lapse == .startsAStepTwice { run.tell(.stepStarted(node: Self.node, run.invocation(0))) }
        if lapse == .doesNotResume {
            run.finish(.failed)
            return end(run)
        }
        return carryOn(run, nil)
    }

    private func rollBack(_ name: String) -> ProgramOutcome {
        guard let past = runs[name] else { return ProgramOutcome(result: Self.result(64)) }
        var run = begin(.rollback)
        guard !past.former.isEmpty || !past.lasting.isEmpty else {
            run.finish(.healthy)
            return end(run)
        }
        undo(past)
        switch lapse {
        case .rollbackLeavesAPath, .rollbackLeavesAPathBesides: things[Self.left] = "1"
        case .leavesAPathOfAKilledRun where past.wasKilled: things[Self.left] = "1"
        case .rollbackRestoresWhatIsDeclared: things[Self.token] = "1"
        default: break
        }
        run.finish(
            lapse == .rollbackFails ? .rollbackFailed : past.former.isEmpty ? .failed : .rolledBack,
            irreversible: lapse == .rollbackIsSilent ? [] : past.lasting)
        return end(run)
    }

    private func undo(_ run: FakeRun) {
        for (key, value) in run.former.reversed() { things[key] = value }
    }
}
