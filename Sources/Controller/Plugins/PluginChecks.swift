import Catalog
import Model
import Plugins

/// Holds what runbooks and the inventory say of plugins against the plugins that there are.
struct PluginChecks: Sendable {
    private let library: PluginLibrary

    init(_ settings: Settings) { library = PluginLibrary(settings) }

    /// Problems of plugins themselves.
    func problems() -> [Diagnostic] { library.entries().flatMap(\.problems) }

    /// Receivers whose plugin is not there or does not take their settings.
    func problems(of receivers: [Receiver]) -> [Diagnostic] {
        receivers.compactMap { receiver in
            problem(.notify, receiver.plugin, at: receiver.position) { manifest throws(ValueError) in
                _ = try manifest.checked(receiver.settings)
            }
        }
    }

    /// Receivers that `notify` names and nobody declares.
    func problems(of notify: Notifications?, receivers: [Receiver]) -> [Diagnostic] {
        let known = receivers.map(\.name)
        return (notify?.positions ?? [:]).sorted { $0.value < $1.value }.compactMap { name, position in
            guard !known.contains(name) else { return nil }
            let near = Spelling.nearest(to: name, among: known)
            return Diagnostic(
                .error, at: position, "the inventory declares no receiver '\(SafeText(name).singleLine)'",
                hint: near.map { "did you mean '\($0)'?" } ?? "declare it under 'notify' in Inventory/notify.yaml")
        }
    }

    /// `plugin` steps whose plugin is not there or does not have their settings.
    func problems(of runbook: Runbook) -> [Diagnostic] {
        runbook.pluginSteps.compactMap { step, verb in
            problem(.step, verb.name, at: step.position) { manifest throws(ValueError) in
                try manifest.checkNames(Set(verb.with.keys))
            }
        }
    }

    private func problem(
        _ kind: PluginManifest.Kind, _ name: String, at position: SourcePosition,
        check: (PluginManifest) throws(ValueError) -> Void
    ) -> Diagnostic? {
        do {
            try check(try library.plugin(kind, name).manifest)
            return nil
        } catch let error as ValueError {
            return Diagnostic(.error, at: position, error.message, hint: error.hint)
        } catch let error as PluginError where error.kind == .missing {
            let near = Spelling.nearest(to: name, among: library.names(kind))
            return Diagnostic(
                .error, at: position, "there is no plugin '\(SafeText(name).singleLine)' of kind '\(kind.rawValue)'",
                hint: near.map { "did you mean '\($0)'?" } ?? "put it into \(error.path)")
        } catch is DiagnosticsError {
            return Diagnostic(
                .error, at: position, "the plugin '\(name)' has a wrong manifest", hint: "runbook plugin list says why")
        } catch {
            return Diagnostic(.error, at: position, "\(error)")
        }
    }
}

extension Runbook {
    /// Its `plugin` steps, those of ladders and of included runbooks too.
    var pluginSteps: [(Step, PluginVerb)] { (steps + always).flatMap(\.pluginSteps) }
}

extension Step {
    fileprivate var pluginSteps: [(Step, PluginVerb)] {
        switch verb {
        case .plugin(let verb): [(self, verb)]
        case .escalate(let ladder): ladder.rungs.flatMap(\.pluginSteps)
        case .runbook(let included): included.runbook.pluginSteps
        default: []
        }
    }
}
