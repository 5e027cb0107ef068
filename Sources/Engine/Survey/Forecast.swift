import Model

/// Decides what is expected of each step on one node, in order: the rules by which one prediction leads to another.
struct Forecast: Sendable {
    let list: StepList
    /// Of the slots so far, in order.
    private(set) var predictions: [Prediction] = []

    init(_ list: StepList) { self.list = list }

    mutating func append(_ prediction: Prediction) { predictions.append(prediction) }

    /// What a step is to be asked before it can be predicted.
    enum Need: Sendable, Hashable {
        case nothing(Prediction)
        /// Its read-only question, if it has one.
        case question
    }

    /// What is expected of the next slot without asking the node.
    ///
    /// `applies` says whether the step's causes and `when` hold; `reason` why not.
    func expectation(of slot: StepSlot, applies: Truth, reason: String, action: StepAction?) -> Need {
        if applies == .no { return .nothing(Prediction(.skipped, reason: reason)) }
        guard let action else {
            return .nothing(
                Prediction(.unknown, reason: "depends on a step that has not run", grade: .irreversible))
        }
        switch action {
        case .wait, .collect, .advise, .approve:
            return .nothing(applies == .yes ? Prediction(.noChange) : Prediction(.unknown, reason: reason))
        case .undrain: return .nothing(undrain(applies))
        case .skipped(let reason): return .nothing(Prediction(.skipped, reason: reason))
        case .escalate: return .nothing(Prediction(.unknown, reason: "its rungs tell"))
        case .reboot:
            return .nothing(
                Prediction(kind(.change, applies), reason: applies == .yes ? "" : reason, grade: .irreversible))
        case .program(let program):
            guard program.predict == nil else { return .question }
            return .nothing(finish(Prediction(.change, grade: program.grade), slot, applies, reason))
        }
    }

    /// What is expected of the next slot, whose question the node has answered.
    func prediction(
        of slot: StepSlot, applies: Truth, reason: String, report: PredictionReport
    ) -> Prediction {
        finish(report.prediction(programDigest: nil), slot, applies, reason)
    }

    private func finish(_ prediction: Prediction, _ slot: StepSlot, _ applies: Truth, _ reason: String) -> Prediction {
        var prediction = prediction
        if prediction.kind == .change && applies == .unknown {
            prediction.kind = .unknown
            prediction.reason = reason
        }
        if let cause = unsettling(slot), prediction.kind != .skipped {
            prediction.kind = .unknown
            prediction.reason = "after '\(cause)', which may change it"
            prediction.beforeDigest = nil
            prediction.afterDigest = nil
        }
        if let ladder = slot.ladder, ladder.rung > 0, hasEarlierRung(slot), prediction.kind != .skipped {
            prediction.kind = .unknown
            prediction.reason = "only where the rung before it does not help"
            prediction.beforeDigest = nil
        }
        return prediction
    }

    private func kind(_ kind: Prediction.Kind, _ applies: Truth) -> Prediction.Kind {
        applies == .yes ? kind : .unknown
    }

    /// The earlier step that makes the answer of this one's question worthless.
    private func unsettling(_ slot: StepSlot) -> String? {
        let earlier = list.slots.prefix(predictions.count)
        func isOpen(_ other: StepSlot) -> Bool {
            switch predictions[other.index].kind {
            case .change, .unknown: true
            case .noChange, .skipped: false
            }
        }
        if let depends = slot.step.depends {
            return earlier.first { $0.scope == slot.scope && depends.contains($0.step.name) && isOpen($0) }?.name
        }
        switch slot.step.verb {
        case .setting: break
        case .run where slot.step.check != nil: break
        default: return nil
        }
        return earlier.first { other in
            switch other.step.verb {
            case .package, .run, .plugin, .reboot: isOpen(other)
            default: false
            }
        }?.name
    }

    private func hasEarlierRung(_ slot: StepSlot) -> Bool {
        list.slots.prefix(predictions.count).contains {
            $0.ladder?.name == slot.ladder?.name && predictions[$0.index].kind != .skipped
        }
    }

    private func undrain(_ applies: Truth) -> Prediction {
        var result = Prediction(.noChange, reason: "this run drains nothing here")
        for slot in list.slots.prefix(predictions.count) {
            guard case .drain = slot.step.verb else { continue }
            switch predictions[slot.index].kind {
            case .change: return Prediction(kind(.change, applies))
            case .unknown: result = Prediction(.unknown, reason: "depends on '\(slot.name)'")
            case .noChange, .skipped: continue
            }
        }
        return result
    }

    /// What later expressions see of a step that has this prediction.
    static func record(of prediction: Prediction) -> StepRecord {
        switch prediction.kind {
        case .change: StepRecord(changed: true)
        case .noChange, .skipped: StepRecord(changed: false)
        case .unknown: StepRecord()
        }
    }
}
