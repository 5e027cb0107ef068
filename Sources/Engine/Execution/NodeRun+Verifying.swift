import Model

extension NodeRun {
    /// How often a verify that can't be judged is asked again before it counts as inconclusive.
    private static let inconclusiveAskings = 3

    /// Whether the runbook's `verify` holds; without one, whether detect finds the node healthy.
    ///
    /// A runbook that has neither can't settle whether a step ran.
    func verify(settling: Bool = false) async throws(EngineError) -> Verification {
        var result = Verification(.holds)
        var isAsked = false
        for (scope, entry) in shared.list.scopes.enumerated() where findings[scope].verdict != .healthy {
            let standing = standingCauses(scope: scope)
            var entries = entry.runbook.verify.filter { own in
                guard case .probe(let probe) = own else { return true }
                let isConcerned =
                    probe.concerns.isEmpty || findings[scope].causes.contains(where: probe.concerns.contains)
                return isConcerned && standing.isDisjoint(with: probe.unless)
            }
            if entries.isEmpty && entry.runbook.detect != nil { entries = [.detect] }
            for own in entries {
                isAsked = true
                let (verdict, text) = try await hold(own, scope: scope)
                switch verdict {
                case .healthy: continue
                case .broken: return try await note(Verification(.broken, text: text))
                case .inconclusive, .unreachable:
                    if result.result == .holds { result = Verification(.inconclusive, text: text) }
                }
            }
        }
        if settling && !isAsked {
            result = Verification(.inconclusive, text: "the runbook has neither detect nor verify that could tell")
        }
        return try await note(result)
    }

    private func note(_ verification: Verification) async throws(EngineError) -> Verification {
        try await record(.verified(node: node.name, verification))
        return verification
    }

    private func hold(_ entry: VerifyEntry, scope: Int) async throws(EngineError) -> (Verdict, String) {
        switch entry {
        case .detect:
            return try await patiently(within: nil, every: .seconds(5)) { () async throws(EngineError) in
                try await self.detectAgain(scope: scope, stage: .verify)
            }
        case .probe(let probe):
            let first = try await patiently(within: probe.within, every: probe.every) { () async throws(EngineError) in
                try await self.ask(probe, scope: scope)
            }
            guard first.0 == .healthy, let hold = probe.hold else { return first }
            let end = clock.elapsed() + hold
            while clock.elapsed() < end && shared.control.level < .stopNow {
                await shared.control.pause(for: min(probe.every, end - clock.elapsed()), until: .stopNow, clock: clock)
                let (verdict, text) = try await patiently(within: nil, every: probe.every) {
                    () async throws(EngineError) in
                    try await self.ask(probe, scope: scope)
                }
                if verdict != .healthy { return (verdict, text.isEmpty ? "\(probe.name): it did not stay so" : text) }
            }
            return first
        }
    }

    private func ask(_ probe: Probe, scope: Int) async throws(EngineError) -> (Verdict, String) {
        let judgement = try await judge(probe, scope: scope, stage: .verify)
        if stands(judgement, scope: scope) { return (.healthy, "") }
        return (judgement.verdict, Self.wording(probe.name, judgement))
    }

    /// Asks until it is healthy or `within` is over. Without `within`, once, but an answer that can't be judged again.
    private func patiently(
        within: Duration?, every: Duration, _ ask: () async throws(EngineError) -> (Verdict, String)
    ) async throws(EngineError) -> (Verdict, String) {
        let deadline = clock.elapsed() + (within ?? .zero)
        var askings = 0
        while true {
            let answer = try await ask()
            askings += 1
            let mayAskAgain =
                clock.elapsed() < deadline || answer.0 == .inconclusive && askings < Self.inconclusiveAskings
            if answer.0 == .healthy || !mayAskAgain || shared.control.level >= .stopNow { return answer }
            await shared.control.pause(for: every, until: .stopNow, clock: clock)
        }
    }

    /// Every probe of one runbook's detect again. What stands beside what was mended does not count.
    func detectAgain(
        scope: Int, stage: ProbeAnswer.Stage
    ) async throws(EngineError) -> (Verdict, String) {
        var judgements: [(String, ProbeJudgement)] = []
        for probe in Self.ordered(shared.list.scopes[scope].runbook.detect ?? []) {
            if let needed = probe.needs, judgements.first(where: { $0.0 == needed })?.1.verdict != .healthy { continue }
            judgements.append((probe.name, try await judge(probe, scope: scope, stage: stage)))
        }
        judgements.removeAll { stands($0.1, scope: scope) }
        let verdict = ProbeJudgement.overall(judgements.map(\.1)).verdict
        let texts = judgements.filter { $0.1.verdict == verdict && verdict != .healthy }.map {
            Self.wording($0.0, $0.1)
        }
        return (verdict, texts.joined(separator: "; "))
    }

    /// Whether it finds nothing but what stands.
    private func stands(_ judgement: ProbeJudgement, scope: Int) -> Bool {
        judgement.verdict == .broken && !judgement.causes.isEmpty
            && standingCauses(scope: scope).isSuperset(of: judgement.causes)
    }

    /// Detect once more on a node that was finished, after its wave's soak.
    func soakAgain() async throws(EngineError) -> Verification {
        var result = Verification(.holds, isSoak: true)
        for (scope, entry) in shared.list.scopes.enumerated()
        where entry.runbook.detect != nil && findings[scope].verdict != .healthy {
            let (verdict, text) = try await detectAgain(scope: scope, stage: .soak)
            if verdict == .broken {
                result = Verification(.broken, text: text, isSoak: true)
            } else if verdict != .healthy && result.result == .holds {
                result = Verification(.inconclusive, text: text, isSoak: true)
            }
        }
        return try await note(result)
    }

    private static func wording(_ name: String, _ judgement: ProbeJudgement) -> String {
        let text = judgement.text.isEmpty ? judgement.causes.joined(separator: ", ") : judgement.text
        return text.isEmpty ? name : "\(name): \(text)"
    }
}
