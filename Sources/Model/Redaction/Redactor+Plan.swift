extension Redactor {
    /// `plan` with every secret hidden in its wording and in the values that it shows. What its digest covers stays as
    /// it is: of what steps find and leave that is digests, and in parameters, items and what is named of nodes secrets are
    /// references.
    package func redacted(_ plan: Plan) -> Plan {
        var plan = plan
        plan.notes = plan.notes.map(redact)
        for index in plan.steps.indices {
            plan.steps[index].summary = redact(plan.steps[index].summary)
            plan.steps[index].undo = redact(plan.steps[index].undo)
        }
        for index in plan.targets.indices {
            plan.targets[index].survey = redacted(plan.targets[index].survey)
            plan.targets[index].predictions = plan.targets[index].predictions.map(redacted)
        }
        return plan
    }

    private func redacted(_ survey: Survey) -> Survey {
        var survey = survey
        survey.facts = survey.facts.mapValues(redact)
        survey.text = redact(survey.text)
        survey.hint = survey.hint.map(redact)
        survey.unmetRequirement = survey.unmetRequirement.map(redact)
        survey.advice = survey.advice.map(redact)
        return survey
    }

    private func redacted(_ prediction: Prediction) -> Prediction {
        var prediction = prediction
        prediction.reason = redact(prediction.reason)
        prediction.before = prediction.before.map(redact)
        prediction.after = prediction.after.map(redact)
        prediction.diff = prediction.diff.map(redact)
        return prediction
    }
}
