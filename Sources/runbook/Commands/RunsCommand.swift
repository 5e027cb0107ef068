import ArgumentParser
import Controller
import Model

/// The history of runs.
struct RunsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "runs",
        abstract: "List runs, the newest first.",
        discussion: """
            Examples:
              runbook runs
              runbook runs --runbook gpu-driver-fix --node gpu07 --limit 5
              runbook runs --state waiting_approval,interrupted
              runbook runs --outcome failed,rollback_failed --since 24h
            """)

    @OptionGroup var global: GlobalOptions
    @Option(help: "Only of this runbook.", completion: .runbookNames) var runbook: String?
    @Option(help: "Only that had this node among their targets.") var node: String?
    @Option(help: "Only of this user.") var user: String?
    @Option(
        help: ArgumentHelp(
            "Only in these states, as a comma-separated list: running, waiting_approval, interrupted, finished …",
            valueName: "states"))
    var state: String?
    @Option(
        help: ArgumentHelp(
            "Only with a node that ended so, as a comma-separated list: failed, unreachable …", valueName: "classes"))
    var outcome: String?
    @Option(
        help: ArgumentHelp(
            "Only begun from then on: 2026-11-28, 2026-11-28T21:40Z, or 24h for a day ago.", valueName: "time"))
    var since: String?
    @Option(help: ArgumentHelp("Only begun before then.", valueName: "time")) var until: String?
    @Option(help: "At most so many.") var limit = 30
    @Flag(help: "Only the beginnings of their ids.") var names = false

    func validate() throws {
        _ = try (phases, outcomes, filter)
        if limit < 1 { throw ValidationError("--limit must be at least 1.") }
    }

    private var phases: Set<RunPhase>? {
        get throws { try state.map { try WordList<RunPhase>($0, noun: "state of a run").words } }
    }

    private var outcomes: Set<OutcomeClass>? {
        get throws { try outcome.map { try WordList<OutcomeClass>($0, noun: "outcome").words } }
    }

    /// What the journal can choose by itself; a state is known for sure only once a run was read.
    private var filter: RunFilter {
        get throws {
            RunFilter(
                runbook: runbook, user: user, node: node, phases: try phases == [.finished] ? [.finished] : [],
                since: try since.map { try PointInTime($0).milliseconds },
                until: try until.map { try PointInTime($0).milliseconds },
                limit: state == nil && outcome == nil ? limit : Self.most)
        }
    }

    /// So many runs are looked through at most.
    private static let most = 100_000

    func run() async throws {
        let workspace = Workspace(try global.settings)
        let journal = try await workspace.journal()
        let (phases, outcomes) = (try phases, try outcomes)
        let found = try await AccessGuard(workspace, journal).readable(try await journal.runs(try filter))
        let runs = found.lazy.filter { run in
            (phases?.contains(run.phase) ?? true)
                && (outcomes.map { !$0.isDisjoint(with: run.counts.keys) } ?? true)
        }.prefix(limit)
        switch global.output {
        case .text where names: for run in runs { global.terminal.result(run.id.short) }
        case .text:
            var table = Table(["RUN", "STARTED (UTC)", "KIND", "RUNBOOK", "BY", "NODES", "STATE", "RESULT"])
            for run in runs {
                table.add([
                    run.id.short, String(EventLine.timestamp(run.started).prefix(19)), run.kind.rawValue, run.runbook,
                    run.requester.user, run.targets, run.phase.rawValue, Self.counts(run.counts),
                ])
            }
            for line in table.lines(style: global.terminal.style) { global.terminal.result(line) }
        case .json, .jsonl: try global.terminal.result(things: Array(runs), of: "run", as: global.output)
        }
        try await journal.close()
    }

    static func counts(_ counts: [OutcomeClass: Int]) -> String {
        OutcomeClass.allCases.compactMap { outcome in counts[outcome].map { "\($0) \(outcome.rawValue)" } }
            .joined(separator: ", ")
    }
}
