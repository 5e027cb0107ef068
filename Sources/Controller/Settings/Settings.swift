import Model
import Plugins

/// Where things are and how nodes are reached, from the command line, the environment and configuration files.
package struct Settings: Sendable, Hashable {
    /// Inventory files and folders.
    package var inventory: [String]
    /// The folder of runbooks.
    package var runbooks: String
    /// The folder of plugins.
    package var plugins: String
    /// The database of runs and audit records.
    package var database: String
    /// Connections in flight at one time.
    package var fanout: Int
    /// Overrides what the inventory says of host keys.
    package var hostKeys: HostKeyChecking?
    /// `known_hosts` files, the one that is appended to first; nil takes those of OpenSSH's client configuration, or
    /// OpenSSH's own.
    package var knownHosts: [String]?
    /// The user's file of OpenSSH's client configuration; `none` to read neither it nor the system's.
    package var sshConfig: String
    /// The program that boots throwaway nodes, or its folder; nil to look for it.
    package var lab: String?
    /// The socket of the service that carries commands out; nil to carry them out in this process.
    package var service: String?
    /// The private key that signs checkpoints and exports; nil for `controller.key` beside the database.
    package var signingKey: String?
    /// Where the end of the audit chain is written down outside the database.
    package var anchors: [String]
    /// Whether plugins are run in a sandbox.
    package var pluginSandbox: PluginSandbox.Mode
    /// The user's home folder.
    package var home: String
    /// Whether several targets may be one machine, as in tests against one sshd under many addresses.
    package var allowsSharedMachines: Bool
    /// Whether runs are only tests of runbooks, of which nobody is told.
    package var isRehearsal: Bool

    package init(
        inventory: [String], runbooks: String, plugins: String, database: String, fanout: Int,
        hostKeys: HostKeyChecking?, knownHosts: [String]?, sshConfig: String, lab: String? = nil,
        service: String? = nil, signingKey: String? = nil, anchors: [String] = [],
        pluginSandbox: PluginSandbox.Mode = .auto, home: String = "/", allowsSharedMachines: Bool = false,
        isRehearsal: Bool = false
    ) {
        self.pluginSandbox = pluginSandbox
        self.home = home
        self.service = service
        self.signingKey = signingKey
        self.anchors = anchors
        self.allowsSharedMachines = allowsSharedMachines
        self.isRehearsal = isRehearsal
        self.inventory = inventory
        self.runbooks = runbooks
        self.plugins = plugins
        self.database = database
        self.fanout = fanout
        self.hostKeys = hostKeys
        self.knownHosts = knownHosts
        self.sshConfig = sshConfig
        self.lab = lab
    }
}

/// One layer of settings: what is nil is left to the next one.
package struct PartialSettings: Sendable, Hashable {
    package var inventory: [String]?
    package var runbooks: String?
    package var plugins: String?
    package var database: String?
    package var fanout: Int?
    package var hostKeys: HostKeyChecking?
    package var knownHosts: [String]?
    package var sshConfig: String?
    package var lab: String?
    package var service: String?
    package var signingKey: String?
    package var anchors: [String]?
    package var pluginSandbox: PluginSandbox.Mode?

    package init(
        inventory: [String]? = nil, runbooks: String? = nil, plugins: String? = nil, database: String? = nil,
        fanout: Int? = nil, hostKeys: HostKeyChecking? = nil, knownHosts: [String]? = nil, sshConfig: String? = nil,
        lab: String? = nil, service: String? = nil, signingKey: String? = nil, anchors: [String]? = nil,
        pluginSandbox: PluginSandbox.Mode? = nil
    ) {
        self.pluginSandbox = pluginSandbox
        self.service = service
        self.signingKey = signingKey
        self.anchors = anchors
        self.inventory = inventory
        self.runbooks = runbooks
        self.plugins = plugins
        self.database = database
        self.fanout = fanout
        self.hostKeys = hostKeys
        self.knownHosts = knownHosts
        self.sshConfig = sshConfig
        self.lab = lab
    }

    /// This layer, with `other`'s values where it has none.
    package func over(_ other: PartialSettings) -> PartialSettings {
        PartialSettings(
            inventory: inventory ?? other.inventory, runbooks: runbooks ?? other.runbooks,
            plugins: plugins ?? other.plugins, database: database ?? other.database, fanout: fanout ?? other.fanout,
            hostKeys: hostKeys ?? other.hostKeys, knownHosts: knownHosts ?? other.knownHosts,
            sshConfig: sshConfig ?? other.sshConfig,
            lab: lab ?? other.lab, service: service ?? other.service, signingKey: signingKey ?? other.signingKey,
            anchors: anchors ?? other.anchors, pluginSandbox: pluginSandbox ?? other.pluginSandbox)
    }
}
