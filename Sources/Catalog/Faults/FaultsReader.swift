import Model

/// Turns a faults file into a `FaultPlan`, reporting everything that is wrong with it. Confined to one loading.
final class FaultsReader {
    let root: YAMLNode
    let runbook: Runbook
    private let source: SourceText
    private let validator: SchemaValidator
    private let bag: DiagnosticBag
    /// Every node of the test.
    private var known = NodeSet()

    init(root: YAMLNode, source: SourceText, runbook: Runbook, bag: DiagnosticBag) {
        self.root = root
        self.source = source
        self.runbook = runbook
        self.bag = bag
        validator = SchemaValidator(source: source, bag: bag)
    }

    /// The plan as far as it can be read; whether it is right is in the bag.
    func read() -> FaultPlan {
        validator.check(root, .block(.faults), what: "the faults file")
        let nodes = (root["nodes"]?.entries ?? []).flatMap(readNodes)
        known = NodeSet(names: nodes.map(\.name))
        checkTwice(nodes)
        let values = readParameters(root["parameters"])
        let plan = FaultPlan(
            runbook: root.text("runbook") ?? "", nodes: nodes, watch: root.list("watch").compactMap(readWatched),
            busy: root.texts("busy"), parameters: values.texts, printedParameters: values.printed,
            faults: root.list("faults").map(readFault),
            path: source.path)
        FaultsChecks(plan: plan, reader: self).run()
        return plan
    }

    // MARK: Nodes

    private func readNodes(_ entry: YAMLEntry) -> [LabNode] {
        guard let set = nodeSet(entry.key, at: entry.keyMark, isNew: true) else { return [] }
        let node = entry.value
        let variables = (node["vars"]?.entries ?? []).reduce(into: [String: Value]()) { $0[$1.key] = $1.value.value }
        return set.names.map { name in
            LabNode(
                name: name, roles: node.texts("roles"), groups: node.texts("groups"), variables: variables,
                setup: scripts(node["setup"], default: .nodes(NodeSet(names: [name])), of: NodeSet(names: [name])))
        }
    }

    private func checkTwice(_ nodes: [LabNode]) {
        var seen: Set<String> = []
        for node in nodes where !seen.insert(node.name).inserted {
            report(root["nodes"] ?? root, "the node \(node.name) is there twice", hint: "keep one of them")
        }
    }

    private func nodeSet(_ text: String, at mark: YAMLMark, isNew: Bool = false) -> NodeSet? {
        do throws(NodeSetError) {
            let set = try NodeSet(parsing: text)
            let strangers = isNew ? NodeSet() : set.subtracting(known)
            guard strangers.isEmpty else {
                let near = strangers.names.first.flatMap { Spelling.nearest(to: $0, among: known.names) }
                report(
                    mark, "the test has no node \(strangers.folded)",
                    hint: near.map { "did you mean '\($0)'?" } ?? "there are \(known.folded)")
                return nil
            }
            if set.isEmpty { report(mark, "the node set is empty") }
            return set.isEmpty ? nil : set
        } catch {
            report(mark, error.sentence.asDiagnostic, hint: error.mend.asDiagnostic)
            return nil
        }
    }

    // MARK: Faults

    private func readFault(_ node: YAMLNode) -> Fault {
        let isHost = node.text("on") == "host"
        let on = isHost ? nil : node["on"].flatMap { nodeSet($0.scalar?.text ?? "", at: $0.mark) }
        let place: LabScript.Place
        var targets = node["targets"].flatMap { nodeSet($0.scalar?.text ?? "", at: $0.mark) } ?? on ?? NodeSet()
        if runbook.targets == .controller { targets = NodeSet(names: ["controller"]) }
        if isHost {
            place = .host(for: targets)
            if targets.isEmpty {
                report(
                    node["on"] ?? node, "it does not say which nodes the runbook is applied to", hint: "add 'targets'")
            }
        } else {
            place = .nodes(on ?? NodeSet())
        }
        let values = readParameters(node["parameters"])
        for (name, _) in values.printed {
            report(node["parameters"] ?? node, "'\(name)' can be printed for the whole file only", hint: "move it up")
        }
        return Fault(
            id: node.text("id") ?? "", title: node.text("title") ?? "", supportCase: node.text("case"),
            causes: node.texts("cause"), behind: node.texts("behind"), targets: targets,
            inject: scripts(node["inject"], default: place, of: on ?? targets),
            independent: scripts(node["independent"], default: place, of: on ?? targets), blind: node.texts("blind"),
            wrong: node.text("wrong"), watch: node.list("watch").compactMap(readWatched),
            notRestored: node.list("not_restored").compactMap(readWatched), parameters: values.texts,
            ending: node["expect"]?.choice("outcome", Fault.Ending.self) ?? .remediated,
            isAlone: node.bool("alone") ?? false, standIns: node.texts("stand_ins"),
            position: source.position(node.mark))
    }

