import Catalog
import Foundation
import Model

/// Holds the whole protocol for one fault, on nodes that are as new. Confined to one task.
final class FaultRehearsal {
    let fault: Fault
    let plan: FaultPlan
    let runbook: Runbook
    let lab: any TestNodes
    let program: any TestedProgram
    let snapshots: SnapshotTaker
    /// The costly steps: kill and wrong remedy.
    let wantsKill: Bool
    let wantsWrongRemedy: Bool
    /// Whether the controller is killed after each step.
    let isThorough: Bool
    /// The fault before which nodes that are as new were found healthy, asked about the same ones with the same parameters.
    let healthyBefore: (_ selection: [String]) -> String?
    private let observe: (CheckResult) -> Void

    private(set) var checks: [CheckResult] = []
    /// Why the rest makes no sense any more.
    private var stopped = false

    /// With the fault and nothing else.
    var broken = Snapshot()
    var parameters: [String] = []
    /// The call that got the plan, and what it has changed though it must change nothing.
    var rehearsed: (request: PlanRequest, call: ProgramOutcome)?
    var meddling: Broken?
    var preview: Plan?
    var applied: ProgramOutcome?

    init(
        fault: Fault, plan: FaultPlan, runbook: Runbook, lab: any TestNodes, program: any TestedProgram,
        wantsKill: Bool, wantsWrongRemedy: Bool, isThorough: Bool,
        healthyBefore: @escaping (_ selection: [String]) -> String?,
        observe: @escaping (CheckResult) -> Void
    ) {
        self.fault = fault
        self.plan = plan
        self.runbook = runbook
        self.lab = lab
        self.program = program
        self.wantsKill = wantsKill
        self.wantsWrongRemedy = wantsWrongRemedy
        self.isThorough = isThorough
        self.healthyBefore = healthyBefore
        self.observe = observe
        snapshots = SnapshotTaker(
            nodes: lab, things: plan.watch + fault.watch,
            places: runbook.targets == .controller ? ["host"] : lab.names.names)
    }

    /// Tries everything in order.
    func run() async throws -> FaultReport {
        let clock = ContinuousClock()
        let start = clock.now
        try await prepare()
        try await check(.healthy, isVital: true) { try await self.findHealthy() }
        try await check(.injected, isVital: true) { try await self.inject() }
        try await check(.detected) { try await self.detect() }
        try await check(.dryRun) { try self.dryRun() }
        try await check(.unconfirmed, isVital: true) { try await self.applyUnconfirmed() }
        try await check(.applied, isVital: true) { try await self.apply() }
        try await check(.repeated) { try await self.applyAgain() }
        try await check(.rolledBack, isVital: true) { try await self.rollBack() }
        try await check(.killed, isVital: true) { try await self.kill() }
        try await check(.wrongRemedy, isVital: true) { try await self.applyWrongRemedy() }
        try await check(.blind) { try await self.blind() }
        return FaultReport(
            runbook: runbook.name, fault: fault.id, checks: checks, standIns: fault.standIns,
            milliseconds: (clock.now - start).wholeMilliseconds)
    }

    /// What did not hold, thrown out of a step of the protocol.
    struct Broken: Error {
        var text: String
        var evidence: [String]

        init(_ text: String, _ evidence: [String] = []) {
            self.text = text
            self.evidence = evidence
        }
    }

    /// Why a step of the protocol does not apply.
    struct Skipped: Error {
        var text: String

        init(_ text: String) { self.text = text }
    }

    private func check(_ step: ProtocolStep, isVital: Bool = false, _ body: () async throws -> Void) async throws {
        guard !stopped else { return note(CheckResult(step, .notReached)) }
        let clock = ContinuousClock()
        let start = clock.now
        var result = CheckResult(step, .held)
        do {
            try await body()
        } catch let error as Broken {
            result = CheckResult(step, .broken, text: error.text, evidence: error.evidence)
        } catch let error as Skipped {
            result = CheckResult(step, .skipped, text: error.text)
        } catch let error as RehearsalError {
            result = CheckResult(step, .broken, text: error.message, evidence: error.lines)
        }
        result.milliseconds = (clock.now - start).wholeMilliseconds
        if result.status == .broken, isVital { stopped = true }
        note(result)
    }

