import Model
import Plugins

extension PartialSettings {
    /// What `RUNBOOK_…` variables say.
    /// - Throws: `SettingsError` that names the variable.
    package init(environment: [String: String]) throws(SettingsError) {
        self.init(
            inventory: environment["RUNBOOK_INVENTORY"].map { $0.split(separator: ":").map(String.init) },
            runbooks: environment["RUNBOOK_RUNBOOKS"],
            plugins: environment["RUNBOOK_PLUGINS"],
            database: environment["RUNBOOK_DB"],
            knownHosts: environment["RUNBOOK_KNOWN_HOSTS"].map { $0.split(separator: ":").map(String.init) },
            sshConfig: environment["RUNBOOK_SSH_CONFIG"],
            lab: environment["RUNBOOK_LAB"],
            service: environment["RUNBOOK_SERVICE"],
            signingKey: environment["RUNBOOK_SIGNING_KEY"],
            anchors: environment["RUNBOOK_ANCHORS"].map { $0.split(separator: " ").map(String.init) })
        if let text = environment["RUNBOOK_FANOUT"] {
            guard let number = Int(text), number > 0 else {
                throw SettingsError("RUNBOOK_FANOUT is '\(text)', which is not a number above 0.")
            }
            fanout = number
        }
        if let text = environment["RUNBOOK_PLUGIN_SANDBOX"] {
            guard let mode = PluginSandbox.Mode(rawValue: text) else {
                throw SettingsError("RUNBOOK_PLUGIN_SANDBOX is '\(text)'; it may be 'auto', 'required' or 'none'.")
            }
            pluginSandbox = mode
        }
        if let text = environment["RUNBOOK_HOST_KEYS"] {
            guard let checking = HostKeyChecking(rawValue: text), checking != .off else {
                throw SettingsError(
                    "RUNBOOK_HOST_KEYS is '\(text)'; it may be 'strict' or 'accept-new'.",
                    hint: "'off' is only accepted as --host-keys off on the command line.")
            }
            hostKeys = checking
        }
    }
}
