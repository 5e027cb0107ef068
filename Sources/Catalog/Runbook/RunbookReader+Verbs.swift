import Model

extension RunbookReader {
    /// An absolute path.
    func path(_ node: YAMLNode?, _ scope: ExpressionScope) -> Template {
        checkPath(node)
        return template(node, scope, .target) ?? .literal(.string("/"))
    }

    func readFile(_ node: YAMLNode, _ scope: ExpressionScope, _ shell: Invocation.Shell) -> FileVerb {
        FileVerb(
            path: path(node["path"], scope), content: readContent(node, scope),
            owner: template(node["owner"], scope, .target), group: template(node["group"], scope, .target),
            mode: node.text("mode").map { $0.count == 3 ? "0" + $0 : $0 }, validate: script(node, "validate", shell))
    }

    private func readContent(_ node: YAMLNode, _ scope: ExpressionScope) -> FileVerb.Content {
        if let content = node["content"] {
            return template(content, scope).map(FileVerb.Content.text) ?? .unchanged
        }
        if let place = node["source"], let path = place.scalar?.text {
            return .source(path: path, bytes: readBeside(place, path) ?? [])
        }
        if let place = node["template"], let path = place.scalar?.text {
            let bytes = readBeside(place, path) ?? []
            guard let text = String(validating: bytes, as: UTF8.self) else {
                report(place, "the template '\(path)' is not valid UTF-8")
                return .template(path: path, text: "")
            }
            return .template(path: path, text: text)
        }
        return node.bool("absent") == true ? .absent : .unchanged
    }

    /// The bytes of a file beside the runbook, which become part of the plan's digest.
    private func readBeside(_ node: YAMLNode, _ path: String) -> [UInt8]? {
        switch surroundings.readBeside(source.path, path) {
        case .success(let file):
            if !surroundings.areKept, let text = String(validating: file.bytes, as: UTF8.self),
                let fault = ReadingOrder.fault(in: text, of: SourceText(path: file.path, text: text))
            {
                bag.add(fault)
            }
            extraSources.append(file)
            return file.bytes
        case .failure(let fault):
            report(node, fault.message, hint: fault.hint)
            return nil
        }
    }

    func readEdit(_ node: YAMLNode, _ scope: ExpressionScope, _ shell: Invocation.Shell) -> EditVerb {
        let isAbsent = node.bool("absent") ?? false
        let change: EditVerb.Change
        if let key = node["key"] {
            demand(node, "value", unless: isAbsent, because: "key")
            change = .keyValue(
                key: template(key, scope, .target) ?? .literal(.string("")),
                value: template(node["value"], scope) ?? .literal(.string("")), separator: node.text("separator") ?? "="
            )
        } else if let match = node["match"] {
            demand(node, "line", unless: isAbsent, because: "match")
            change = .line(
                match: pattern(match) ?? "", line: template(node["line"], scope) ?? .literal(.string("")))
        } else {
            change = .block(
                text: template(node["block"], scope) ?? .literal(.string("")), marker: node.text("marker") ?? "runbook")
        }
        refuse(node, ["value", "separator"], without: "key")
        refuse(node, ["line"], without: "match")
        refuse(node, ["marker"], without: "block")
        return EditVerb(
            path: path(node["path"], scope), change: change, isAbsent: isAbsent,
            validate: script(node, "validate", shell))
    }

    private func demand(_ node: YAMLNode, _ key: String, unless isNotNeeded: Bool, because other: String) {
        if node[key] == nil, !isNotNeeded {
            report(node, "'\(other)' needs a '\(key)'", hint: "add '\(key)', or absent: true to remove it")
        }
    }

    private func refuse(_ node: YAMLNode, _ keys: [String], without other: String) {
        for key in keys where node[other] == nil {
            if let place = node[key] { report(place, "'\(key)' goes with '\(other)'", hint: "add '\(other)'") }
        }
    }

    private func familyName(_ node: YAMLNode?, _ scope: ExpressionScope) -> FamilyName {
        guard let node else { return .same(.literal(.string(""))) }
        guard let entries = node.entries else {
            return .same(template(node, scope, .target) ?? .literal(.string("")))
        }
        let pairs = entries.compactMap { entry in
            template(entry.value, scope, .target).map { (entry.key, $0) }
        }
        return .byFamily(Dictionary(pairs, uniquingKeysWith: { first, _ in first }))
    }

    func readService(_ node: YAMLNode, _ scope: ExpressionScope) -> ServiceVerb {
        PlatformChecks(reader: self).checkName(node["name"], noun: "service")
        if node.bool("masked") == true, let state = node["state"], state.scalar?.text != "stopped" {
            report(state, "a masked service can't be \(state.scalar?.text ?? "started")")
        }
        return ServiceVerb(
            name: familyName(node["name"], scope), state: node.choice("state", ServiceVerb.State.self),
            enabled: node.bool("enabled"), masked: node.bool("masked"))
    }

    func readPackage(_ node: YAMLNode, _ scope: ExpressionScope) -> PackageVerb {
        let places = node["names"]?.items ?? [node["name"]].compactMap(\.self)
        if let names = node["names"], places.isEmpty { report(names, "no package is named") }
        let formers = node["instead_of"]?.items ?? []
        for place in places + formers { PlatformChecks(reader: self).checkName(place, noun: "package") }
        let state = node.choice("state", PackageVerb.State.self) ?? .present
        if let version = node["version"], state != .present {
            report(
                version, "a version goes with state: present, not with \(state.rawValue)", hint: "leave one of them out"
            )
        }
        if let formers = node["instead_of"], state == .absent {
            report(formers, "nothing is installed that could take their place", hint: "add them to 'names'")
        }
        return PackageVerb(
            names: places.map { familyName($0, scope) }, insteadOf: formers.map { familyName($0, scope) }, state: state,
            version: template(node["version"], scope, .target), allowDowngrade: node.bool("allow_downgrade") ?? false)
    }

    func readMount(_ node: YAMLNode, _ scope: ExpressionScope) -> MountVerb {
        let state = node.choice("state", MountVerb.State.self) ?? .mounted
        if state == .mounted, node["source"] == nil, node.bool("fstab") == true {
            report(node, "an fstab entry needs a 'source'")
        }
        return MountVerb(
            path: path(node["path"], scope), source: template(node["source"], scope, .target),
            type: template(node["type"], scope, .target), options: template(node["options"], scope, .target),
            state: state, fstab: node.bool("fstab") ?? false)
    }

    func readUser(_ node: YAMLNode, _ scope: ExpressionScope) -> UserVerb {
        let isAbsent = node.bool("absent") ?? false
        if isAbsent, node["key"] == nil, let place = node["absent"] {
            report(place, "'absent' removes a key", hint: "add 'key'")
        }
        return UserVerb(
            name: template(node["name"], scope, .target) ?? .literal(.string("")),
            key: template(node["key"], scope, .target), isAbsent: isAbsent, locked: node.bool("locked"),
            expire: node.bool("expire"))
    }
}
