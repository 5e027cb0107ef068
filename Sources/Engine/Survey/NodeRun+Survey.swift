import Model

/// How far a survey goes.
enum SurveyDepth: Int, Sendable, Hashable, Comparable {
    /// Requirements, detect and diagnose.
    case diagnose
    /// Also what each step would do.
    case predict

    static func < (left: SurveyDepth, right: SurveyDepth) -> Bool { left.rawValue < right.rawValue }
}

extension NodeRun {
    /// Connects and asks detect's probes.
    /// - Returns: what they say by scope; nil when the node can't be reached, which is recorded.
    func beginSurvey() async throws(EngineError) -> [[String: ProbeJudgement]]? {
        do {
            try await enter(.connecting)
            _ = try await ownSession()
            try await enter(.surveying)
        } catch let error as EngineError {
            throw error
        } catch {
            let session = error as? SessionError
            try await record(
                .surveyed(
                    node: node.name,
                    Survey(verdict: .unreachable, text: session?.message ?? "\(error)", hint: session?.hint)))
            return nil
        }
        return try await detect(.detect)
    }

    /// Judges, checks requirements, gathers evidence, and predicts each step.
    func finishSurvey(_ judgements: [[String: ProbeJudgement]], depth: SurveyDepth) async throws(EngineError) {
        var survey = settle(judgements)
        before = answers
        if survey.verdict == .broken {
            survey.unmetRequirement = try await unmetRequirement()
        }
        if survey.verdict == .broken || survey.verdict == .inconclusive {
            survey.advice = try await diagnose()
            if survey.verdict == .broken { survey.causes = Self.union(findings.map(\.causes)) }
        }
        survey.facts = facts
        if let misfit = try bindFacts(), survey.unmetRequirement == nil { survey.unmetRequirement = misfit }
        try await record(.surveyed(node: node.name, survey))
        if depth == .predict && survey.verdict == .broken && survey.unmetRequirement == nil {
            predictions = try await predictAll()
        }
    }

    /// Takes detect's answers into `findings`.
    func settle(_ judgements: [[String: ProbeJudgement]]) -> Survey {
        var verdicts: [Verdict] = []
        for scope in shared.list.scopes.indices {
            guard shared.list.scopes[scope].runbook.detect != nil else {
                // Without detect it is broken wherever the runbook that includes it is.
                findings[scope] = ScopeFindings(verdict: .broken)
                if scope == 0 && Self.judgesItself(runbook) { verdicts.append(.broken) }
                continue
            }
            let (verdict, causes) = ProbeJudgement.overall(
                Array(judgements[scope].sorted { $0.key < $1.key }.map(\.value)))
            findings[scope] = ScopeFindings(verdict: verdict, causes: causes)
            verdicts.append(verdict)
        }
        let verdict: Verdict =
            verdicts.contains(.inconclusive) ? .inconclusive : verdicts.contains(.broken) ? .broken : .healthy
        let texts = judgements.flatMap { $0.sorted { $0.key < $1.key } }
            .filter { $0.value.verdict != .healthy && !$0.value.text.isEmpty }
            .filter { verdict != .inconclusive || $0.value.verdict == .inconclusive }
            .map { "\($0.key): \($0.value.text)" }
        return Survey(
            verdict: verdict, causes: Self.union(findings.map(\.causes)), text: texts.joined(separator: "; "))
    }

    /// The first requirement that is not met, in words.
    private func unmetRequirement() async throws(EngineError) -> String? {
        guard let identity else { return nil }
        for (scope, entry) in shared.list.scopes.enumerated() where findings[scope].verdict == .broken {
            let context = context(scope: scope)
            let platforms = entry.runbook.platforms
            if !isController && !platforms.isEmpty && !platforms.contains(where: { Requirement.fits($0, identity) }) {
                return
                    "platform \(platforms.joined(separator: " or ")), and this is \(identity.distribution) \(identity.distributionVersion)"
            }
            for requirement in entry.runbook.requires {
                if try await !isMet(requirement, scope: scope, context, identity) {
                    return requirement.text(in: context)
                }
            }
        }
        return nil
    }

