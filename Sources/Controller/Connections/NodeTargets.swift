import Foundation
import Glibc
import Model
import SSH

/// Where the inventory's nodes are over SSH, jump hosts included: the inventory first, then OpenSSH's client
/// configuration, then defaults.
struct NodeTargets: Sendable {
    private let inventory: Inventory
    private let config: SSHClientConfig
    /// Wins over what the inventory and the configuration say.
    private let hostKeys: HostKeyPolicy?

    init(settings: Settings, inventory: Inventory) {
        let environment = ProcessInfo.processInfo.environment
        let login = getpwuid(getuid()).map { String(cString: $0.pointee.pw_name) } ?? "root"
        let owner = SSHClientConfig.Owner(home: environment["HOME"] ?? "/", user: login, environment: environment)
        self.inventory = inventory
        config =
            settings.sshConfig == "none"
            ? SSHClientConfig(owner: owner, text: "")
            : SSHClientConfig(owner: owner, userFile: settings.sshConfig)
        hostKeys = settings.hostKeys.map(HostKeyPolicy.init)
    }

    /// The target of `node`.
    /// - Throws: `SessionError` when its jump hosts can't be worked out.
    func target(of node: Node) throws(SessionError) -> SSHTarget {
        do throws(SSHError) {
            var target = try config.target(node.name, given: given(node)) { name in inventory.nodes[name].map(given) }
            if let hostKeys { target = target.checking(hostKeys) }
            return target
        } catch {
            throw SessionError(
                .unreachable, "The way to \(node.name) can't be worked out: \(error.description)",
                hint: "Mend 'proxy_jump' in the inventory, or ProxyJump in OpenSSH's configuration.")
        }
    }

    /// `node` with what the inventory leaves open about the way to it, so that a plan and its digest name it.
    func resolved(_ node: Node) -> Node {
        guard node.name != "controller" else { return node }
        let options = config.options(for: node.name).options
        var resolved = node
        resolved.connection.address = node.connection.address ?? options.hostName
        resolved.connection.port = node.connection.port ?? options.port.map(Int.init)
        resolved.connection.user = node.connection.user ?? options.user ?? config.owner.user
        if node.connection.proxyJump == nil, case .hosts(let hosts) = options.proxyJump {
            resolved.connection.proxyJump = hosts.filter { $0.host != node.name }.map(\.description)
        }
        return resolved
    }

    /// What OpenSSH's client configuration asks for in vain, of the files and of `nodes`.
    func warnings(about nodes: [Node]) -> [String] {
        var seen: Set<SSHConfigWarning> = []
        let all = config.warnings + nodes.flatMap { config.options(for: $0.name).warnings }
        return all.filter { seen.insert($0).inserted }.map(\.description)
    }

    /// The `known_hosts` files that the configuration names for the inventory's nodes, if it names the same for all of
    /// them; else OpenSSH's own.
    var knownHosts: [String] {
        let standard = HostKeyStore.standardPaths(home: config.owner.home)
        let named = Set(
            inventory.nodes.keys.map { name in
                let options = config.options(for: name).options
                return Array(
                    options.userKnownHostsFiles.isEmpty ? standard.prefix(2) : options.userKnownHostsFiles[...])
                    + Array(
                        options.globalKnownHostsFiles.isEmpty ? standard.suffix(2) : options.globalKnownHostsFiles[...])
            })
        return named.count == 1 ? named.first ?? standard : standard
    }

    private func given(_ node: Node) -> SSHClientConfig.Given {
        let settings = node.connection
        return SSHClientConfig.Given(
            address: settings.address, port: settings.port.map { UInt16(clamping: $0) }, user: settings.user,
            identityFiles: settings.identityFiles,
            proxyJump: settings.proxyJump.map { $0.isEmpty ? "none" : $0.joined(separator: ",") },
            connectTimeout: settings.connectTimeout, hostKeyPolicy: settings.hostKeys.map(HostKeyPolicy.init),
            allowsSharedHostKey: settings.sharedHostKey)
    }
}

extension HostKeyPolicy {
    /// What the inventory or the command line asks for.
    init(_ checking: HostKeyChecking) {
        self =
            switch checking {
            case .strict: .strict
            case .acceptNew: .acceptNew
            case .off: .off
            }
    }
}

extension SSHTarget {
    /// The same, with `policy` for it and for the hosts on the way to it.
    fileprivate func checking(_ policy: HostKeyPolicy) -> SSHTarget {
        var target = self
        target.hostKeyPolicy = policy
        target.jumpHosts = jumpHosts.map { $0.checking(policy) }
        return target
    }
}
