import Model

/// What one probe's answer says.
struct ProbeJudgement: Sendable, Hashable {
    var verdict: Verdict
    var causes: [String] = []
    var facts: [String: String] = [:]
    /// Why it is inconclusive, or what the probe said.
    var text = ""

    /// Judges `answer`, in the order that the runbook format gives.
    init(_ probe: Probe, answer: Answer, context: EvaluationContext) {
        do {
            self = try Self.judge(probe, answer, context)
        } catch {
            self.init(verdict: .inconclusive, text: "\(error)")
        }
    }

    init(verdict: Verdict, causes: [String] = [], facts: [String: String] = [:], text: String = "") {
        self.verdict = verdict
        self.causes = causes
        self.facts = facts
        self.text = text
    }

    /// Of an answer of which the part that is kept does not decide.
    static let cut = ProbeJudgement(
        verdict: .inconclusive, text: "more was printed than is kept, and what is kept does not decide")

    private static func judge(
        _ probe: Probe, _ answer: Answer, _ context: EvaluationContext
    ) throws(ExpressionError) -> ProbeJudgement {
        guard let status = answer.exit else { return ProbeJudgement(verdict: .inconclusive, text: answer.outcome.text) }
        if status == 126 || status == 127, !probe.causes.contains(where: { $0.when.exit.contains(status) }) {
            return ProbeJudgement(
                verdict: .inconclusive, text: answer.lastLine.isEmpty ? "its command can't be run" : answer.lastLine)
        }
        var context = context
        if probe.answersInLines {
            // The last line may be a part of one, and a cause may follow.
            if answer.standardOutput.count >= Answer.keptBytes { return cut }
            let lines = AnswerLines(answer.outputText)
            context.facts.merge(lines.facts) { $1 }
            return try judge(lines, status, probe, answer, context)
        }
        if let healthy = probe.healthy {
            switch try healthy.truth(of: answer, in: context) {
            case .yes: return ProbeJudgement(verdict: .healthy)
            case .unknown: return cut
            case .no: break
            }
        }
        for rule in probe.causes {
            switch try rule.when.truth(of: answer, in: context) {
            case .yes: return ProbeJudgement(verdict: .broken, causes: [rule.id], text: answer.lastLine)
            case .unknown: return cut
            case .no: continue
            }
        }
        if let cause = probe.cause {
            return ProbeJudgement(verdict: .broken, causes: [cause], text: answer.lastLine)
        }
        if probe.causes.isEmpty { return ProbeJudgement(verdict: .broken, text: answer.lastLine) }
        return ProbeJudgement(
            verdict: .inconclusive, text: "it \(answer.outcome.text), which none of its causes explains")
    }

    private static func judge(
        _ lines: AnswerLines, _ status: Int32, _ probe: Probe, _ answer: Answer, _ context: EvaluationContext
    ) throws(ExpressionError) -> ProbeJudgement {
        if let reason = lines.inconclusive {
            return ProbeJudgement(verdict: .inconclusive, facts: lines.facts, text: reason)
        }
        if !lines.causes.isEmpty {
            return ProbeJudgement(verdict: .broken, causes: lines.causes, facts: lines.facts, text: lines.text)
        }
        // A script that a signal ended may have had more to say.
        if lines.isHealthy && status < 128 { return ProbeJudgement(verdict: .healthy, facts: lines.facts) }
        if let healthy = probe.healthy, !lines.facts.isEmpty || healthy.condition != nil {
            let truth = try healthy.truth(of: answer, in: context)
            if truth == .unknown { return ProbeJudgement(verdict: .inconclusive, facts: lines.facts, text: cut.text) }
            let fits = truth == .yes
            return ProbeJudgement(
                verdict: fits ? .healthy : .broken, causes: fits ? [] : probe.cause.map { [$0] } ?? [],
                facts: lines.facts, text: fits ? "" : answer.lastLine)
        }
        return ProbeJudgement(
            verdict: .inconclusive, facts: lines.facts,
            text: "it \(answer.outcome.text) without an answer"
                + (answer.lastLine.isEmpty ? "" : ": \(answer.lastLine)"))
    }

    /// The verdict over a node: inconclusive if any probe is, else broken if any is, with the set of all causes.
    static func overall(_ judgements: [ProbeJudgement]) -> (verdict: Verdict, causes: [String]) {
        var causes: [String] = []
        for judgement in judgements {
            for cause in judgement.causes where !causes.contains(cause) { causes.append(cause) }
        }
        if judgements.contains(where: { $0.verdict == .inconclusive }) { return (.inconclusive, causes) }
        if judgements.contains(where: { $0.verdict == .broken }) { return (.broken, causes) }
        return (.healthy, [])
    }
}
