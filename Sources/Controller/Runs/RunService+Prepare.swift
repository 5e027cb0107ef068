import Engine
import Foundation
import Governance
import Model
import Relay

extension RunService {
    /// Checks what is asked for, without touching a node.
    /// - Throws: `RequestError`, `NodeSetError`, `DiagnosticsError`.
    package func prepare(_ order: RunOrder) async throws -> PreparedRun {
        try await checkHostKeys(order.kind)
        let workspace = try workspace.readOnce()
        var (inventory, notices) = try await workspace.currentInventory()
        var runbook = try self.runbook(of: order)
        // Once: what `last` means may change meanwhile, and nodes and parameters are those of one run.
        var previous: RunSummary?
        if let named = order.previous?.run { previous = try await journal.run(named: named) }
        let nodes = try await self.nodes(of: order, previous, runbook: runbook, inventory: inventory)
        if order.kind == .apply || order.kind == .plan {
            let rules = try workspace.changeRules(for: runbook.name, on: nodes, of: inventory)
            runbook = runbook.governed(by: rules)
            notices += rules.map(\.notice)
            try workspace.checkPlugins(of: runbook)
        }
        if let expected = order.expected, expected != nodes.count { throw RequestError.unexpected(expected, nodes) }
        try await checkAccess(order, runbook: runbook, nodes: nodes, inventory: inventory)
        let former = try await formerParameters(order, previous, runbook)
        let given = order.planFile?.parameters ?? former.required.merging(order.parameters) { $1 }
        let binding = try ParameterBinding(
            runbook: runbook, given: given,
            acceptsSecrets: RelayPeer(environment: ProcessInfo.processInfo.environment) == nil)
        var parameters: [String: [String: Value]] = [:]
        for name in nodes.names {
            let bound = former.bound?.values(on: name).filter { order.parameters[$0.key] == nil } ?? [:]
            parameters[name] = try binding.values(for: inventory.nodes[name] ?? Node(name: name))
                .merging(bound) { $1 }
        }
        notices += try resolveWays(to: nodes, in: &inventory)
        if let previous, former.bound != nil {
            notices.append("parameters are those of run \(previous.id.short), but for what is given now")
        }
        let header = RunHeader(
            id: order.id ?? Self.newRunID(), kind: order.kind, runbook: runbook.name, runbookVersion: runbook.version,
            targets: nodes,
            selector: order.planFile?.plan.selector ?? order.selector ?? previous.map { "from run \($0.id.short)" }
                ?? "",
            parameters: Self.shown(parameters, given: given), bound: BoundParameters(parameters),
            requester: order.requester ?? Self.requester,
            program: ProgramVersion.text, command: order.command, skipsEvidence: order.skipsEvidence ? true : nil)
        var prepared = PreparedRun(
            header: header, nodes: nodes, warnings: warnings(order, runbook) + notices, sources: runbook.sources,
            runbook: runbook, inventory: inventory, parameters: parameters,
            triedRungs: try await triedRungs(runbook, parameters: parameters), approved: order.planFile?.plan,
            become: order.become, isForced: false, breakGlass: order.breakGlass)
        prepared.unattended = order.unattended
        prepared.notifications = try workspace.notifications(of: runbook)
        return prepared
    }

    /// Checks what undoing the run named `name` would be. `expected` is how many nodes it has to be about.
    package func prepareRollback(
        _ name: String, nodes selector: String?, expected: Int? = nil, force: Bool
    ) async throws -> PreparedRun {
        let summary = try await journal.run(named: name)
        let old = try await journal.header(of: summary.id)
        guard old.kind == .apply else {
            throw RequestError(
                .refused, "Run \(summary.id.short) is a \(old.kind.rawValue): there is nothing to undo.",
                hint: "runbook runs lists the runs; those of kind apply can be undone.")
        }
        let chosen = try await workspace.nodes(selector, ofRun: summary.id.description, in: journal)
        let targets = chosen ?? old.targets
        if let expected, expected != targets.count { throw RequestError.unexpected(expected, targets) }
        try await AccessGuard(workspace, journal).require(
            .rollback, runbook: old.runbook, nodes: targets, run: summary.id)
        let header = RunHeader(
            id: Self.newRunID(), kind: .rollback, runbook: old.runbook, runbookVersion: old.runbookVersion,
            targets: targets, selector: selector ?? old.selector, parameters: old.parameters, bound: old.bound,
            requester: Self.requester, parent: summary.id, program: ProgramVersion.text)
        return try await preparePast(summary, header: header, force: force)
    }

