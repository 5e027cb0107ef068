import Model

/// Asks all targets of a run, read-only, and lets none wait for a slow or dead one.
struct Surveyor {
    let shared: RunContext
    let nodes: [NodeRun]
    /// After this long a node's place is lent to another one.
    var patience = Duration.seconds(5)

    /// Surveys every node. What is found is in the run's events and in the nodes.
    func survey(depth: SurveyDepth) async throws(EngineError) {
        let limiter = FanoutLimiter(shared.request.fanout)
        let gathers = shared.list.scopes.contains { $0.runbook.detect?.contains { $0.gather != nil } ?? false }
        if gathers {
            var judgements: [Int: [[String: ProbeJudgement]]] = [:]
            for (index, result) in try await each(nodes, limiter, { node in try await node.beginSurvey() }) {
                judgements[index] = result
            }
            try await gather(into: &judgements)
            let found = judgements
            _ = try await each(nodes, limiter) { node in
                if let own = found[node.index] { try await node.finishSurvey(own, depth: depth) }
            }
        } else {
            _ = try await each(nodes, limiter) { node in
                if let own = try await node.beginSurvey() { try await node.finishSurvey(own, depth: depth) }
            }
        }
        try await refuseSharedMachines()
    }

    /// Does `work` on `nodes`, so many at a time, and returns its results by target index.
    private func each<R: Sendable>(
        _ nodes: [NodeRun], _ limiter: FanoutLimiter, _ work: @escaping @Sendable (NodeRun) async throws -> R
    ) async throws(EngineError) -> [Int: R] {
        let clock = shared.clock
        let control = shared.control
        let patience = patience
        let results = await withTaskGroup(of: (Int, Result<R, any Error>)?.self) { group in
            for node in nodes {
                group.addTask {
                    await limiter.run(patience: patience, clock: clock) {
                        if control.level > .go { return nil }
                        do { return (node.index, .success(try await work(node))) } catch {
                            return (node.index, .failure(error))
                        }
                    }
                }
            }
            var results: [(Int, Result<R, any Error>)] = []
            for await result in group { if let result { results.append(result) } }
            return results
        }
        var values: [Int: R] = [:]
        for (index, result) in results {
            switch result {
            case .success(let value): values[index] = value
            case .failure(let error): throw error as? EngineError ?? EngineError(.internal, "\(error)")
            }
        }
        return values
    }

    /// Asks the probes that read all nodes' answers, once for the run.
    private func gather(into judgements: inout [Int: [[String: ProbeJudgement]]]) async throws(EngineError) {
        for (scope, entry) in shared.list.scopes.enumerated() {
            for probe in entry.runbook.detect ?? [] where probe.gather != nil {
                var asked: [(NodeRun, Answer?)] = []
                for node in nodes {
                    guard let own = judgements[node.index] else { continue }
                    if probe.needs.contains(where: { own[scope][$0]?.verdict != .healthy }) { continue }
                    asked.append((node, await node.answers[entry.prefix + (probe.gather ?? "")]))
                }
                guard let first = asked.first?.0 else { continue }
                let input = GatherAnswer.input(asked.map { ($0.0.node.name, $0.1) })
                let answer = try await first.gatherAnswer(probe, scope: scope, input: input)
                for (node, _) in asked {
                    let judgement = try await node.take(answer, of: probe, scope: scope)
                    judgements[node.index]?[scope][probe.name] = judgement
                }
            }
        }
    }

    /// Two targets that are one machine are both refused: a step would be done twice there.
    private func refuseSharedMachines() async throws(EngineError) {
        if shared.request.allowsSharedMachines { return }
        var machines: [String: [NodeRun]] = [:]
        for node in nodes {
            guard let identity = await node.identity, !identity.machineID.isEmpty else { continue }
            machines["\(identity.machineID) \(identity.bootID)", default: []].append(node)
        }
        for same in machines.values where same.count > 1 {
            let names = same.map(\.node.name)
            for node in same {
                try await node.refuse(
                    "It is the same machine as \(names.filter { $0 != node.node.name }.joined(separator: ", ")).",
                    hint: "Two names of one machine must not both be targets; leave one out.")
            }
        }
    }
}

extension NodeRun {
    /// Asks a `gather` probe with all nodes' answers.
    func gatherAnswer(_ probe: Probe, scope: Int, input: [UInt8]) async throws(EngineError) -> Answer {
        do {
            let values = try ScriptValues(
                context: context(scope: scope), extra: probe.environment, run: shared.run, step: probe.name)
            return try await ask(
                Ask(
                    script: probe.script, shell: probe.shell, values: values, input: input,
                    become: becomes(probe.become, scope: scope, location: probe.on), location: probe.on,
                    timeout: probe.timeout, memory: 1 << 24,
                    name: shared.list.scopes[scope].prefix + probe.name))
        } catch let error as EngineError {
            throw error
        } catch {
            return Answer(outcome: .notStarted(reason: "\(error)"))
        }
    }

    /// Takes in what a `gather` probe says of this node.
    func take(_ answer: Answer, of probe: Probe, scope: Int) async throws(EngineError) -> ProbeJudgement {
        let judgement = GatherAnswer(answer).judgement(for: node.name)
        let name = shared.list.scopes[scope].prefix + probe.name
        answers[name] = answer
        try await record(
            .probeAnswered(
                node: node.name,
                ProbeAnswer(
                    probe: name, stage: .detect, verdict: judgement.verdict, causes: judgement.causes,
                    text: judgement.text, outcome: answer.outcome)))
        return judgement
    }

    /// Nothing is to be changed here: the survey becomes inconclusive.
    func refuse(_ text: String, hint: String) async throws(EngineError) {
        guard var survey = progress.survey, survey.verdict != .unreachable else { return }
        survey.verdict = .inconclusive
        survey.text = text
        survey.hint = hint
        predictions = []
        try await record(.surveyed(node: node.name, survey))
    }
}
