import Model

extension Settings {
    /// `layers` from the strongest to the weakest, over the defaults for a user with this environment.
    package init(layers: [PartialSettings], environment: [String: String], userID: Int) {
        let merged = layers.reduce(PartialSettings()) { $0.over($1) }
        let home = environment["HOME"] ?? "/"
        let state = environment["XDG_STATE_HOME"].flatMap { $0.isEmpty ? nil : $0 } ?? home + "/.local/state"
        self.init(
            inventory: merged.inventory ?? ["Inventory"],
            runbooks: merged.runbooks ?? "Runbooks",
            plugins: merged.plugins ?? "Plugins",
            database: merged.database ?? state + "/runbook/runbook.db",
            fanout: merged.fanout ?? 512,
            hostKeys: merged.hostKeys,
            knownHosts: merged.knownHosts,
            sshConfig: merged.sshConfig ?? home + "/.ssh/config",
            lab: merged.lab,
            service: merged.service == "none" ? nil : merged.service,
            signingKey: merged.signingKey,
            anchors: merged.anchors ?? [],
            pluginSandbox: merged.pluginSandbox ?? .auto,
            home: home,
            allowsSharedMachines: environment["RUNBOOK_ALLOW_SHARED_MACHINES"] == "1",
            isRehearsal: environment["RUNBOOK_REHEARSAL"] == "1")
    }
}
