import Model

/// Whether a step is for a node.
struct Applicability: Sendable, Hashable {
    var truth: Truth
    /// Why it is not, or why nobody can tell.
    var reason = ""
    /// Nothing that is still to come can tell: a condition can't be computed, or hangs on what was cut off an output.
    var isUndecidable = false

    static func no(_ reason: String) -> Applicability { Applicability(truth: .no, reason: reason) }

    /// Takes in a condition of the step, or of one that holds it.
    mutating func take(_ condition: Expression, in context: EvaluationContext) {
        do {
            let holds = try condition.truth(in: context)
            truth = truth && holds
            if holds == .no {
                reason = "its condition does not hold: \(condition.source)"
            } else if holds == .unknown, try condition.hangsOnCut(in: context) {
                isUndecidable = true
                reason = "what is kept of an output does not decide its condition: \(condition.source)"
            } else if holds == .unknown, !isUndecidable {
                reason = "its condition can't be known yet: \(condition.source)"
            }
        } catch {
            truth = truth && .unknown
            isUndecidable = true
            reason = "its condition can't be computed: \(error)"
        }
    }
}
