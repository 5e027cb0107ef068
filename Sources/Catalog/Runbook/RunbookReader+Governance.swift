import Foundation
import Model

extension RunbookReader {
    func readTargets() -> Targets {
        guard let node = root["targets"], let text = node.scalar?.text else { return .nodes("") }
        if text == "controller" { return .controller }
        checkSelector(node)
        return .nodes(text)
    }

    /// Whether a node set's syntax holds; who is in it is known with the inventory.
    func checkSelector(_ node: YAMLNode) {
        guard let text = node.scalar?.text else { return }
        if let fault = SelectorSyntax.fault(in: text) {
            report(source.mark(of: fault.offset, in: node), fault.message, hint: fault.hint)
        }
    }

    func readRequirements() -> [Requirement] {
        root.list("requires").compactMap { node in
            if let command = node.text("command") { return .command(command) }
            if let space = node["free_space"] {
                let use = ValueUse(need: .size, refusesTaint: true)
                guard let least = template(space["at_least"], scope(.beforeRun), use) else { return nil }
                checkPath(space["path"])
                return .freeSpace(path: space.text("path") ?? "/", atLeast: least)
            }
            if node["os"] != nil { return .os(node.texts("os")) }
            if let file = node.text("file") {
                checkPath(node["file"])
                return .file(file)
            }
            if let unit = node.text("unit") { return .unit(unit) }
            return node.text("role").map(Requirement.role)
        }
    }

    func checkPath(_ node: YAMLNode?) {
        guard let node, let text = node.scalar?.text, !text.contains("${{"), !AddressText.isPath(text) else { return }
        report(node, "'\(SafeText(text).singleLine)' is no absolute path without '..'")
    }

    func readStrategy() -> Strategy {
        guard let node = root["strategy"] else { return Strategy() }
        let canary = node.oneOrMore("canary")
        let limits = (node["limits"]?.entries ?? []).compactMap { entry in
            entry.value.scalar.flatMap(ShareText.parse).map { (entry.key, $0) }
        }
        for place in canary + [node["batch"]].compactMap(\.self) {
            guard let share = place.scalar.flatMap(ShareText.parse) else { continue }
            if share == .count(0) || share == .percent(0) { report(place, "a wave of no nodes never ends") }
        }
        return Strategy(
            order: node.choice("order", Strategy.Order.self) ?? .nodeFirst,
            canary: canary.compactMap { $0.scalar.flatMap(ShareText.parse) }, batch: node.share("batch"),
            concurrency: node.integer("concurrency") ?? 64,
            limits: Dictionary(limits, uniquingKeysWith: { first, _ in first }),
            maxFailures: node.share("max_failures") ?? .count(0), soak: node.duration("soak") ?? .zero,
            spread: node.text("spread"))
    }

    /// Who approves, when, and who is told.
    var governance: GovernanceKeys {
        GovernanceKeys { [unowned self] node, message, hint in report(node, message, hint: hint) }
    }

    func readSchedule() -> Schedule? {
        guard let node = root["schedule"] else { return nil }
        let keys = ScheduleKeys { [unowned self] node, message, hint in report(node, message, hint: hint) }
        return keys.schedule(node, parameters: readScheduleParameters(node["parameters"]))
    }

    private func readScheduleParameters(_ node: YAMLNode?) -> [String: Value] {
        var values: [String: Value] = [:]
        for entry in node?.entries ?? [] {
            guard let parameter = parameters.first(where: { $0.name == entry.key }) else {
                reportUnknownParameter(entry, of: "the runbook", known: parameters)
                continue
            }
            do throws(ValueError) {
                values[entry.key] = try parameter.value(converting: entry.value.writtenValue)
            } catch {
                report(entry.value, "'\(entry.key)' does not fit: \(error.message)", hint: error.hint)
            }
        }
        return values
    }

    func reportUnknownParameter(_ entry: YAMLEntry, of owner: String, known: [Parameter]) {
        let near = Spelling.nearest(to: entry.key, among: known.map(\.name))
        report(entry.keyMark, "\(owner) has no parameter '\(entry.key)'", hint: near.map { "did you mean '\($0)'?" })
    }
}
