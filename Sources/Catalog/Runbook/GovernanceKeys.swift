import Model

/// Reads who approves, in which window and who is told, in a runbook or in an inventory.
struct GovernanceKeys {
    /// Says what is wrong with a value.
    let report: (_ node: YAMLNode, _ message: String, _ hint: String?) -> Void

    func approval(_ node: YAMLNode) -> Approval {
        let approvers = node.texts("approvers")
        let minimum = node.integer("min_approvals") ?? 1
        if let list = node["approvers"], list.items?.isEmpty == true { report(list, "nobody could approve", nil) }
        let persons = approvers.filter { !$0.hasPrefix("role:") }
        if persons.count == approvers.count, !approvers.isEmpty, Set(persons).count < minimum,
            let place = node["min_approvals"]
        {
            report(place, "\(minimum) approvals are needed, but only \(Set(persons).count) may give one", nil)
        }
        return Approval(
            approvers: approvers, minimum: minimum, expires: node.duration("expires") ?? .seconds(4 * 3600),
            allowSelf: node.bool("allow_self") ?? false, message: node.text("message") ?? "",
            coverage: node.text("coverage").flatMap(Percentage.parse))
    }

    func window(_ node: YAMLNode) -> WindowRequirement {
        WindowRequirement(
            calendar: node.text("calendar") ?? "",
            onClose: node.choice("on_close", WindowRequirement.OnClose.self) ?? .finishWave)
    }

    /// - Parameter position: says where a node stands in its file.
    func notifications(_ node: YAMLNode, position: (YAMLMark) -> SourcePosition) -> Notifications {
        var notifications = Notifications()
        for occasion in Notifications.Occasion.allCases {
            for item in node.list(occasion.key) {
                guard let name = item.scalar?.text else { continue }
                notifications.receivers[occasion, default: []].append(name)
                if notifications.positions[name] == nil { notifications.positions[name] = position(item.mark) }
            }
        }
        return notifications
    }
}
