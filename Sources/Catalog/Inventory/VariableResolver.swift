import Model

/// Decides which value of a variable holds on a node: its own set before its groups, a group before one that contains
/// it. Groups of which none contains the other must agree.
struct VariableResolver {
    let draft: InventoryDraft
    let groups: ResolvedGroups
    let bag: DiagnosticBag

    private struct Candidate {
        var set: NodeSet
        var isGroup: Bool
        var text: String
        var setting: InventoryDraft.Setting
        /// Tells sets apart without comparing them.
        var index: Int
    }

    func resolved() -> [String: [String: Value]] {
        var candidates: [String: [String: [Candidate]]] = [:]
        for (index, variables) in draft.variables.enumerated() {
            guard let set = members(variables) else { continue }
            for setting in variables.values {
                let candidate = Candidate(
                    set: set, isGroup: variables.text.contains("@"), text: variables.text, setting: setting,
                    index: index)
                for name in set.names { candidates[name, default: [:]][setting.key, default: []].append(candidate) }
            }
        }
        // Nodes with the same candidates have the same answer.
        var answers: [String: Value] = [:]
        return candidates.mapValues { own in
            own.reduce(into: [String: Value]()) { values, entry in
                let (key, candidates) = entry
                let signature = key + "/" + candidates.map { String($0.index) }.joined(separator: ",")
                if let known = answers[signature] {
                    values[key] = known
                } else {
                    let value = choose(candidates)
                    answers[signature] = value
                    values[key] = value
                }
            }
        }
    }

    private func members(_ variables: InventoryDraft.Variables) -> NodeSet? {
        do throws(NodeSetError) {
            let set = try NodeSet(parsing: variables.text, resolver: groups.lookup)
            let strangers = set.subtracting(groups.lookup.allNodes)
            if !strangers.isEmpty {
                let severity: Diagnostic.Severity = draft.sources.isEmpty ? .error : .warning
                bag.add(
                    variables.place.diagnostic(
                        "variables for nodes that are not in the inventory: \(strangers.folded)",
                        hint: "check the zeros (gpu1 is not gpu01), or add them under 'nodes'", severity: severity))
            }
            return set.subtracting(strangers)
        } catch {
            bag.add(variables.place.diagnostic(error.sentence.asDiagnostic, hint: error.mend.asDiagnostic))
            return nil
        }
    }

    private func choose(_ candidates: [Candidate]) -> Value {
        let own = candidates.filter { !$0.isGroup }
        let narrowest = own.isEmpty ? minimal(candidates) : smallest(own)
        let first = narrowest[0]
        for other in narrowest.dropFirst() where other.setting.value != first.setting.value || other.set == first.set {
            let isSame = other.set == first.set && other.text == first.text
            bag.add(
                other.setting.place.diagnostic(
                    isSame
                        ? "'\(first.setting.key)' of \(first.text) is set twice"
                        : "'\(first.setting.key)' is set differently by \(first.text) and \(other.text), and neither is narrower",
                    hint: "the first is at \(first.setting.place.position)"
                        + (isSame ? "" : "; set it for \(other.set.intersectionText(first.set)) alone")))
        }
        return first.setting.value
    }

    private func smallest(_ candidates: [Candidate]) -> [Candidate] {
        let size = candidates.map(\.set.count).min() ?? 0
        return candidates.filter { $0.set.count == size }
    }

    /// Those that contain no other of them.
    private func minimal(_ candidates: [Candidate]) -> [Candidate] {
        guard candidates.count > 1 else { return candidates }
        return candidates.filter { candidate in
            !candidates.contains { $0.set.count < candidate.set.count && $0.set.isSubset(of: candidate.set) }
        }
    }
}

extension NodeSet {
    /// The common nodes, folded.
    fileprivate func intersectionText(_ other: NodeSet) -> String { subtracting(subtracting(other)).folded }
}
