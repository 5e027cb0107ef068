import Crypto
import Model

/// Reads the files of an inventory into a draft. Confined to one loading.
final class InventoryReader {
    let bag: DiagnosticBag
    var draft = InventoryDraft()
    private var source = SourceText(path: "", text: "")
    private var validator: SchemaValidator

    init(bag: DiagnosticBag) {
        self.bag = bag
        validator = SchemaValidator(source: SourceText(path: "", text: ""), bag: bag)
    }

    func read(_ files: [(path: String, bytes: [UInt8])]) -> InventoryDraft {
        for file in files {
            guard let (node, source) = YAMLParser.parse(file.bytes, path: file.path, bag: bag) else { continue }
            self.source = source
            validator = SchemaValidator(source: source, bag: bag)
            validator.check(node, .block(.inventory), what: "the inventory")
            read(node)
            readAccess(node, file.bytes)
        }
        draft.warnings = bag.diagnostics.filter { $0.severity == .warning }
        return draft
    }

    private func read(_ root: YAMLNode) {
        for setting in settings(root["defaults"], labels: false) {
            if let former = draft.defaults[setting.key] {
                reportTwice("'\(setting.key)' of the defaults", setting.place, former.place)
            }
            draft.defaults[setting.key] = setting
        }
        for entry in root["nodes"]?.entries ?? [] { readNode(entry) }
        readSets(root["groups"], into: \.groups, noun: "group")
        readSets(root["roles"], into: \.roles, noun: "role")
        for entry in root["vars"]?.entries ?? [] { readVariables(entry) }
        for node in root.list("sources") {
            draft.sources.append(
                SourceDeclaration(
                    plugin: node.text("plugin") ?? "",
                    arguments: arguments(node),
                    timeToLive: node.duration("ttl") ?? .seconds(300), position: source.position(node.mark)))
        }
        readCalendars(root)
        readJobs(root)
        readReceivers(root)
        readChangeRules(root)
    }

    private func readAccess(_ root: YAMLNode, _ bytes: [UInt8]) {
        guard let entry = root.entries?.first(where: { $0.key == "access" }), entry.value.entries != nil else { return }
        let digest = SHA256.hash(data: bytes).map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
        let reader = AccessReader(source: source, bag: bag, digest: digest)
        let access = reader.read(entry.value, keyMark: entry.keyMark)
        if let former = draft.access {
            let place = place(entry.keyMark)
            bag.add(place.diagnostic("'access' is set twice", hint: "the first is at \(former.position)"))
        }
        draft.access = access
    }

    // MARK: Nodes

    private func readNode(_ entry: YAMLEntry) {
        let place = place(entry.keyMark)
        guard let (set, names) = nodeSet(entry.key, place) else { return }
        let addresses = readAddresses(entry.value["address"], of: names, text: entry.key)
        var settings = settings(entry.value, labels: true)
        if let address = entry.value["address"] {
            settings.append(
                InventoryDraft.Setting(
                    key: "address", value: .string(address.scalar?.text ?? ""), place: self.place(address.mark)))
        }
        draft.nodes.append(
            InventoryDraft.NodeEntry(
                set: set, text: entry.key, names: names, addresses: addresses, settings: settings, place: place))
    }

    private func nodeSet(_ text: String, _ place: InventoryDraft.Place) -> (NodeSet, [String])? {
        do throws(NodeSetError) {
            return (try NodeSet(parsing: text), try WrittenOrder.names(text, NodeSet.init(plain:)))
        } catch {
            bag.add(place.diagnostic(error.sentence.asDiagnostic, hint: error.mend.asDiagnostic))
            return nil
        }
    }

    private func readAddresses(_ node: YAMLNode?, of names: [String], text: String) -> [String] {
        guard let node, let written = node.scalar?.text else { return [] }
        if AddressText.isIP(written) {
            if names.count > 1 { reportCount(node, 1, names.count, text) }
            return [written]
        }
        do throws(NodeSetError) {
            let addresses = try WrittenOrder.names(written, NodeSet.init(parsingAddresses:))
            if addresses.count != names.count { reportCount(node, addresses.count, names.count, text) }
            for address in addresses where !AddressText.isHost(address) && !AddressText.isIP(address) {
                report(node, "'\(SafeText(address).singleLine)' is no host name and no IP address")
                return []
            }
            return addresses
        } catch {
            report(node, error.sentence.asDiagnostic, hint: error.mend.asDiagnostic)
            return []
        }
    }

