extension Redactor {
    /// `event` with every secret hidden in what people read. Names, ids and digests stay as they are, and so do the
    /// bytes of a captured state, which are of use only if they are exact.
    package func redacted(_ event: RunEvent) -> RunEvent {
        switch event {
        case .runStarted(var header):
            header.parameters = header.parameters.mapValues(redact)
            header.command = header.command.map(redact)
            return .runStarted(header)
        case .warning(let text): return .warning(redact(text))
        case .probeAnswered(let node, var answer):
            answer.text = redact(answer.text)
            answer.causes = answer.causes.map(redact)
            answer.facts = answer.facts.mapValues(redact)
            answer.outcome = answer.outcome.map(redacted)
            return .probeAnswered(node: node, answer)
        case .surveyed(let node, var survey):
            survey.causes = survey.causes.map(redact)
            survey.facts = survey.facts.mapValues(redact)
            survey.text = redact(survey.text)
            survey.hint = survey.hint.map(redact)
            survey.unmetRequirement = survey.unmetRequirement.map(redact)
            survey.advice = survey.advice.map(redact)
            return .surveyed(node: node, survey)
        case .stepEnded(let node, var ending):
            ending.text = redact(ending.text)
            ending.outcome = ending.outcome.map(redacted)
            return .stepEnded(node: node, ending)
        case .nodeFinished(let node, var outcome):
            outcome.text = redact(outcome.text)
            outcome.hint = outcome.hint.map(redact)
            outcome.causes = outcome.causes.map(redact)
            if let undo = outcome.failedUndo { outcome.failedUndo?.text = redact(undo.text) }
            return .nodeFinished(node: node, outcome)
        case .runFinished(var ending):
            ending.stopReason = ending.stopReason.map(redact)
            return .runFinished(ending)
        case .stopping(let reason): return .stopping(reason: redact(reason))
        case .advised(let node, var advice):
            advice.title = redact(advice.title)
            advice.text = redact(advice.text)
            advice.patch = advice.patch.map(redact)
            advice.command = advice.command.map(redact)
            return .advised(node: node, advice)
        case .verified(let node, var verification):
            verification.text = redact(verification.text)
            return .verified(node: node, verification)
        case .nodeFailing(let node, var failure):
            failure.text = redact(failure.text)
            failure.hint = failure.hint.map(redact)
            return .nodeFailing(node: node, failure)
        case .phaseChanged, .resumed, .nodeStateChanged, .connected, .planned, .confirmed, .waveStarted, .waveEnded,
            .stepIntended, .stepStarted, .captured, .guardArmed, .guardSettled, .leased, .released:
            return event
        }
    }

    private func redacted(_ outcome: InvocationOutcome) -> InvocationOutcome {
        switch outcome {
        case .notStarted(let reason): .notStarted(reason: redact(reason))
        case .lost(let reason): .lost(reason: redact(reason))
        case .exited, .timedOut, .cancelled, .outputLimitExceeded: outcome
        }
    }
}
