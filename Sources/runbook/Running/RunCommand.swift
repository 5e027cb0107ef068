import ArgumentParser
import Controller
import Foundation
import Model

/// What the commands that touch nodes have in common: say whom it is about, ask, carry out, show the end.
struct RunCommand {
    private let global: GlobalOptions
    private let terminal: Terminal
    private let settings: Settings

    init(_ global: GlobalOptions, _ reach: ReachOptions) throws {
        self.global = global
        terminal = global.terminal
        settings = try global.settings(reach: reach)
    }

    /// Carries `order` out and ends the program with its exit status. With `differences` a command's outputs are shown
    /// as what differs from those of most nodes.
    func run(
        _ order: RunOrder, isConfirmed: Bool = false, detach: Bool = false, wait: Bool = false, planFile: String? = nil,
        differences: Bool = false
    ) async throws {
        let service = try await RunService(Workspace(settings))
        var prepared = try await service.prepare(order)
        prepared.waitsForWindow = wait
        announce(prepared)
        if detach {
            try await service.close()
            try tell(try DetachedRun(arguments: CommandLine.arguments).start())
        }
        let presenter = presenter()
        let control = RunControl()
        var ending = try await watched(presenter, control) { [prepared] in
            try await service.carryOut(
                prepared, control: control,
                confirm: { plan, digest in
                    isConfirmed
                        || self.ask(PlanText(plan: plan, digest: digest, style: terminal.errorStyle).lines, presenter)
                },
                observe: { presenter.observe($0) })
        }
        if wait { ending = try await waitedFor(ending, service, presenter, control) }
        if let planFile, let stored = ending.plan {
            let file = PlanFile(
                digest: stored.digest, plan: stored.plan, parameters: order.parameters, sources: prepared.sources)
            try file.encoded().write(to: URL(fileURLWithPath: planFile), options: .atomic)
            terminal.note(
                "Plan \(stored.digest.prefix(12)) is in \(planFile). Carry it out with: runbook apply --plan \(planFile)"
            )
        }
        try await finish(ending, service, command: order.kind == .exec, differences: differences)
    }

    /// Says which run goes on in the background, and ends the program.
    private func tell(_ start: DetachedRun.Start) throws -> Never {
        switch start {
        case .ended(let status): throw ExitCode(status)
        case .began(let run, let process):
            switch global.output {
            case .text:
                terminal.result("Run \(run.short) goes on in the background as process \(process).")
                terminal.result("To follow it:        runbook logs \(run.short) --follow")
            case .json, .jsonl:
                let detached = ResultObject("detached", ["run": run.description, "process": process])
                try terminal.result(detached, as: global.output)
            }
            throw ExitCode(3)
        }
    }

    /// Stays with a run that waits at a gate until it has ended, or until the operator has enough.
    private func waitedFor(
        _ ending: RunEndState, _ service: RunService, _ presenter: RunPresenter, _ control: RunControl
    ) async throws -> RunEndState {
        var ending = ending
        guard let run = ending.state.header?.id else { return ending }
        while ending.state.phase.isWaiting && control.level == .go {
            if let reason = ending.state.stopReason { terminal.note("waiting: \(SafeText(reason).singleLine)") }
            let next = try await watched(presenter, control) { () -> RunEndState? in
                while control.level == .go {
                    if let next = try await service.goOn(
                        run, control: control, observe: { presenter.observe($0) })
                    {
                        return next
                    }
                    try await Task.sleep(for: .seconds(1))
                }
                return nil
            }
            guard let next else { return ending }
            ending = next
        }
        return ending
    }

    /// Undoes a run.
    func rollback(
        _ name: String, nodes: String?, expected: Int?, force: Bool, isConfirmed: Bool
    ) async throws {
        let service = try await RunService(Workspace(settings))
        let prepared = try await service.prepareRollback(name, nodes: nodes, expected: expected, force: force)
        announce(prepared)
        let presenter = presenter()
        let control = RunControl()
        if !isConfirmed {
            guard
                ask(
                    ["What run \(prepared.parent?.short ?? "") changed on \(prepared.nodes.folded) is put back."],
                    presenter)
            else { throw RequestError(.refused, "Not confirmed.", hint: "Confirm at the terminal, or use --yes.") }
        }
        let ending = try await watched(presenter, control) {
            try await service.carryOutRollback(prepared, control: control, observe: { presenter.observe($0) })
        }
        try await finish(ending, service, command: false)
    }

