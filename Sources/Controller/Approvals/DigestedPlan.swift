import Engine
import Governance
import Model

extension Plan {
    /// This plan with nothing in it but what its digest covers: no wording, and of values before and after only those
    /// that have the digest that the plan names.
    package var digested: Plan {
        var plan = self
        plan.selector = ""
        plan.notes = []
        plan.approve?.message = ""
        for index in plan.steps.indices {
            plan.steps[index].summary = plan.steps[index].verb
            plan.steps[index].undo = "as graded"
        }
        for index in plan.targets.indices {
            let survey = plan.targets[index].survey
            plan.targets[index].survey = Survey(verdict: survey.verdict, causes: survey.causes)
            plan.targets[index].predictions = plan.targets[index].predictions.map(\.digested)
        }
        return plan
    }
}

extension Prediction {
    fileprivate var digested: Prediction {
        var prediction = self
        prediction.reason = ""
        prediction.diff = nil
        prediction.before = Self.proven(before, beforeDigest)
        prediction.after = Self.proven(after, afterDigest)
        return prediction
    }

    /// The text where it has the digest, else the digest's beginning.
    private static func proven(_ text: String?, _ digest: String?) -> String? {
        guard let digest else { return nil }
        if let text, DigestText.sha256(Array(text.utf8)) == digest { return text }
        return "sha256 \(digest.prefix(12))"
    }
}
