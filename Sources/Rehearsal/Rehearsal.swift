import Catalog
import Controller
import Foundation
import Model

/// Tries the faults of runbooks on throwaway nodes.
package struct Rehearsal: Sendable {
    private let request: RehearsalRequest
    private let lab: String
    let parts: [RunbookRehearsal]
    /// Causes that a runbook treats and that none of its faults shows, by runbook.
    package let untried: [String: [String]]
    /// Runbooks without faults.
    package let withoutFaults: [String]
    /// How many faults of one runbook follow each other on the same nodes, where several runbooks are tried.
    private static let share = 9

    /// Reads runbooks and faults, and finds the lab.
    /// - Throws: `DiagnosticsError` with every problem of the files, `RequestError` for a fault that there is not,
    ///   `RehearsalError` where there is no lab.
    package init(_ request: RehearsalRequest) throws {
        let loader = RunbookLoader(paths: [request.runbooks])
        var untried: [String: [String]] = [:]
        var withoutFaults: [String] = []
        var chosen: [(Runbook, FaultPlan, [Fault])] = []
        var known: [String] = []
        for name in request.names.isEmpty ? loader.names : request.names {
            let runbook = try loader.load(name)
            guard let plan = try loader.faults(of: name) else {
                guard request.names.isEmpty else {
                    throw RequestError(
                        .usage, "Runbook '\(name)' has no faults to be tested with.",
                        hint: "Write \(name).faults.yaml beside it; docs/faults-reference.md has its keys.")
                }
                withoutFaults.append(name)
                continue
            }
            known += plan.faults.map(\.id)
            let faults = plan.faults.filter { request.faults.isEmpty || request.faults.contains($0.id) }
            if !faults.isEmpty { chosen.append((runbook, plan, faults)) }
            let shown = Set(plan.faults.flatMap(\.causes))
            let causes = Set(runbook.steps.flatMap(\.causes)).subtracting(shown).sorted()
            if !causes.isEmpty { untried[name] = causes }
        }
        if let stranger = request.faults.first(where: { !known.contains($0) }) {
            let near = Spelling.nearest(to: stranger, among: known)
            throw RequestError(
                .usage, "There is no fault '\(stranger)'.",
                hint: near.map { "Did you mean '\($0)'?" } ?? "There are \(known.joined(separator: ", ")).")
        }
        self.request = request
        self.untried = untried
        self.withoutFaults = withoutFaults
        lab = try LabLocation(
            named: request.lab, runbooks: request.runbooks, program: request.program
        ).path()
        let place = lab
        parts = chosen.flatMap { runbook, plan, faults in
            let mended = faults.filter { $0.ending == .remediated }
            let all = Set(mended.map(\.id))
            let killed = request.isThorough ? all : Set(mended.prefix(1).map(\.id))
            let wrong = request.isThorough ? all : Set(mended.filter { $0.wrong != nil }.prefix(1).map(\.id))
            let beside = faults.filter { !$0.isAlone }
            // Shared out, so that those of one runbook can go on side by side, and its many do not go on alone at the end.
            let shares =
                chosen.count == 1 ? min(request.jobs, beside.count) : (beside.count + Self.share - 1) / Self.share
            let shared = (0..<shares).map { share in
                beside.enumerated().filter { $0.offset % shares == share }.map(\.element)
            }
            return (shared + [faults.filter(\.isAlone)]).filter { !$0.isEmpty }.map { faults in
                RunbookRehearsal(
                    runbook: runbook, plan: plan, faults: faults, request: request, lab: place, killed: killed,
                    wronglyMended: wrong)
            }
        }
    }

    /// How many faults there are.
    package var count: Int { parts.reduce(0) { $0 + $1.faults.count } }

    /// Whether these are reports of all of them, and everything held. Where there is no fault nothing was shown to hold.
    package func isHeld(by reports: [FaultReport]) -> Bool {
        !reports.isEmpty && reports.count >= count && reports.allSatisfy(\.held)
    }

    /// Plays the faults of a part, on nodes of its own.
    typealias Player =
        @Sendable (
            _ part: RunbookRehearsal, _ isTriedAgain: Bool, _ observe: @escaping @Sendable (RehearsalEvent) -> Void
        ) async throws -> [FaultReport]

    /// Tries them all, what takes longest first, and those at the end that are played alone.
    package func run(_ observe: @escaping @Sendable (RehearsalEvent) -> Void) async throws -> [FaultReport] {
        try await run(playing: { try await $0.run(isTriedAgain: $1, $2) }, observe)
    }

    func run(
        playing play: @escaping Player, _ observe: @escaping @Sendable (RehearsalEvent) -> Void
    ) async throws -> [FaultReport] {
        let numbered = parts.enumerated().sorted { $0.element.weight > $1.element.weight }
        var reports = parts.map { _ in [FaultReport]() }
        try await side(numbered.filter { !$0.element.isAlone }, jobs: request.jobs, &reports, play, observe)
        if !(request.keepsBroken && reports.joined().contains { !$0.held }) {
            try await side(numbered.filter(\.element.isAlone), jobs: 1, &reports, play, observe)
        }
        guard request.triesAgain, !request.keepsBroken else { return reports.flatMap { $0 } }
        for (number, part) in parts.enumerated() {
            let held = Set(reports[number].filter(\.held).map(\.fault))
            let open = part.faults.filter { !held.contains($0.id) }
            guard !open.isEmpty else { continue }
            let again = try await play(part.only(open), false, observe)
            for var report in again {
                report.isSecond = true
                reports[number].removeAll { $0.fault == report.fault }
                reports[number].append(report)
            }
        }
        return reports.flatMap { $0 }
    }

    /// Takes in the reports of each of these parts, of which so many as there are `jobs` go on side by side. A part that
    /// can't go on has those that it came to.
    private func side(
        _ numbered: [EnumeratedSequence<[RunbookRehearsal]>.Element], jobs: Int, _ reports: inout [[FaultReport]],
        _ play: @escaping Player, _ observe: @escaping @Sendable (RehearsalEvent) -> Void
    ) async throws {
        try await withThrowingTaskGroup(of: (Int, [FaultReport]).self) { group in
            var waiting = numbered.makeIterator()
            func start() {
                guard let (number, part) = waiting.next() else { return }
                group.addTask {
                    do {
                        return (number, try await play(part, request.triesAgain, observe))
                    } catch  where request.triesAgain && !(error is CancellationError) {
                        observe(.failed(runbook: part.runbook.name, "\(error)"))
                        return (number, [])
                    }
                }
            }
            for _ in 0..<max(1, jobs) { start() }
            while let (number, part) = try await group.next() {
                reports[number] = part
                if !(request.keepsBroken && part.contains { !$0.held }) { start() }
            }
        }
    }
}