    /// Goes on with a run.
    func resume(_ name: String, expected: Int?) async throws {
        let service = try await RunService(Workspace(settings))
        let presenter = presenter()
        let control = RunControl()
        let ending = try await watched(presenter, control) {
            try await service.resume(
                name, expected: expected, control: control, announce: { announce($0) },
                observe: { presenter.observe($0) })
        }
        try await finish(ending, service, command: false)
    }

    /// Shows the run. In the background whoever started it hears which one it is, and of nothing more.
    private func presenter() -> RunPresenter {
        guard let side = DetachedSide.current else { return RunPresenter(terminal: terminal, format: global.output) }
        let folder = (settings.database as NSString).deletingLastPathComponent
        return RunPresenter(terminal: terminal, format: .json) { side.tell($0.run, folder: folder) }
    }

    private func announce(_ prepared: PreparedRun) {
        terminal.announce(prepared.nodes, warnings: prepared.warnings)
    }

    private func watched<Result: Sendable>(
        _ presenter: RunPresenter, _ control: RunControl, _ body: @Sendable () async throws -> Result
    ) async throws -> Result {
        let interrupts = Interrupts(control) { [terminal] in terminal.complaint($0) }
        defer { interrupts.stop() }
        return try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await presenter.animate() }
            defer {
                group.cancelAll()
                presenter.finish()
            }
            return try await body()
        }
    }

    /// Asks at the terminal; no where there is none.
    private func ask(_ lines: [String], _ presenter: RunPresenter) -> Bool {
        guard isatty(STDIN_FILENO) == 1 else { return false }
        presenter.pause()
        defer { presenter.goOn() }
        for line in lines { terminal.complaint(line) }
        Terminal.write("Go on? Type yes: ", to: STDERR_FILENO)
        return readLine()?.trimmingCharacters(in: .whitespaces) == "yes"
    }

    private func finish(
        _ ending: RunEndState, _ service: RunService, command: Bool, differences: Bool = false
    ) async throws {
        let lastLines = command ? [:] : try await service.lastLines(ending.state)
        let result = RunResultObject(state: ending.state, lastLines: lastLines)
        switch global.output {
        case .text:
            if command {
                if let outputs = try await outputs(of: ending, service) {
                    try await outputs.showByNode(
                        ending.state.targets, style: terminal.style, differences: differences
                    ) { terminal.result($0) }
                }
                let failed = ending.state.nodes(
                    in: Set(OutcomeClass.allCases.filter { $0 != .healthy && $0 != .remediated }))
                if !failed.isEmpty {
                    for line in RunResultText(state: ending.state, style: terminal.errorStyle).lines {
                        terminal.complaint(line)
                    }
                }
            } else {
                if let stored = ending.plan, ending.state.header?.kind == .plan {
                    for line in PlanText(plan: stored.plan, digest: stored.digest, style: terminal.style).lines {
                        terminal.result(line)
                    }
                }
                for line in RunResultText(state: ending.state, style: terminal.style, lastLines: lastLines).lines {
                    terminal.result(line)
                }
            }
        case .json:
            let document = try result.document()
            if command, let outputs = try await outputs(of: ending, service) {
                try await outputs.showJSONDocument(of: document) { terminal.result($0) }
            } else {
                terminal.result(try JSONOutput(document, pretty: true).text)
            }
        case .jsonl:
            if command, let outputs = try await outputs(of: ending, service) {
                try await outputs.showJSONLines { terminal.result($0) }
            }
            if let id = ending.state.header?.id { terminal.result(try result.summary(of: id)) }
        }
        for notice in ending.notices { terminal.note("warning: \(SafeText(notice).singleLine)") }
        try await service.close()
        DetachedSide.current?.settle()
        if ending.exitStatus != 0 { throw ExitCode(Int32(ending.exitStatus)) }
    }

    /// What a command printed on all of its nodes.
    private func outputs(of ending: RunEndState, _ service: RunService) async throws -> LogReader? {
        guard let run = ending.state.header?.id else { return nil }
        return try await LogReader(
            run.description, nodes: nil, step: nil, state: ending.state, journal: service.journal)
    }
}
