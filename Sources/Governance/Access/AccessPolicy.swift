import Model

/// Decides who may do what: the access file's rules from the top, the first that fits decides, and what none fits is
/// refused. Without an access file everybody may everything but break the glass.
package struct AccessPolicy: Sendable {
    private let file: AccessFile?
    package let people: People
    /// The nodes of each rule that names some.
    private let nodes: [NodeSet?]

    /// Takes the rules with their node sets, which `resolve` knows.
    package init(_ file: AccessFile?, resolve: (AccessFile.Rule, String) throws -> NodeSet) rethrows {
        self.file = file
        people = People(file)
        nodes = try file?.rules.map { rule in try rule.nodes.map { try resolve(rule, $0) } } ?? []
    }

    /// Whether there are rules at all.
    package var isInForce: Bool { file != nil }

    /// Of the file that it was read from.
    package var digest: String? { file?.digest }

    /// Answers whether `subject` may do `action` with `runbook` on `set`; nil where it is about none.
    package func decide(
        _ subject: People.Subject, _ action: AccessAction, runbook: String? = nil, nodes set: NodeSet? = nil
    ) -> AccessDecision {
        guard let file else {
            let isAllowed = action != .breakGlass
            return AccessDecision(
                subject: subject, action: action,
                parts: [AccessDecision.Part(isAllowed: isAllowed, rule: nil, nodes: nil)], isInForce: false)
        }
        var parts: [AccessDecision.Part] = []
        var rest = set
        for (rule, ruleNodes) in zip(file.rules, nodes) {
            guard rule.actions.contains(action), rule.subjects.contains(where: { people.holds($0, for: subject) }),
                PatternList.fits(rule.runbooks, runbook)
            else { continue }
            guard let ruleNodes else {
                parts.append(AccessDecision.Part(isAllowed: rule.allows, rule: rule, nodes: rest))
                return AccessDecision(subject: subject, action: action, parts: parts, isInForce: true)
            }
            guard let open = rest else { continue }
            let part = open.intersection(ruleNodes)
            if part.isEmpty { continue }
            parts.append(AccessDecision.Part(isAllowed: rule.allows, rule: rule, nodes: part))
            let left = open.subtracting(part)
            if left.isEmpty { return AccessDecision(subject: subject, action: action, parts: parts, isInForce: true) }
            rest = left
        }
        parts.append(AccessDecision.Part(isAllowed: false, rule: nil, nodes: rest))
        return AccessDecision(subject: subject, action: action, parts: parts, isInForce: true)
    }
}

/// Whether somebody may do something, and by which lines of the access file.
package struct AccessDecision: Sendable, Hashable {
    package struct Part: Sendable, Hashable {
        package var isAllowed: Bool
        /// Nil: no rule fits.
        package var rule: AccessFile.Rule?
        /// Of these nodes; nil where it is about none.
        package var nodes: NodeSet?
    }

    package let subject: People.Subject
    package let action: AccessAction
    package let parts: [Part]
    package let isInForce: Bool

    package var isAllowed: Bool { parts.allSatisfy(\.isAllowed) }

    /// One line a part: the answer, and the line of the file that gives it.
    package var explanation: [String] {
        parts.map { part in
            let nodes = part.nodes.map { $0.isEmpty ? "" : " on \($0.folded)" } ?? ""
            let answer = "\(part.isAllowed ? "allowed" : "refused")\(nodes)"
            guard isInForce else {
                return answer
                    + (part.isAllowed
                        ? ": there is no access file, so everybody may" : ": it takes an access file that allows it")
            }
            guard let rule = part.rule else { return "\(answer): no rule of the access file allows it" }
            return "\(answer) by \(rule.position)"
        }
    }

    /// Why not, in one sentence.
    package var refusal: String {
        let reasons = zip(parts, explanation).filter { !$0.0.isAllowed }.map(\.1)
        return "\(subject) may not \(action.rawValue): \(reasons.joined(separator: "; "))."
    }
}
