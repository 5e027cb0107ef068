import Model

/// Holds a runbook against the inventory that it is to be used with.
///
/// What a site may have or not (a group, a role) is a warning: a runbook is shared. What can only be a mistake, where the
/// inventory declares such things at all, is an error.
package struct SiteChecks {
    private let site: LoadedInventory?

    /// - Parameter site: nil where there is none that could be read: then only the runbook's own job is checked.
    package init(_ site: LoadedInventory?) { self.site = site }

    /// Groups, calendars, approvers and roles that the runbook names and the inventory does not have, and what its own
    /// job lacks.
    package func problems(of runbook: Runbook) -> [Diagnostic] {
        guard let file = runbook.sources.first,
            let (root, source) = YAMLParser.parse(file.bytes, path: file.path, bag: DiagnosticBag())
        else { return [] }
        let bag = DiagnosticBag()
        let report = SiteReport(source: source, bag: bag)
        checkJob(runbook, root, report)
        guard let site else { return bag.sorted }
        if site.knowsAllNodes {
            checkTargets(runbook, root, site, report)
            checkPlaces(root, site, report)
        }
        checkCalendar(root, site, report)
        checkApprovers(root, site, report)
        return bag.sorted
    }

    /// The runbook can be used by hand all the same, so its file is not wrong.
    private func checkJob(_ runbook: Runbook, _ root: YAMLNode, _ report: SiteReport) {
        guard let node = root["schedule"], let schedule = runbook.schedule else { return }
        for parameter in runbook.parameters where parameter.isNeeded && schedule.parameters[parameter.name] == nil {
            report.error(
                node, "the schedule gives no '\(parameter.name)', which every run needs",
                "add it under its 'parameters', or give it a default")
        }
    }

    private func checkTargets(
        _ runbook: Runbook, _ root: YAMLNode, _ site: LoadedInventory, _ report: SiteReport
    ) {
        if let node = root["targets"], case .nodes(let text) = runbook.targets,
            let fault = site.inventory.fault(selecting: text)
        {
            report.warn(node, "the inventory does not have the targets: \(fault.message)", fault.hint)
        }
        if let node = root["schedule"]?["nodes"], let text = node.scalar?.text,
            let fault = site.inventory.fault(selecting: text)
        {
            report.error(node, "the nodes of the schedule can't be told: \(fault.message)", fault.hint)
        }
    }

    private func checkCalendar(_ root: YAMLNode, _ site: LoadedInventory, _ report: SiteReport) {
        guard let node = root["window"]?["calendar"], let name = node.scalar?.text else { return }
        let known = site.calendars.map(\.name)
        guard !known.contains(name) else { return }
        let near = Spelling.nearest(to: name, among: known)
        let message = "the inventory declares no calendar '\(SafeText(name).singleLine)'"
        if known.isEmpty {
            report.warn(node, message, "declare it under 'windows' in Inventory/windows.yaml")
        } else {
            report.error(
                node, message,
                near.map { "did you mean '\($0)'?" } ?? "there are \(known.sorted().joined(separator: ", "))")
        }
    }

    private func checkApprovers(_ root: YAMLNode, _ site: LoadedInventory, _ report: SiteReport) {
        let checks = ApproverChecks(access: site.access)
        let keys = GovernanceKeys { _, _, _ in }
        for block in ([root["approve"]] + root.list("steps").map { $0["approve"] }).compactMap(\.self) {
            let faults = checks.faults(of: keys.approval(block))
            for fault in faults {
                let place =
                    switch fault.place {
                    case .approver(let index): block.list("approvers")[index]
                    case .minimum: block["min_approvals"] ?? block
                    }
                if fault.isError {
                    report.error(place, fault.message, fault.hint)
                } else {
                    report.warn(place, fault.message, fault.hint)
                }
            }
            // That nobody can approve is said once.
            if site.access == nil, !faults.isEmpty { return }
        }
    }

    /// Hosts that do something for others; each name once, where it stands first.
    private func checkPlaces(_ root: YAMLNode, _ site: LoadedInventory, _ report: SiteReport) {
        var seen: Set<String> = []
        var places = root.list("requires").compactMap { node in
            node["role"].map { ($0, "role:" + ($0.scalar?.text ?? "")) }
        }
        let entries = ["detect", "diagnose", "steps", "verify", "always"].flatMap(root.list)
        for node in entries.flatMap({ [$0] + ($0["escalate"]?.list("rungs") ?? []) }) {
            if let place = node["on"], let text = place.scalar?.text { places.append((place, text)) }
        }
        for (place, text) in places where seen.insert(text).inserted {
            if let role = text.after("role:"), !site.inventory.roles.isEmpty, site.inventory.roles[role] == nil {
                let near = Spelling.nearest(to: role, among: site.inventory.roles.keys.sorted())
                report.warn(
                    place, "no host of the inventory has the role '\(SafeText(role).singleLine)'",
                    near.map { "did you mean '\($0)'?" } ?? "name it under 'roles'")
            }
            if let group = text.after("group:"), site.inventory.groups[group] == nil {
                let near = Spelling.nearest(to: group, among: site.inventory.groups.keys.sorted())
                report.warn(
                    place, "the inventory has no group '\(SafeText(group).singleLine)'",
                    near.map { "did you mean '\($0)'?" } ?? "name it under 'groups'")
            }
        }
    }
}

extension LoadedInventory {
    /// Whether the files say all of it; programs that list further nodes are not asked by checks.
    var knowsAllNodes: Bool { sources.isEmpty }
}

extension Inventory {
    /// Why `text` selects no nodes, as diagnostics are written; nil where it selects some.
    func fault(selecting text: String) -> (message: String, hint: String)? {
        do throws(NodeSetError) {
            _ = try NodeSet(selecting: text, from: self)
            return nil
        } catch {
            return (error.sentence.asDiagnostic, error.mend.asDiagnostic)
        }
    }
}

extension String {
    /// What follows `prefix`; nil where the text does not begin with it.
    func after(_ prefix: String) -> String? { hasPrefix(prefix) ? String(dropFirst(prefix.count)) : nil }
}