    /// `nodes` are those that a `host` script runs for.
    private func scripts(_ node: YAMLNode?, default place: LabScript.Place, of nodes: NodeSet) -> [LabScript] {
        guard let node else { return [] }
        if let text = node.scalar?.text {
            lookForDeadConditions(node)
            return [LabScript(text, at: place)]
        }
        return (node.items ?? [node]).map { item in
            var own = place
            if let on = item["on"], let text = on.scalar?.text {
                own = text == "host" ? .host(for: nodes) : .nodes(nodeSet(text, at: on.mark) ?? NodeSet())
            }
            let shell = item.choice("shell", Invocation.Shell.self) ?? .sh
            if shell != .python3, let script = item["script"] { lookForDeadConditions(script) }
            return LabScript(item.text("script") ?? "", shell: shell, at: own)
        }
    }

    private func lookForDeadConditions(_ script: YAMLNode) {
        for warning in source.deadConditions(script, errexit: true) { bag.add(warning) }
    }

    // MARK: What is watched, and with which values

    private func readWatched(_ node: YAMLNode) -> WatchedThing? {
        if let text = node.scalar?.text {
            if text.hasPrefix("/") { return WatchedThing(.path, text) }
            let parts = text.split(separator: ":", maxSplits: 1).map(String.init)
            guard let kind = parts.first.flatMap(WatchedThing.Kind.init) else { return nil }
            return WatchedThing(kind, parts.count > 1 ? parts[1] : "")
        }
        let on = node["on"].flatMap { nodeSet($0.scalar?.text ?? "", at: $0.mark) }
        for kind in WatchedThing.Kind.allCases {
            if let subject = node.text(kind.rawValue) { return WatchedThing(kind, subject, on: on) }
        }
        return nil
    }

    private func readParameters(_ node: YAMLNode?) -> (texts: [String: String], printed: [String: LabScript]) {
        var texts: [String: String] = [:]
        var printed: [String: LabScript] = [:]
        for entry in node?.entries ?? [] {
            guard let parameter = runbook.parameters.first(where: { $0.name == entry.key }) else {
                let near = Spelling.nearest(to: entry.key, among: runbook.parameters.map(\.name))
                report(
                    entry.keyMark, "runbook '\(runbook.name)' has no parameter '\(entry.key)'",
                    hint: near.map { "did you mean '\($0)'?" })
                continue
            }
            if let script = entry.value.text("printed"), let on = entry.value["on"] {
                let place: LabScript.Place =
                    on.scalar?.text == "host"
                    ? .host(for: NodeSet()) : .nodes(nodeSet(on.scalar?.text ?? "", at: on.mark) ?? NodeSet())
                printed[entry.key] = LabScript(script, at: place)
                continue
            }
            let text = entry.value.writtenValue.typedText
            do throws(ValueError) {
                _ = try parameter.value(parsing: text)
                texts[entry.key] = text
            } catch {
                report(entry.value, "parameter '\(entry.key)': \(error.message)", hint: error.hint)
            }
        }
        return (texts, printed)
    }

    // MARK: Reports

    func report(_ node: YAMLNode, _ message: String, hint: String? = nil) {
        bag.add(validator.diagnostic(node.mark, message, hint: hint))
    }

    private func report(_ mark: YAMLMark, _ message: String, hint: String? = nil) {
        bag.add(validator.diagnostic(mark, message, hint: hint))
    }
}

extension Value {
    /// As an operator types it: a list as `a,b`, a map as `k=v,k=v`.
    fileprivate var typedText: String {
        switch self {
        case .list(let items): items.map(\.typedText).joined(separator: ",")
        case .map(let entries):
            entries.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value.typedText)" }.joined(separator: ",")
        default: displayText
        }
    }
}
