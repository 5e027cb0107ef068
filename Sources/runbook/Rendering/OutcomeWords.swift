import Model

extension OutcomeClass {
    /// How the class is coloured: good, to be looked at, bad.
    func styled(_ text: String, _ style: Style) -> String {
        switch self {
        case .healthy, .remediated: style.green(text)
        case .advised, .broken, .skipped, .notStarted, .cancelled, .rolledBack, .inconclusive: style.yellow(text)
        case .failed, .rollbackFailed, .unreachable, .unknown: style.red(text)
        }
    }

    /// In one line, what it means.
    var meaning: String {
        switch self {
        case .healthy: "nothing to do"
        case .remediated: "repaired and verified"
        case .advised: "a person has to act"
        case .broken: "found broken, not touched"
        case .failed: "not well, not undone"
        case .rolledBack: "not repaired, put back as it was"
        case .rollbackFailed: "not repaired, and the undo failed"
        case .unreachable: "could not be reached"
        case .inconclusive: "the probes could not tell, not touched"
        case .skipped: "left out by a requirement, a limit, or because no step applied"
        case .notStarted: "the run stopped before it, or was refused it"
        case .cancelled: "stopped after its first change"
        case .unknown: "nobody can tell how it ended"
        }
    }
}

extension NodeOutcome {
    /// Its text without the node's own name, so that the same end of two nodes reads the same.
    func words(without node: String) -> String {
        guard text.utf8.firstRange(of: node.utf8) != nil else { return text }
        return text.split(separator: " ").map { $0.contains(node) ? "*" : $0 }.joined(separator: " ")
    }
}

extension Int {
    /// `1 node`, `5 nodes`.
    func nodes() -> String { self == 1 ? "1 node" : "\(self) nodes" }
}
