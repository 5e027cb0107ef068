import Catalog
import Model

/// A receiver as it is looked at: secrets by their reference.
package struct ReceiverOverview: Sendable, Encodable {
    package var name: String
    package var plugin: String
    package var settings: [String: String]
}

extension Workspace {
    /// Everybody who can be told of runs, by name.
    package func receiverOverviews() throws -> [ReceiverOverview] {
        try declared().receivers.sorted { $0.name < $1.name }.map { receiver in
            ReceiverOverview(
                name: receiver.name, plugin: receiver.plugin,
                settings: receiver.settings.mapValues { value in
                    if case .secret(let reference) = value { "{secret: \(reference)}" } else { value.displayText }
                })
        }
    }

    /// Who is told of a runbook's runs: whom it names itself, and whom the inventory always has told.
    func notifications(of runbook: Runbook) throws -> Notifications {
        (runbook.notify ?? Notifications()).adding(try declared().receivers)
    }

    /// Refuses a runbook that would tell somebody whom the inventory does not declare, or call a plugin that is not there.
    func checkPlugins(of runbook: Runbook) throws {
        let checks = PluginChecks(settings)
        var problems = checks.problems(of: runbook)
        if !settings.isRehearsal {
            let receivers = try declared().receivers
            problems += checks.problems(of: runbook.notify, receivers: receivers)
            problems += checks.problems(
                of: receivers.filter { !$0.always.isEmpty || runbook.notify?.positions[$0.name] != nil })
        }
        guard problems.isEmpty else { throw DiagnosticsError(problems) }
    }
}
