import Model

extension Plan {
    /// Targets that are worked on.
    package var workedOn: [PlannedTarget] { targets.filter { !$0.predictions.isEmpty } }

    /// The highest gate of the steps that may change something somewhere.
    var neededGate: GateKind {
        var gate = GateKind.none
        for target in targets {
            for (step, prediction) in zip(steps, target.predictions) where prediction.mayChange {
                gate = max(gate, step.gate)
            }
        }
        return gate
    }

    /// The first step that can't be undone where it would be carried out; nil when everything can be.
    package var pointOfNoReturn: Int? {
        steps.first { step in
            targets.contains { target in
                target.predictions.indices.contains(step.index) && target.predictions[step.index].mayChange
                    && target.predictions[step.index].grade == .irreversible
            }
        }?.index
    }

    /// How many (target, step) pairs there are, and how many of them are predicted.
    package var coverage: PlanCoverage {
        var coverage = PlanCoverage(predicted: 0, all: 0, unknown: [:])
        for target in targets {
            for (step, prediction) in zip(steps, target.predictions) {
                coverage.all += 1
                if prediction.kind == .unknown {
                    coverage.unknown[step.name, default: []].append(target.name)
                } else {
                    coverage.predicted += 1
                }
            }
        }
        return coverage
    }

    /// What of it is kept with the run's events.
    func summary(digest: String) -> PlanSummary {
        let coverage = coverage
        return PlanSummary(
            digest: digest, gate: gate, waves: waves.map { NodeSet(names: $0) },
            stopsAtFailure: strategy.stopsAtFailure, predicted: coverage.predicted, predictable: coverage.all)
    }
}

extension Prediction {
    /// Whether it needs a gate: a change, or nobody knows.
    package var mayChange: Bool { kind == .change || kind == .unknown }
}

/// How much of a plan is predicted.
package struct PlanCoverage: Sendable, Hashable {
    package var predicted: Int
    package var all: Int
    /// Names of nodes by the step that is not predicted there.
    package var unknown: [String: [String]]

    /// In percent, rounded down; 100 for a plan without steps.
    package var percent: Int { all == 0 ? 100 : predicted * 100 / all }
}
