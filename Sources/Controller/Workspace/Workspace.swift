import Catalog
import Foundation
import Journal
import Model
import Plugins

/// What an installation holds: its inventory, its runbooks, its journal.
package struct Workspace: Sendable {
    package let settings: Settings
    /// What is gone by instead of the files, in the service.
    let held: HeldCatalogue?
    /// The inventory's files, where they were read already.
    private(set) var read: LoadedInventory?

    package init(_ settings: Settings) { self.init(settings, held: nil) }

    package init(_ settings: Settings, held: HeldCatalogue?) {
        self.settings = settings
        self.held = held
        read = held?.loaded
    }

    /// The same, with the inventory's files as they are now, however often it is asked for what they say.
    /// - Throws: `DiagnosticsError`.
    func readOnce() throws -> Workspace {
        var workspace = self
        workspace.read = try declared()
        return workspace
    }

    /// Where secrets come from.
    var secrets: SecretResolver {
        let library = PluginLibrary(settings)
        return SecretResolver(environment: ProcessInfo.processInfo.environment) {
            try library.pluginIfThere(.secret, $0)
        }
    }

    /// All runbooks that are right.
    /// - Throws: `DiagnosticsError` when a file has an error.
    package func runbooks() throws -> [Runbook] {
        let catalogue = RunbookLoader(paths: [settings.runbooks]).loadAll()
        let errors = catalogue.diagnostics.filter { $0.severity == .error }
        guard errors.isEmpty else { throw DiagnosticsError(errors) }
        return catalogue.runbooks.values.sorted { $0.name < $1.name }
    }

    /// The runbook of that name.
    package func runbook(_ name: String) throws -> Runbook {
        if let runbook = held?.runbooks[name] { return runbook }
        return try RunbookLoader(paths: [settings.runbooks]).load(name)
    }

    /// The support cases there are, each with what answers it.
    /// - Throws: `DiagnosticsError` when a file has an error.
    package func caseCoverage() throws -> [CaseCoverage] {
        let loader = RunbookLoader(paths: [settings.runbooks])
        let runbooks = try runbooks()
        let faults = try runbooks.compactMap { try loader.faults(of: $0.name) }
        return try loader.cases().map { CaseCoverage(of: $0, runbooks: runbooks, faults: faults) }
    }

    /// The support cases there are.
    /// - Throws: `DiagnosticsError` when their file has an error.
    package func supportCases() throws -> [SupportCase] { try RunbookLoader(paths: [settings.runbooks]).cases() }

    /// The faults that the runbook `name` is tested with; nil where there are none.
    package func faults(of name: String) throws -> FaultPlan? {
        try RunbookLoader(paths: [settings.runbooks]).faults(of: name)
    }

    /// Every problem of `paths`, or of the runbooks, the inventory and the plugins.
    package func lint(_ paths: [String]) throws -> [Diagnostic] {
        let checks = PluginChecks(settings)
        let loader = RunbookLoader(paths: paths.isEmpty ? [settings.runbooks] : paths)
        let catalogue = loader.loadAll()
        var problems = catalogue.diagnostics
        // Whom there is to tell, and who may approve what where, is known with the inventory only.
        let site = try? declared()
        let receivers = site?.receivers
        for runbook in catalogue.runbooks.values {
            problems += checks.problems(of: runbook)
            if let receivers { problems += checks.problems(of: runbook.notify, receivers: receivers) }
            problems += SiteChecks(site).problems(of: runbook)
        }
        if paths.isEmpty {
            if let site {
                problems += JobChecks(site, runbooks: catalogue.runbooks, names: loader.names).problems()
                problems += ChangeRuleChecks(site, names: loader.names).problems()
                problems += site.changeRules.flatMap { checks.problems(of: $0.notify, receivers: site.receivers) }
            }
            problems += InventoryLoader().lint(paths: settings.inventory) + lintCalendars() + checks.problems()
            problems += checks.problems(of: receivers ?? [])
        }
        return problems.sorted { $0.position < $1.position }
    }

    /// Problems of calendars; those of the files that declare them are told by the inventory's own check.
    private func lintCalendars() -> [Diagnostic] {
        guard let declared = try? InventoryLoader().load(paths: settings.inventory) else { return [] }
        do throws(DiagnosticsError) {
            _ = try CalendarBuilder(now: WallClock().wallTime()).calendars(declared.calendars)
            return []
        } catch {
            return error.diagnostics
        }
    }

    /// Writes a new runbook and its first fault, and returns the runbook's path.
    /// - Throws: `RequestError` for a name that can't be one, or is taken.
    package func createRunbook(named name: String) throws -> String {
        guard let text = RunbookSkeleton.text(name: name) else {
            throw RequestError(
                .usage, "'\(name)' can't be a runbook's name.", hint: "Use kebab-case, as in restart-chrony.")
        }
        let path = settings.runbooks + "/" + name + ".yaml"
        guard !RunbookLoader(paths: [settings.runbooks]).names.contains(name),
            !FileManager.default.fileExists(atPath: path)
        else { throw RequestError(.refused, "There is a runbook '\(name)' already.") }
        try Data(text.utf8).write(to: URL(fileURLWithPath: path), options: .withoutOverwriting)
        let faults = settings.runbooks + "/" + name + ".faults.yaml"
        try Data(RunbookSkeleton.faults(name: name).utf8).write(
            to: URL(fileURLWithPath: faults), options: .withoutOverwriting)
        return path
    }

    /// The journal, opened.
    package func journal() async throws -> any JournalStore {
        try await JournalOpening(settings: settings).open()
    }

    func checkPlaces() throws {
        for path in settings.inventory where !FileManager.default.fileExists(atPath: path) {
            throw SettingsError(
                "There is no inventory at \(path).",
                hint: "Name it with --inventory PATH, RUNBOOK_INVENTORY or 'inventory:' in runbook.yaml.")
        }
    }
}
