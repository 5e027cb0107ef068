import ArgumentParser
import Controller
import Model

/// Care of the database.
struct DatabaseCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "db",
        abstract: "Check, back up, shrink and prune the database of runs.",
        subcommands: [
            DatabaseCheck.self, DatabaseBackup.self, DatabaseVacuum.self, DatabasePrune.self, DatabaseDisown.self,
        ])
}

/// Integrity of the file and of the audit chain.
struct DatabaseCheck: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Check the database's structure and its audit chain.",
        discussion: """
            Example:
              runbook db check
            """)

    @OptionGroup var global: GlobalOptions

    func run() async throws {
        let journal = try await Workspace(global.settings).journal()
        let check = try await journal.check()
        try await journal.close()
        switch global.output {
        case .text:
            for problem in check.problems { global.terminal.result("database: \(SafeText(problem).singleLine)") }
            if let fault = check.audit.fault {
                global.terminal.result("audit record \(fault.sequence): \(fault.message)")
            }
            if check.isSound { global.terminal.result("Sound: \(check.audit.records) audit records, chain intact.") }
        case .json, .jsonl:
            try global.terminal.result(ResultObject(thing: "database_check", of: check), as: global.output)
        }
        if !check.isSound { throw ExitCode(1) }
    }
}

/// A consistent copy.
struct DatabaseBackup: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "backup",
        abstract: "Write a consistent copy, also while runs go on.",
        discussion: """
            Example:
              runbook db backup /backup/runbook-$(date +%F).db
            """)

    @OptionGroup var global: GlobalOptions
    @Argument(help: "The new file.", completion: .file()) var path: String

    func run() async throws {
        let workspace = Workspace(try global.settings)
        let journal = try await workspace.journal()
        try await AccessGuard(workspace, journal).require(.export)
        try await journal.backup(to: path)
        try await journal.close()
        switch global.output {
        case .text: global.terminal.result(path)
        case .json, .jsonl:
            try global.terminal.result(ResultObject("database_backed_up", ["path": path]), as: global.output)
        }
    }
}

/// Gives unused space back.
struct DatabaseVacuum: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "vacuum", abstract: "Give unused space back to the file system.",
        discussion: """
            Example:
              runbook db vacuum
            """)

    @OptionGroup var global: GlobalOptions

    func run() async throws {
        let workspace = Workspace(try global.settings)
        let journal = try await workspace.journal()
        try await AccessGuard(workspace, journal).require(.maintain)
        try await journal.vacuum()
        try await journal.close()
        if global.output != .text {
            try global.terminal.result(ResultObject("database_vacuumed"), as: global.output)
        }
    }
}

/// Retention.
struct DatabasePrune: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "prune",
        abstract: "Remove events, outputs and captured states of old runs. Outcomes and the audit trail stay.",
        discussion: """
            Example:
              runbook db prune --days 90
            """)

    @OptionGroup var global: GlobalOptions
    @Option(help: "Runs that ended more than so many days ago.") var days: Int

    func run() async throws {
        let workspace = Workspace(try global.settings)
        let journal = try await workspace.journal()
        try await AccessGuard(workspace, journal).require(.maintain)
        let runs = try await journal.prune(endedBefore: WallClock().wallTime() - days * 86_400_000)
        try await journal.close()
        switch global.output {
        case .text: global.terminal.result("\(runs.count) runs pruned.")
        case .json, .jsonl:
            let ids = runs.map(\.description)
            try global.terminal.result(ResultObject("database_pruned", ["runs": ids]), as: global.output)
        }
    }
}

/// A run whose controller does not come back.
struct DatabaseDisown: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "disown",
        abstract: "Take a run away from a controller that is gone for good, so that it can be gone on with here.",
        discussion: """
            Only the machine or container of a run's process can tell whether the process lives. Use this where that \
            machine is gone, and never while it may still work: two controllers would go on with one run.

            Example:
              runbook db disown 3f9c12ab --reason 'head01 was terminated, its volume is attached here'
              runbook resume 3f9c12ab
            """)

    @OptionGroup var global: GlobalOptions
    @Argument(
        help: ArgumentHelp("The run: its id, the id's beginning, or 'last'.", valueName: "run"), completion: .runs)
    var runName: String
    @Option(help: "Why, for those who read it later.") var reason: String

    func run() async throws {
        let workspace = Workspace(try global.settings)
        let journal = try await workspace.journal()
        try await AccessGuard(workspace, journal).require(.maintain)
        let run = try await journal.run(named: runName).id
        try await journal.disown(run: run, reason: reason)
        try await journal.close()
        switch global.output {
        case .text: global.terminal.result("Run \(run.short) has no process any more: runbook resume \(run.short)")
        case .json, .jsonl:
            try global.terminal.result(ResultObject("run_disowned", ["run": run.description]), as: global.output)
        }
    }
}