    /// An earlier run's runbook and parameters, for going on with it or undoing it.
    func preparePast(_ summary: RunSummary, header: RunHeader, force: Bool) async throws -> PreparedRun {
        try await checkHostKeys(header.kind)
        try await checkRecords(of: summary, header)
        let workspace = try workspace.readOnce()
        var (inventory, notices) = try await workspace.currentInventory()
        let sources = try await journal.sources(of: summary.id)
        guard !sources.isEmpty else {
            throw RequestError(.refused, "The runbook of run \(summary.id.short) is no longer kept.")
        }
        var runbook = try PinnedRunbook(name: summary.runbook, sources: sources).load()
        runbook = try await governed(
            runbook, summary, header,
            rules: try workspace.changeRules(for: runbook.name, on: header.targets, of: inventory))
        let given = header.parameters.filter { $0.value != "(secret)" && $0.value != "(by node)" }
        let binding = try ParameterBinding(runbook: runbook, given: header.bound == nil ? given : [:])
        var parameters: [String: [String: Value]] = [:]
        for name in header.targets.names {
            parameters[name] =
                try header.bound?.values(on: name) ?? binding.values(for: inventory.nodes[name] ?? Node(name: name))
        }
        notices += try resolveWays(to: header.targets, in: &inventory)
        var prepared = PreparedRun(
            header: header, nodes: header.targets, warnings: notices, sources: sources, runbook: runbook,
            inventory: inventory, parameters: parameters,
            triedRungs: try await triedRungs(runbook, parameters: parameters), approved: nil, become: true,
            isForced: force)
        prepared.notifications = try workspace.notifications(of: runbook)
        return prepared
    }

    /// Refuses a run, and the undoing of one, of which it is no longer known what was done.
    private func checkRecords(of summary: RunSummary, _ header: RunHeader) async throws {
        var runs = [summary]
        if let parent = header.parent, parent != summary.id {
            runs.append(try await journal.run(named: parent.description))
        }
        for run in runs {
            guard let pruned = run.pruned else { continue }
            throw RequestError(
                .refused,
                "Run \(run.id.short) can't be undone or gone on with any more: its events and captured states were "
                    + "removed at \(UTCText.seconds(pruned)) UTC, by runbook db prune.",
                hint: "Its plan is kept and says what it was to change: runbook report \(run.id.short). Put that back "
                    + "by hand, or with a backup of the database from before.")
        }
    }

    /// `runbook` under the change rules. Who approves and which window holds is asked of those of now while its run waits to
    /// be let in; once it has begun those hold under which it did, and undoing it needs neither.
    private func governed(
        _ runbook: Runbook, _ run: RunSummary, _ header: RunHeader, rules: [ChangeRule]
    ) async throws -> Runbook {
        let now = runbook.governed(by: rules)
        var begun = runbook
        begun.notify = now.notify
        guard header.kind == .apply else { return begun }
        var hasBegun = !run.phase.isWaiting
        if !hasBegun {
            hasBegun = try await journal.gates(of: run.id).contains { $0.gate != ApprovalStatement.gate(step: nil) }
        }
        guard hasBegun, let plan = try await journal.plan(of: run.id)?.plan else { return now }
        return begun.governed(as: plan)
    }

