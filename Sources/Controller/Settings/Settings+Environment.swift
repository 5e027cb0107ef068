import Foundation

extension Settings {
    /// `environment` with these settings in it, for another process of the program, wherever that one works.
    package func environment(over environment: [String: String]) -> [String: String] {
        let here = FileManager.default.currentDirectoryPath
        func absolute(_ path: String) -> String { path.hasPrefix("/") ? path : here + "/" + path }
        var variables = environment.filter { !$0.key.hasPrefix("RUNBOOK_") && $0.key != "NOTIFY_SOCKET" }
        variables["RUNBOOK_INVENTORY"] = inventory.map(absolute).joined(separator: ":")
        variables["RUNBOOK_RUNBOOKS"] = absolute(runbooks)
        variables["RUNBOOK_PLUGINS"] = absolute(plugins)
        variables["RUNBOOK_DB"] = absolute(database)
        variables["RUNBOOK_FANOUT"] = String(fanout)
        variables["RUNBOOK_HOST_KEYS"] = hostKeys.flatMap { $0 == .off ? nil : $0.rawValue }
        variables["RUNBOOK_KNOWN_HOSTS"] = knownHosts?.map(absolute).joined(separator: ":")
        variables["RUNBOOK_SSH_CONFIG"] = sshConfig == "none" ? sshConfig : absolute(sshConfig)
        variables["RUNBOOK_SIGNING_KEY"] = signingKey.map(absolute)
        variables["RUNBOOK_ANCHORS"] = anchors.isEmpty ? nil : anchors.joined(separator: " ")
        variables["RUNBOOK_PLUGIN_SANDBOX"] = pluginSandbox.rawValue
        variables["RUNBOOK_SERVICE"] = "none"
        if allowsSharedMachines { variables["RUNBOOK_ALLOW_SHARED_MACHINES"] = "1" }
        if isRehearsal { variables["RUNBOOK_REHEARSAL"] = "1" }
        return variables
    }
}
