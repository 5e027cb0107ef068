import Model

/// Resolves a draft: which setting holds for which node, who is in which group. Confined to one loading.
struct InventoryBuilder {
    let draft: InventoryDraft
    let dynamic: [DynamicNodes]
    let bag: DiagnosticBag

    func build() -> Inventory {
        let settings = NodeSettings(draft: draft, bag: bag).resolved()
        var names = Array(settings.keys)
        var found: [String: DynamicNodes.Node] = [:]
        for node in dynamic.flatMap(\.nodes) where settings[node.name] == nil && found[node.name] == nil {
            found[node.name] = node
            names.append(node.name)
        }
        let groups = GroupResolver(
            draft: draft, dynamic: dynamic, nodes: NodeSet(names: names), labels: labels(settings), bag: bag
        ).resolved()
        let variables = VariableResolver(draft: draft, groups: groups, bag: bag).resolved()
        let groupsOf = memberships(groups.groups)
        let rolesOf = memberships(groups.roles)
        var nodes: [String: Node] = [:]
        nodes.reserveCapacity(names.count)
        for name in names {
            let own = settings[name]
            nodes[name] = Node(
                name: name, connection: connection(name, own, found[name]), become: become(own),
                labels: own?.labels ?? [:], groups: groupsOf[name] ?? [], roles: rolesOf[name] ?? [],
                variables: variables[name] ?? [:])
        }
        checkJumps(nodes)
        return Inventory(nodes: nodes, groups: groups.groups, roles: groups.roles)
    }

    private func labels(_ settings: [String: NodeSettings.Resolved]) -> [String: [String: [String]]] {
        var labels: [String: [String: [String]]] = [:]
        for (name, own) in settings {
            for (label, value) in own.labels { labels[label, default: [:]][value, default: []].append(name) }
        }
        return labels
    }

    private func memberships(_ sets: [String: NodeSet]) -> [String: [String]] {
        var memberships: [String: [String]] = [:]
        for (set, members) in sets.sorted(by: { $0.key < $1.key }) {
            for name in members.names { memberships[name, default: []].append(set) }
        }
        return memberships
    }

    // MARK: Connections

    private func connection(
        _ name: String, _ own: NodeSettings.Resolved?, _ found: DynamicNodes.Node?
    ) -> ConnectionSettings {
        func value(_ key: String) -> Value? { own?.values["ssh.\(key)"] ?? draft.defaults["ssh.\(key)"]?.value }
        func text(_ key: String) -> String? { value(key).map(\.displayText) }
        var port: Int?
        if case .int(let number) = value("port") { port = number }
        return ConnectionSettings(
            address: own?.address ?? found?.address, user: found?.user ?? text("user"), port: found?.port ?? port,
            identityFiles: value("identity_file").map(Self.texts) ?? [],
            proxyJump: value("proxy_jump").map { jump(Self.texts($0), of: name) },
            hostKeys: text("host_keys").flatMap(HostKeyChecking.init),
            connectTimeout: text("connect_timeout").flatMap { Duration(parsing: $0) },
            password: text("password"), passphrase: text("passphrase"),
            sharedHostKey: value("shared_host_key") == .bool(true))
    }

    /// The way to a host on the way ends before it.
    private func jump(_ hops: [String], of name: String) -> [String] {
        let hops = hops.flatMap(ConnectionText.hops)
        if hops == ["none"] { return [] }
        return Array(hops.prefix { $0 != name })
    }

    private static func texts(_ value: Value) -> [String] {
        if case .list(let items) = value { return items.map(\.displayText) }
        return [value.displayText]
    }

    private func become(_ own: NodeSettings.Resolved?) -> BecomeSettings {
        func text(_ key: String) -> String? {
            (own?.values["become.\(key)"] ?? draft.defaults["become.\(key)"]?.value)?.displayText
        }
        return BecomeSettings(
            method: text("method").flatMap(BecomeSettings.Method.init) ?? .none, user: text("user") ?? "root",
            password: text("password"))
    }

    /// A circle of jump hosts leads nowhere.
    private func checkJumps(_ nodes: [String: Node]) {
        var good: Set<String> = []
        for start in nodes.keys.sorted() where nodes[start]?.connection.proxyJump?.isEmpty == false {
            var path: [String] = []
            var current = start
            while !good.contains(current), let next = nodes[current]?.connection.proxyJump?.first {
                if path.contains(current) {
                    let circle = (path.drop { $0 != current } + [current]).joined(separator: " → ")
                    let place = draft.nodes.first { $0.names.contains(current) }?.place
                    bag.add(
                        (place ?? InventoryDraft.Place(position: SourcePosition(file: "", line: 1, column: 1)))
                            .diagnostic(
                                "the jump hosts lead in a circle: \(circle)",
                                hint: "set proxy_jump: none on one of them"))
                    return
                }
                path.append(current)
                current = next
            }
            good.formUnion(path)
        }
    }
}
