import Model

extension NodeRun {
    /// Asks every probe of `detect` in the order that `needs` gives, but not those that gather other nodes' answers.
    /// - Returns: by scope, what each probe that was asked says.
    func detect(_ stage: ProbeAnswer.Stage) async throws(EngineError) -> [[String: ProbeJudgement]] {
        var all: [[String: ProbeJudgement]] = []
        for scope in shared.list.scopes.indices {
            var judgements: [String: ProbeJudgement] = [:]
            for probe in Self.ordered(shared.list.scopes[scope].runbook.detect ?? []) {
                if probe.gather != nil && stage == .detect { continue }
                if probe.needs.contains(where: { judgements[$0]?.verdict != .healthy }) { continue }
                judgements[probe.name] = try await judge(probe, scope: scope, stage: stage)
            }
            all.append(judgements)
        }
        return all
    }

    /// Probes so that each comes after the one that it needs.
    static func ordered(_ probes: [Probe]) -> [Probe] {
        var rest = probes
        var done: Set<String> = []
        var result: [Probe] = []
        while let index = rest.firstIndex(where: { done.isSuperset(of: $0.needs) }) {
            let probe = rest.remove(at: index)
            done.insert(probe.name)
            result.append(probe)
        }
        return result
    }

    /// Asks a probe, as often as its `flap` wants, and judges.
    func judge(
        _ probe: Probe, scope: Int, stage: ProbeAnswer.Stage
    ) async throws(EngineError) -> ProbeJudgement {
        var last: ProbeJudgement?
        var equal = 0
        for asking in 1...max(1, probe.flap * 3) {
            if asking > 1 { await shared.control.pause(for: probe.every, until: .stopNow, clock: clock) }
            let judgement = try await askOnce(probe, scope: scope, stage: stage, asking: asking)
            if let last, last.verdict == judgement.verdict, last.causes == judgement.causes {
                equal += 1
            } else {
                equal = 1
            }
            last = judgement
            if equal >= probe.flap { return judgement }
        }
        return ProbeJudgement(verdict: .inconclusive, text: "its answers do not stay the same")
    }

    /// Asks a probe once, keeps its answer and says what it means.
    private func askOnce(
        _ probe: Probe, scope: Int, stage: ProbeAnswer.Stage, asking: Int
    ) async throws(EngineError) -> ProbeJudgement {
        let name = shared.list.scopes[scope].prefix + probe.name
        let context = context(scope: scope)
        let answer: Answer
        if probe.runOnce && stage == .detect {
            let result = await shared.sharedAnswers.result(for: "\(name)#\(asking)") {
                (try? await self.answer(of: probe, name: name, scope: scope, context: context))
                    ?? Answer(outcome: .notStarted(reason: "the journal can't be written"))
            }
            if let failure = await shared.recorder.failure { throw failure }
            answer = result
        } else {
            answer = try await self.answer(of: probe, name: name, scope: scope, context: context)
        }
        let judgement =
            probe.gather == nil
            ? ProbeJudgement(probe, answer: answer, context: context)
            : GatherAnswer(answer).judgement(for: node.name)
        answers[name] = answer
        facts.merge(judgement.facts) { $1 }
        try await record(
            .probeAnswered(
                node: node.name,
                ProbeAnswer(
                    probe: name, stage: stage, verdict: judgement.verdict, causes: judgement.causes,
                    text: judgement.text, facts: judgement.facts, invocation: answer.id, outcome: answer.outcome)))
        return judgement
    }

    private func answer(
        of probe: Probe, name: String, scope: Int, context: EvaluationContext
    ) async throws(EngineError) -> Answer {
        var input: [UInt8]?
        if let gathered = probe.gather {
            let source = shared.list.scopes[scope].prefix + gathered
            input = GatherAnswer.input([(node.name, answers[source])])
        }
        do {
            let values = try ScriptValues(
                context: context, extra: probe.environment, run: shared.run, step: probe.name)
            return try await ask(
                Ask(
                    script: probe.script, shell: probe.shell, values: values, input: input,
                    become: becomes(probe.become, scope: scope, location: probe.on), location: probe.on,
                    timeout: probe.timeout, name: name))
        } catch let error as EngineError {
            throw error
        } catch {
            return Answer(outcome: .notStarted(reason: "\(error)"))
        }
    }
}
