import ArgumentParser
import Controller
import Foundation
import Governance
import Model

/// Approvals given beforehand.
struct StandingCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "standing",
        abstract: "Approve runs of a runbook beforehand, so many and until then, for jobs that nobody has to watch.",
        subcommands: [StandingGive.self, StandingList.self, StandingRevoke.self, StandingExchange.self])
}

/// Gives one.
struct StandingGive: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "give",
        abstract: "Give a standing approval, signed with your SSH key.",
        discussion: """
            It is good for this very version and these very files of the runbook, on these nodes, and counts as your \
            approval of each run that it fits. Every parameter of the runbook needs a range: VALUE, A,B, 1..5 or any, where \
            values are written as for apply, and A,B is one value of a list.
            What it is good for is shown and you are asked. Without a terminal name the digest that you have read with \
            --scope.

            Examples:
              runbook standing give quarantine-expire --nodes login1 --param quarantine=/lustre/.quarantine \
            --param quarantine_keep=7d --count 31 --expires 31d --reason 'nightly hygiene' --show
              runbook standing give quarantine-expire --nodes login1 --param quarantine=/lustre/.quarantine \
            --param quarantine_keep=7d --count 31 --expires 31d --reason 'nightly hygiene'
            """)

    @OptionGroup var global: GlobalOptions
    @OptionGroup var parameters: ParameterOptions
    @Argument(help: "The runbook's name.") var name: String
    @Option(name: [.short, .long], help: ArgumentHelp("On these nodes.", valueName: "set")) var nodes: String
    @Option(help: "For so many runs.") var count: Int
    @Option(help: ArgumentHelp("For so long, such as 31d.", valueName: "duration")) var expires: String
    @Option(help: "Why, in a line.") var reason: String
    @Option(
        help: ArgumentHelp("The private key, or the public one of a key in your agent.", valueName: "file"),
        completion: .file())
    var key: String?
    @Option(
        help: ArgumentHelp(
            "The digest, or its beginning, of the scope that you have read; you are not asked.", valueName: "digest"))
    var scope: String?
    @Flag(help: "Show what it would be good for, and give nothing.") var show = false

    func validate() throws {
        if let scope, scope.count < 8 { throw ValidationError("--scope takes at least 8 digits of the digest.") }
        guard (1...100_000).contains(count) else { throw ValidationError("--count must be from 1 to 100000.") }
        guard let lifetime = Duration(parsing: expires), lifetime <= .seconds(366 * 86_400) else {
            throw ValidationError("--expires takes a duration of at most a year, such as 31d.")
        }
    }

    func run() async throws {
        let order = StandingDesk.Order(
            runbook: name, selector: nodes, parameters: try parameters.values, count: count,
            lifetime: Duration(parsing: expires) ?? .zero, reason: reason)
        let desk: any Standings =
            if let client = try Serving.client(global) {
                ServedStandings(client)
            } else {
                try await LocalStandings(Workspace(global.settings))
            }
        let found = try await desk.scope(order)
        let reading = StandingReading(scope: found, order: order, terminal: global.terminal)
        if show {
            try reading.show(global.output)
            return try await desk.close()
        }
        try reading.confirm(scope)
        let signing = StatementSigning(
            keyFile: key, namespace: StandingDesk.namespace, terminal: global.terminal)
        let signed = try await signing.sign { keys in
            try await desk.proposal(StandingRequest(order: order, keys: keys), of: found)
        }
        let record = try await desk.give(signed)
        try await desk.close()
        switch global.output {
        case .text:
            global.terminal.result(
                "Standing approval \(record.id.prefix(8)): \(record.limit) runs of \(record.runbook), until \(EventLine.timestamp(record.expires).prefix(19)) UTC."
            )
            global.terminal.note("To take it back: runbook standing revoke \(record.id.prefix(8))")
        case .json, .jsonl:
            let keys = try JSONOutput.keys(of: record)
            try global.terminal.result(ResultObject("standing_given", keys), as: global.output)
        }
    }
}

/// Lists them.
struct StandingList: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "List standing approvals, the newest first, with how often each was used.",
        discussion: """
            Example:
              runbook standing list --runbook quarantine-expire
            """)

    @OptionGroup var global: GlobalOptions
    @Option(help: "Only of this runbook.") var runbook: String?

    func run() async throws {
        let workspace = Workspace(try global.settings)
        let service = try await RunService(workspace)
        try await AccessGuard(workspace, service.journal).require(.read)
        let records = try await service.journal.standings(of: runbook)
        try await service.close()
        switch global.output {
        case .text:
            var table = Table(
                ["ID", "RUNBOOK", "NODES", "GIVEN BY", "USED", "OF", "UNTIL (UTC)", "STATE"], rightAligned: [4, 5])
            for record in records {
                table.add([
                    String(record.id.prefix(8)), record.runbook,
                    (try? StandingStatement(canonical: record.statement).scope.nodes) ?? "", record.person,
                    String(record.uses),
                    String(record.limit), String(EventLine.timestamp(record.expires).prefix(19)), Self.state(record),
                ])
            }
            for line in table.lines(style: global.terminal.style) { global.terminal.result(line) }
        case .json, .jsonl: try global.terminal.result(things: records, of: "standing_approval", as: global.output)
        }
    }

    private static func state(_ record: StandingRecord) -> String {
        if record.revoked != nil { return "revoked by \(record.revokedBy ?? "")" }
        if record.expires < Int(Date().timeIntervalSince1970 * 1000) { return "expired" }
        return record.uses >= record.limit ? "used up" : "good"
    }
}

/// Takes one back.
struct StandingRevoke: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "revoke",
        abstract: "Take a standing approval back; runs that are past their gate go on.",
        discussion: """
            Example:
              runbook standing revoke 5d0e4c7f
            """)

    @OptionGroup var global: GlobalOptions
    @Argument(help: "Its id, or the id's beginning.") var id: String

    func run() async throws {
        let service = try await RunService(Workspace(global.settings))
        let desk = StandingDesk(service)
        let record = try await desk.standing(id)
        try await desk.revoke(record)
        try await service.close()
        switch global.output {
        case .text: global.terminal.result("Standing approval \(record.id.prefix(8)) is revoked.")
        case .json, .jsonl:
            let keys: [String: Any] = ["id": record.id, "revoked": true]
            try global.terminal.result(ResultObject("standing_revoked", keys), as: global.output)
        }
    }
}