    private func reportCount(_ node: YAMLNode, _ addresses: Int, _ names: Int, _ text: String) {
        report(
            node, "\(addresses) \(addresses == 1 ? "address" : "addresses") for the \(names) nodes of \(text)",
            hint: "give each node its own, in the same order")
    }

    /// Keys of `ssh`, `become` and `labels`, each by itself.
    private func settings(_ node: YAMLNode?, labels: Bool) -> [InventoryDraft.Setting] {
        var settings: [InventoryDraft.Setting] = []
        for block in ["ssh", "become"] + (labels ? ["labels"] : []) {
            for entry in node?[block]?.entries ?? [] {
                check(entry, in: block)
                let value = block == "labels" ? Value.string(entry.value.scalar?.text ?? "") : entry.value.value
                settings.append(
                    InventoryDraft.Setting(key: "\(block).\(entry.key)", value: value, place: place(entry.keyMark)))
            }
        }
        return settings
    }

    /// What begins with `-` would be an option where a program is given it.
    private func check(_ entry: YAMLEntry, in block: String) {
        let texts = entry.value.items?.compactMap(\.scalar?.text) ?? [entry.value.scalar?.text].compactMap(\.self)
        switch (block, entry.key) {
        case ("labels", _):
            if !WordForm.label.fits(entry.key) {
                report(
                    entry.keyMark, "'\(SafeText(entry.key).singleLine)' is no name of a label", hint: "for example rack"
                )
            }
        case ("ssh", "user"), ("become", "user"):
            for text in texts where !ConnectionText.isUser(text) {
                report(entry.value, "'\(SafeText(text).singleLine)' is no name of a user")
            }
        case ("ssh", "proxy_jump"):
            for hop in texts.flatMap(ConnectionText.hops) where !ConnectionText.isHop(hop) {
                report(
                    entry.value, "'\(SafeText(hop).singleLine)' is no host to jump through",
                    hint: "a node, or user@host:port")
            }
        default: break
        }
    }

    // MARK: Groups, roles, variables

    private func readSets(
        _ node: YAMLNode?, into path: WritableKeyPath<InventoryDraft, [String: InventoryDraft.NamedSet]>, noun: String
    ) {
        for entry in node?.entries ?? [] {
            if !WordForm.label.fits(entry.key) {
                report(
                    entry.keyMark, "'\(SafeText(entry.key).singleLine)' is no name of a \(noun)",
                    hint: "for example gpu")
                continue
            }
            let place = place(entry.keyMark)
            if let former = draft[keyPath: path][entry.key] {
                reportTwice("the \(noun) '\(entry.key)'", place, former.place)
                continue
            }
            let nodes = entry.value.items ?? [entry.value]
            draft[keyPath: path][entry.key] = InventoryDraft.NamedSet(
                texts: nodes.compactMap(\.scalar?.text), places: nodes.map { self.place($0.mark) }, place: place)
        }
    }

    private func readVariables(_ entry: YAMLEntry) {
        let values = (entry.value.entries ?? []).compactMap { variable -> InventoryDraft.Setting? in
            if !WordForm.variableName.fits(variable.key) {
                report(
                    variable.keyMark, "'\(SafeText(variable.key).singleLine)' is no name of a variable",
                    hint: "for example driver_version")
                return nil
            }
            return InventoryDraft.Setting(
                key: variable.key, value: variable.value.value, place: place(variable.keyMark))
        }
        draft.variables.append(
            InventoryDraft.Variables(text: entry.key, values: values, place: place(entry.keyMark)))
    }

    // MARK: Reports

    private func place(_ mark: YAMLMark) -> InventoryDraft.Place {
        InventoryDraft.Place(position: source.position(mark), line: source.line(mark))
    }

    private func report(_ node: YAMLNode, _ message: String, hint: String? = nil) {
        report(node.mark, message, hint: hint)
    }

    func position(_ mark: YAMLMark) -> SourcePosition { source.position(mark) }

    func report(_ mark: YAMLMark, _ message: String, hint: String? = nil) {
        bag.add(place(mark).diagnostic(message, hint: hint))
    }

    private func reportTwice(_ what: String, _ second: InventoryDraft.Place, _ first: InventoryDraft.Place) {
        bag.add(second.diagnostic("\(what) is set twice", hint: "the first is at \(first.position)"))
    }
}

extension NodeSet {
    /// Without groups and wildcards.
    fileprivate init(plain text: String) throws(NodeSetError) { try self.init(parsing: text) }
}
