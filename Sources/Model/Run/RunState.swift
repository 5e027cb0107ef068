/// A run as its events tell it: the one fold behind the live view, reports, history and resume.
///
/// It takes every time and id from the events, so folding the same events gives the same state.
package struct RunState: Sendable, Hashable, Codable {
    package private(set) var header: RunHeader?
    package private(set) var phase: RunPhase = .surveying
    /// Of the last event, from 1.
    package private(set) var sequence = 0
    /// Milliseconds since 1970 of the first and the last event.
    package private(set) var started = 0
    package private(set) var updated = 0
    package private(set) var plan: PlanSummary?
    package private(set) var confirmedBy: Requester?
    /// The wave in progress or the last that was, from 0.
    package private(set) var wave: Int?
    package private(set) var endedWaves: Set<Int> = []
    package private(set) var stopReason: String?
    /// How often the run was resumed.
    package private(set) var resumptions = 0
    /// Targets in their order: the index of `InvocationID.target`.
    package private(set) var targets: [String] = []
    package private(set) var nodes: [String: NodeProgress] = [:]
    package private(set) var warnings: [String] = []
    package private(set) var ending: RunEnding?

    /// The state before the first event.
    package init() {}

    /// The state after `events`.
    package init(_ events: some Sequence<RecordedEvent>) {
        for event in events { apply(event) }
    }

    /// Outcome classes that occur, with their number of nodes.
    package var counts: [OutcomeClass: Int] {
        var counts: [OutcomeClass: Int] = [:]
        for node in nodes.values {
            if let outcome = node.outcome?.outcome { counts[outcome, default: 0] += 1 }
        }
        return counts
    }

    /// States of nodes that have no outcome yet, with their number. With `counts` they sum to the targets.
    package var inProgress: [NodeState: Int] {
        var counts: [NodeState: Int] = [:]
        for node in nodes.values where node.outcome == nil { counts[node.state, default: 0] += 1 }
        return counts
    }

    /// Nodes that count against `max_failures`.
    package var failures: Int { nodes.values.count { $0.outcome?.outcome.countsAsFailure == true } }

    /// Nodes on which nothing was done because another run holds them.
    package var heldByOthers: Int { nodes.values.count { $0.outcome?.holder != nil } }

    /// Names of nodes with one of `classes`, in target order.
    package func nodes(in classes: Set<OutcomeClass>) -> [String] {
        targets.filter { name in nodes[name]?.outcome.map { classes.contains($0.outcome) } ?? false }
    }

    /// Takes `recorded` in. An event of a node that is no target is ignored.
    package mutating func apply(_ recorded: RecordedEvent) {
        if started == 0 { started = recorded.time }
        updated = max(updated, recorded.time)
        sequence = recorded.sequence
        switch recorded.event {
        case .runStarted(let header): begin(header)
        case .phaseChanged(let phase): self.phase = phase
        case .resumed:
            resumptions += 1
            ending = nil
            stopReason = nil
            phase = .running
            for name in targets { nodes[name]?.takeUp() }
        case .stopping(let reason): stopReason = reason
        case .warning(let text): warnings.append(text)
        case .planned(let plan): self.plan = plan
        case .confirmed(let requester, _): confirmedBy = requester
        case .waveStarted(let index, _): wave = index
        case .waveEnded(let index): endedWaves.insert(index)
        case .runFinished(let ending):
            self.ending = ending
            phase = .finished
            stopReason = ending.stopReason ?? stopReason
        default: applyToNode(recorded)
        }
    }

    /// Puts captured bytes back in that an event reader left out.
    package mutating func fill(_ captures: [CaptureRecord]) {
        for capture in captures {
            guard let bytes = capture.bytes, nodes[capture.node]?.steps[capture.step]?.capture?.id == capture.id else {
                continue
            }
            nodes[capture.node]?.steps[capture.step]?.capture?.bytes = bytes
        }
    }

    /// Takes in what a rollback of this run did on its nodes.
    package mutating func takeIn(undoing rollback: RunState) {
        for (name, node) in rollback.nodes { nodes[name]?.takeIn(undoing: node) }
    }

    private mutating func begin(_ header: RunHeader) {
        guard self.header == nil else { return }
        self.header = header
        targets = header.targets.names
        for name in targets { nodes[name] = NodeProgress(name: name) }
    }

    private mutating func applyToNode(_ recorded: RecordedEvent) {
        guard let name = recorded.event.node, var node = nodes.removeValue(forKey: name) else { return }
        node.apply(recorded.event)
        node.updated = max(node.updated, recorded.time)
        nodes[name] = node
    }
}

extension RunEvent {
    /// The node that it is about, if it is about one.
    package var node: String? {
        switch self {
        case .runStarted, .phaseChanged, .resumed, .stopping, .warning, .planned, .confirmed, .waveStarted, .waveEnded,
            .runFinished:
            nil
        case .nodeStateChanged(let node, _), .connected(let node, _), .probeAnswered(let node, _),
            .surveyed(let node, _), .stepIntended(let node, _), .stepStarted(let node, _), .captured(let node, _, _),
            .stepEnded(let node, _), .guardArmed(let node, _), .guardSettled(let node, _, _), .advised(let node, _),
            .verified(let node, _), .nodeFailing(let node, _), .leased(let node, _), .released(let node),
            .nodeFinished(let node, _):
            node
        }
    }
}

extension RunEvent {
    /// The step or probe that is over with it, if one is.
    package var endedInvocation: InvocationID? {
        switch self {
        case .stepEnded(_, let ending): ending.id
        case .probeAnswered(_, let answer): answer.invocation
        default: nil
        }
    }
}