    /// The values of the run that `order` goes on with, for all parameters that it does not give itself. `required` has
    /// those, as text, which the runbook can't do without. Secrets are not kept, and have to be given again.
    private func formerParameters(
        _ order: RunOrder, _ previous: RunSummary?, _ runbook: Runbook
    ) async throws -> (required: [String: String], bound: BoundParameters?) {
        guard let previous, order.kind != .exec else { return ([:], nil) }
        let header = try await journal.header(of: previous.id)
        guard header.runbook == runbook.name, header.runbookVersion == runbook.version, var bound = header.bound else {
            return ([:], nil)
        }
        let known = Set(runbook.parameters.map(\.name))
        func isKept(_ entry: (key: String, value: Value)) -> Bool {
            if case .secret = entry.value { return false }
            return known.contains(entry.key)
        }
        bound.common = bound.common.filter(isKept)
        bound.byNode = bound.byNode.mapValues { $0.filter(isKept) }
        let needed = Set(runbook.parameters.filter { $0.defaultValue == nil && !$0.isOptional }.map(\.name))
        let required = header.parameters.filter { needed.contains($0.key) }
        return (required.filter { $0.value != "(secret)" && $0.value != "(by node)" }, bound)
    }

    /// Refuses what the access file does not allow.
    private func checkAccess(
        _ order: RunOrder, runbook: Runbook, nodes: NodeSet, inventory: Inventory
    ) async throws {
        let name = order.kind == .exec ? nil : runbook.name
        let access = AccessGuard(workspace, journal)
        let requester = order.requester ?? Self.requester
        try await access.require(
            order.kind.access, runbook: name, nodes: nodes, inventory: inventory, as: requester)
        guard order.breakGlass != nil else { return }
        try await access.require(.breakGlass, runbook: name, nodes: nodes, inventory: inventory, as: requester)
    }

    private func runbook(of order: RunOrder) throws -> Runbook {
        if order.kind == .exec { return .none }
        guard let file = order.planFile else { return try workspace.runbook(order.runbook) }
        guard file.plan.digest == file.digest else {
            throw RequestError(.refused, "The plan file was changed: its plan does not have the digest that it names.")
        }
        let now = try workspace.runbook(file.plan.runbook)
        let digests = Dictionary(
            now.sources.map { ($0.path, Digest.hex(of: $0.bytes)) }, uniquingKeysWith: { first, _ in first })
        guard digests == file.plan.sources else {
            throw RequestError(
                .refused, "Runbook '\(file.plan.runbook)' was changed since the plan was made.",
                hint: "Make a new plan: runbook plan \(file.plan.runbook) --nodes SET -o FILE")
        }
        return now
    }

    private func nodes(
        of order: RunOrder, _ summary: RunSummary?, runbook: Runbook, inventory: Inventory
    ) async throws -> NodeSet {
        let selection = TargetSelection(inventory)
        if let file = order.planFile { return NodeSet(names: file.plan.targets.map(\.name)) }
        if let previous = order.previous, let summary {
            let names = try await journal.nodes(of: summary.id, endedAs: previous.outcomes)
            guard !names.isEmpty else {
                let classes = previous.outcomes.map(\.rawValue).sorted().joined(separator: ", ")
                throw RequestError(
                    .selector, "No node of run \(summary.id.short) ended as \(classes).",
                    hint: "How they ended: runbook show \(summary.id.short)")
            }
            let set = NodeSet(names: names)
            if runbook.targets == .controller, set.folded == "controller" {
                return try selection.nodes(nil, within: runbook.targets, of: runbook.name)
            }
            return order.kind == .exec
                ? try selection.nodes(set.folded)
                : try selection.nodes(set.folded, within: runbook.targets, of: runbook.name)
        }
        guard order.kind == .exec else {
            return try selection.nodes(order.selector, within: runbook.targets, of: runbook.name)
        }
        guard let selector = order.selector else {
            throw RequestError(.usage, "Which nodes?", hint: "Add --nodes SET; '@*' means all of the inventory.")
        }
        return try selection.nodes(selector)
    }