    private func isMet(
        _ requirement: Requirement, scope: Int, _ context: EvaluationContext, _ identity: NodeIdentity
    ) async throws(EngineError) -> Bool {
        let name = "requires " + requirement.text(in: context)
        let answer: Answer?
        let isMet: Bool
        switch requirement.check(on: node, identity: identity, context: context) {
        case .known(let known): (answer, isMet) = (nil, known)
        case .script(let script, let environment):
            let own = try await ask(
                Ask(
                    script: script, values: ScriptValues(environment: environment),
                    become: becomes(nil, scope: scope, location: .target)))
            (answer, isMet) = (own, own.exit == 0)
        }
        try await record(
            .probeAnswered(
                node: node.name,
                ProbeAnswer(
                    probe: name, stage: .requires, verdict: isMet ? .healthy : .broken, text: answer?.lastLine ?? "",
                    invocation: answer?.id, outcome: answer?.outcome)))
        return isMet
    }

    /// Gathers evidence where something is wrong, and adds what it finds to the causes.
    /// - Returns: advice, without repetitions.
    private func diagnose() async throws(EngineError) -> [String] {
        var advice: [String] = []
        for (scope, entry) in shared.list.scopes.enumerated() where findings[scope].verdict != .healthy {
            for evidence in entry.runbook.diagnose {
                if shared.request.header.skipsEvidence == true, evidence.findings.isEmpty { continue }
                let isNeedMet = evidence.needs.allSatisfy {
                    progress.answers[.detect]?[entry.prefix + $0]?.verdict == .healthy
                }
                guard isNeedMet else { continue }
                let found = try await collect(evidence, scope: scope)
                for finding in found {
                    if let text = finding.advice, !advice.contains(text) { advice.append(text) }
                    if let cause = finding.cause, !findings[scope].causes.contains(cause) {
                        findings[scope].causes.append(cause)
                    }
                }
            }
        }
        return advice
    }

    private func collect(_ evidence: Evidence, scope: Int) async throws(EngineError) -> [Finding] {
        let name = shared.list.scopes[scope].prefix + evidence.name
        let context = context(scope: scope)
        var found: [Finding] = []
        var isCut = false
        var answer: Answer
        do {
            let values = try ScriptValues(
                context: context, extra: evidence.environment, run: shared.run, step: evidence.name)
            let input = evidence.gather.map { gathered in
                GatherAnswer.input([(node.name, answers[shared.list.scopes[scope].prefix + gathered])])
            }
            answer = try await ask(
                Ask(
                    script: evidence.script, shell: evidence.shell, values: values, input: input,
                    become: becomes(evidence.become, scope: scope, location: evidence.on), location: evidence.on,
                    timeout: evidence.timeout, name: name))
            for finding in evidence.findings {
                switch try finding.when.truth(of: answer, in: context) {
                case .yes: found.append(finding)
                case .unknown: isCut = true
                case .no: continue
                }
            }
        } catch let error as EngineError {
            throw error
        } catch {
            answer = Answer(outcome: .notStarted(reason: "\(error)"))
        }
        answers[name] = answer
        var verdict = found.contains { $0.cause != nil } ? Verdict.broken : .healthy
        if answer.exit == nil || isCut && verdict == .healthy { verdict = .inconclusive }
        let texts = found.compactMap(\.advice) + (isCut ? [ProbeJudgement.cut.text] : [])
        try await record(
            .probeAnswered(
                node: node.name,
                ProbeAnswer(
                    probe: name, stage: .diagnose, verdict: verdict, causes: found.compactMap(\.cause),
                    text: texts.joined(separator: "; "), invocation: answer.id, outcome: answer.outcome)))
        return found
    }

    /// Whether a runbook without detect has anything that does not depend on an included runbook's detect.
    private static func judgesItself(_ runbook: Runbook) -> Bool {
        runbook.steps.allSatisfy { step in
            if case .runbook(let included) = step.verb { included.runbook.detect == nil } else { true }
        }
            || runbook.steps.contains { step in
                if case .runbook = step.verb { false } else { !step.verb.isReadOnly }
            }
    }

    static func union(_ lists: [[String]]) -> [String] {
        var result: [String] = []
        for item in lists.joined() where !result.contains(item) { result.append(item) }
        return result
    }
}