    private func note(_ result: CheckResult) {
        checks.append(result)
        observe(result)
    }

    // MARK: What the steps have in common

    var targets: [String] { fault.targets.names }

    /// Which nodes, with which parameters, for the commands that begin a run.
    var selection: [String] {
        (runbook.targets == .controller ? [] : ["--nodes", fault.targets.folded]) + parameters
    }

    /// Holds the nodes against a snapshot. Of `exceptions` nothing is asked.
    func mustEqual(_ expected: Snapshot, _ text: String, except exceptions: [WatchedThing] = []) async throws {
        let differences = try await snapshots.differences(from: expected, except: exceptions)
        if !differences.isEmpty { throw Broken(text, differences) }
    }

    /// Does what must change nothing: not what is watched, nor any file outside the folders that a node writes by itself.
    func mustChangeNothing(_ text: String, _ body: () async throws -> Void) async throws {
        let start = Date()
        try await body()
        try await mustEqual(broken, text)
        let files = try await lab.files(changedSince: start, busy: plan.busy)
        if !files.isEmpty { throw Broken(text, files) }
    }

    /// Runs scripts that must end well.
    func mustRun(_ scripts: [LabScript], _ what: String) async throws {
        for script in scripts {
            for answer in try await lab.run(script) where answer.result.status != 0 {
                throw RehearsalError(
                    "\(what) ended with \(answer.result.status) on \(answer.node).", lines: answer.result.tail)
            }
        }
    }

    /// What the independent proof says; nil where there is none.
    func proof() async throws -> (holds: Bool, lines: [String])? {
        guard !fault.independent.isEmpty else { return nil }
        for script in fault.independent {
            for answer in try await lab.run(script) where answer.result.status != 0 {
                return (false, ["exit status \(answer.result.status) on \(answer.node)"] + answer.result.tail)
            }
        }
        return (true, [])
    }

    /// Detect must say so of each target.
    func mustBeFound(broken: Bool) async throws {
        try mustBeFound(
            try await program(["diagnose", runbook.name, Self.withoutEvidence] + selection), broken ? fault.causes : [])
    }

    /// Evidence is collected by the dry run, and by the apply whose advice rests on it; more often it tells nothing new.
    static let withoutEvidence = "--no-evidence"

    /// These causes and no other; without any, healthy.
    func mustBeFound(_ call: ProgramOutcome, _ causes: [String]) throws {
        for name in targets {
            guard let survey = call.state?.nodes[name]?.survey else {
                throw Broken("nothing was found out about \(name)", call.evidence)
            }
            let found = "detect says \(survey.verdict.rawValue) of \(name)"
            guard survey.verdict == (causes.isEmpty ? .healthy : .broken) else {
                throw Broken(found, [survey.causes.joined(separator: ", "), survey.text] + call.evidence)
            }
            guard Set(survey.causes) == Set(causes) else {
                let found = survey.causes.isEmpty ? "no cause" : survey.causes.joined(separator: ", ")
                throw Broken(
                    "detect finds \(found) on \(name), and should find \(causes.joined(separator: ", "))",
                    call.evidence)
            }
        }
    }

    /// Makes the nodes ready and asks for the parameters that they print.
    func prepare() async throws {
        try await mustRun(plan.nodes.flatMap(\.setup), "setup")
        var values = plan.parameters.merging(fault.parameters) { $1 }
        for (name, script) in plan.printedParameters {
            guard let answer = try await lab.run(script).first, answer.result.status == 0 else {
                throw RehearsalError("The script that prints parameter '\(name)' failed.")
            }
            values[name] = answer.result.output.trimmingCharacters(in: .whitespacesAndNewlines)
        }
        parameters = values.sorted { $0.key < $1.key }.flatMap { ["--param", "\($0.key)=\($0.value)"] }
    }

    /// The fault anew on new nodes, where it can't be had back by a rollback.
    func renew() async throws {
        try await lab.reset()
        try await prepare()
        try await mustRun(fault.inject, "inject")
        broken = try await snapshots.settled()
    }
}
