import Model

/// Decides for each node and key which entry holds: the narrowest set that says something.
struct NodeSettings {
    let draft: InventoryDraft
    let bag: DiagnosticBag

    /// What holds for one node.
    struct Resolved {
        var address: String?
        var labels: [String: String] = [:]
        /// By `ssh.user`, `become.method`.
        var values: [String: Value] = [:]
    }

    private struct Candidate {
        var value: Value
        var entry: Int
    }

    /// The node on whom two entries of equal size disagree.
    private struct Conflict: Hashable {
        var first: Int
        var second: Int
        var key: String
    }

    func resolved() -> [String: Resolved] {
        // Narrow entries come last and overwrite wide ones.
        let order = draft.nodes.indices.sorted { draft.nodes[$0].set.count > draft.nodes[$1].set.count }
        var candidates: [String: [String: Candidate]] = [:]
        var conflicts: [Conflict: String] = [:]
        for index in order {
            let entry = draft.nodes[index]
            for (position, name) in entry.names.enumerated() {
                var own = candidates[name] ?? [:]
                for setting in entry.settings {
                    var value = setting.value
                    if setting.key == "address" {
                        guard entry.addresses.count == entry.names.count else { continue }
                        value = .string(entry.addresses[position])
                    }
                    if let former = own[setting.key], draft.nodes[former.entry].set.count == entry.set.count,
                        former.value != value || draft.nodes[former.entry].set == entry.set
                    {
                        let pair = Conflict(first: former.entry, second: index, key: setting.key)
                        if conflicts[pair] == nil { conflicts[pair] = name }
                    }
                    own[setting.key] = Candidate(value: value, entry: index)
                }
                candidates[name] = own
            }
        }
        for (conflict, name) in conflicts { report(conflict, on: name) }
        return candidates.mapValues(Self.resolve)
    }

    private static func resolve(_ own: [String: Candidate]) -> Resolved {
        var resolved = Resolved()
        for (key, candidate) in own {
            if key == "address" {
                resolved.address = candidate.value.displayText
            } else if key.hasPrefix("labels.") {
                resolved.labels[String(key.dropFirst("labels.".count))] = candidate.value.displayText
            } else {
                resolved.values[key] = candidate.value
            }
        }
        return resolved
    }

    private func report(_ conflict: Conflict, on name: String) {
        let first = draft.nodes[min(conflict.first, conflict.second)]
        let second = draft.nodes[max(conflict.first, conflict.second)]
        let place = second.settings.first { $0.key == conflict.key }?.place ?? second.place
        let other = first.settings.first { $0.key == conflict.key }?.place ?? first.place
        let message =
            first.set == second.set
            ? "'\(conflict.key)' of \(second.text) is set twice"
            : "'\(conflict.key)' of \(name) is set by \(second.text) and by \(first.text), which are equally wide"
        let hint =
            first.set == second.set
            ? "the first is at \(other.position)" : "the other is at \(other.position); set it for \(name) alone"
        bag.add(place.diagnostic(message, hint: hint))
    }
}