    /// With unchecked host keys nothing is changed and nothing secret is sent; that they were unchecked is recorded.
    private func checkHostKeys(_ kind: RunHeader.Kind) async throws {
        guard workspace.settings.hostKeys == .off else { return }
        guard kind == .diagnose || kind == .plan else {
            throw RequestError(
                .refused, "With --host-keys off nothing is changed on a node.",
                hint: "Record the keys: runbook nodes keys accept SET")
        }
        try await journal.record(AuditEntry(actor: Self.requester, action: .hostKeysUnchecked))
    }

    /// Fills in what OpenSSH's configuration says of the ways to `nodes`, and checks that all can be open at one time.
    /// - Returns: what the configuration asks for in vain.
    private func resolveWays(to nodes: NodeSet, in inventory: inout Inventory) throws -> [String] {
        try AddressedNodes.checkRoom(for: nodes)
        let targets = NodeTargets(settings: workspace.settings, inventory: inventory)
        let known = nodes.names.compactMap { inventory.nodes[$0] }
        var all = inventory.nodes
        for node in known { all[node.name] = targets.resolved(node) }
        inventory = Inventory(nodes: all, groups: inventory.groups, roles: inventory.roles)
        return targets.warnings(about: known)
    }

    /// Rungs of the runbook's ladders that were tried on the targets and have to be passed over.
    private func triedRungs(
        _ runbook: Runbook, parameters: [String: [String: Value]]
    ) async throws -> [String: Set<String>] {
        var tried: [String: Set<String>] = [:]
        let now = WallClock().wallTime()
        for (step, verb) in runbook.ladders {
            let rungs = try await journal.triedRungs(
                runbook: runbook.name, step: step, since: now - Int(verb.remember.components.seconds) * 1000)
            for (node, names) in rungs where parameters[node] != nil {
                tried[node, default: []].formUnion(names.map { "\(step)/\($0)" })
            }
        }
        return tried
    }

    private func warnings(_ order: RunOrder, _ runbook: Runbook) -> [String] {
        var warnings: [String] = []
        if let warning = workspace.settings.hostKeys?.warning { warnings.append(warning) }
        if workspace.settings.isRehearsal, runbook.notify != nil {
            warnings.append("this is a rehearsal: nobody is told of the run")
        }
        if order.skipsEvidence {
            warnings.append("only that evidence is collected which tells causes apart")
        }
        if let reason = order.breakGlass {
            warnings.append("BREAK GLASS: nobody is asked and no window is waited for, because: \(reason)")
        }
        return warnings
    }

    /// Parameters for the record: a secret hidden, one that differs by node said to.
    private static func shown(_ parameters: [String: [String: Value]], given: [String: String]) -> [String: String] {
        var shown: [String: String] = [:]
        for values in parameters.values {
            for (name, value) in values {
                let text = if case .secret = value { "(secret)" } else { given[name] ?? value.displayText }
                if let other = shown[name], other != text { shown[name] = "(by node)" } else { shown[name] = text }
            }
        }
        return shown
    }

    static func newRunID() -> RunID {
        var generator = SystemRandomNumberGenerator()
        return RunID(random: generator.next(), generator.next())
    }
}

extension Runbook {
    /// The `escalate` steps, those of included runbooks too, by name.
    fileprivate var ladders: [(String, EscalateVerb)] {
        steps.flatMap { step -> [(String, EscalateVerb)] in
            switch step.verb {
            case .escalate(let verb): [(step.name, verb)]
            case .runbook(let included): included.runbook.ladders
            default: []
            }
        }
    }

    /// What `exec` has instead of a runbook.
    static let none = Runbook(
        name: "", version: 0, title: "", description: "", supportCase: nil, owners: [], tags: [], covers: [],
        references: [], platforms: [], targets: .nodes("@*"), parameters: [], requires: [], strategy: Strategy(),
        approve: nil, window: nil, schedule: nil, detect: nil, diagnose: [], steps: [], verify: [], onFailure: .stop,
        always: [], notify: nil, become: nil, timeout: nil,
        position: SourcePosition(file: "exec", line: 1, column: 1), sources: [])
}
