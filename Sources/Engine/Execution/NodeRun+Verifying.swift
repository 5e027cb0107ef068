import Model

extension NodeRun {
    /// How often a verify that can't be judged is asked again before it counts as inconclusive.
    private static let inconclusiveAskings = 3

    /// How long what shows behind a mend may take to come up, as a service does that was just started.
    private static let comingUp = Duration.seconds(60)

    /// Whether the runbook's `verify` holds; without one, whether detect finds the node healthy.
    ///
    /// A runbook that has neither can't settle whether a step ran.
    func verify(settling: Bool = false) async throws(EngineError) -> Verification {
        var result = Verification(.holds)
        var isAsked = false
        var behind: [String] = []
        for scope in shared.list.scopes.indices where findings[scope].verdict != .healthy {
            guard let held = try await holdAll(scope: scope) else { continue }
            isAsked = true
            if held.verdict == .inconclusive || held.verdict == .unreachable {
                if result.result == .holds { result = Verification(.inconclusive, text: held.text) }
            } else if let shown = try await shownBehind(held, scope: scope) {
                behind.append(shown)
            } else if held.verdict == .broken {
                return try await note(Verification(.broken, text: held.text))
            }
        }
        if result.result == .holds && !behind.isEmpty {
            result = Verification(.behind, text: behind.joined(separator: "; "))
        }
        if settling && !isAsked {
            result = Verification(.inconclusive, text: "the runbook has neither detect nor verify that could tell")
        }
        return try await note(result)
    }

    /// The first entry of one runbook's `verify` that does not hold, or one that can't be judged; nil where none is asked.
    private func holdAll(scope: Int) async throws(EngineError) -> Held? {
        let runbook = shared.list.scopes[scope].runbook
        let standing = standingCauses(scope: scope)
        var entries = runbook.verify.filter { own in
            guard case .probe(let probe) = own else { return true }
            let isConcerned = probe.concerns.isEmpty || findings[scope].causes.contains(where: probe.concerns.contains)
            return isConcerned && standing.isDisjoint(with: probe.unless)
        }
        if entries.isEmpty && runbook.detect != nil { entries = [.detect] }
        var result: Held?
        for own in entries {
            var held = try await hold(own, scope: scope)
            if held.verdict == .broken { return held }
            guard result == nil || result?.verdict == .healthy else { continue }
            if result?.isDetect == true { held.isDetect = true }
            result = held
        }
        return result
    }

    /// What detect finds that it could not see before, where all else that it finds is well; nil where nothing is so.
    private func shownBehind(_ held: Held, scope: Int) async throws(EngineError) -> String? {
        if held.isBehind { return held.text }
        if held.isDetect || hiddenProbes(scope: scope).isEmpty { return nil }
        let detected = try await detectPatiently(scope: scope)
        guard detected.isBehind else { return nil }
        return held.text.isEmpty ? detected.text : "\(held.text); \(detected.text)"
    }

    private func note(_ verification: Verification) async throws(EngineError) -> Verification {
        try await record(.verified(node: node.name, verification))
        return verification
    }

    private func hold(_ entry: VerifyEntry, scope: Int) async throws(EngineError) -> Held {
        switch entry {
        case .detect:
            return try await patiently(within: nil, every: .seconds(5)) { () async throws(EngineError) in
                try await self.detectPatiently(scope: scope)
            }
        case .probe(let probe):
            let first = try await patiently(within: probe.within, every: probe.every) { () async throws(EngineError) in
                try await self.ask(probe, scope: scope)
            }
            guard first.verdict == .healthy, let hold = probe.hold else { return first }
            let end = clock.elapsed() + hold
            while clock.elapsed() < end && shared.control.level < .stopNow {
                await shared.control.pause(for: min(probe.every, end - clock.elapsed()), until: .stopNow, clock: clock)
                let next = try await patiently(within: nil, every: probe.every) {
                    () async throws(EngineError) in
                    try await self.ask(probe, scope: scope)
                }
                if next.verdict != .healthy { return next }
            }
            return first
        }
    }

    private func ask(_ probe: Probe, scope: Int) async throws(EngineError) -> Held {
        let judgement = try await judge(probe, scope: scope, stage: .verify)
        if judgement.verdict == .healthy || stands(judgement, scope: scope) { return Held(verdict: .healthy) }
        return Held(verdict: judgement.verdict, text: Self.wording(probe.name, judgement))
    }

    /// Asks until it is healthy or `within` is over. Without `within`, once, but an answer that can't be judged again.
    private func patiently(
        within: Duration?, every: Duration, _ ask: () async throws(EngineError) -> Held
    ) async throws(EngineError) -> Held {
        let deadline = clock.elapsed() + (within ?? .zero)
        var askings = 0
        while true {
            let answer = try await ask()
            askings += 1
            let mayAskAgain =
                clock.elapsed() < deadline || answer.verdict == .inconclusive && askings < Self.inconclusiveAskings
            if answer.verdict == .healthy || !mayAskAgain || shared.control.level >= .stopNow { return answer }
            await shared.control.pause(for: every, until: .stopNow, clock: clock)
        }
    }

    /// Detect again, for verify: what shows behind a mend has a while to come up.
    private func detectPatiently(scope: Int) async throws(EngineError) -> Held {
        let deadline = clock.elapsed() + Self.comingUp
        while true {
            let held = try await detectAgain(scope: scope, stage: .verify)
            if !held.isBehind || clock.elapsed() >= deadline || shared.control.level >= .stopNow { return held }
            await shared.control.pause(for: .seconds(5), until: .stopNow, clock: clock)
        }
    }

    /// Every probe of one runbook's detect again. What stands beside what was mended does not count.
    private func detectAgain(scope: Int, stage: ProbeAnswer.Stage) async throws(EngineError) -> Held {
        var judgements: [(Probe, ProbeJudgement)] = []
        let hidden = hiddenProbes(scope: scope)
        for probe in Self.ordered(shared.list.scopes[scope].runbook.detect ?? []) {
            let healthy = judgements.filter { $0.1.verdict == .healthy }.map(\.0.name)
            guard Set(healthy).isSuperset(of: probe.needs) else { continue }
            judgements.append((probe, try await judge(probe, scope: scope, stage: stage)))
        }
        judgements.removeAll { stands($0.1, scope: scope) }
        let verdict = ProbeJudgement.overall(judgements.map(\.1)).verdict
        let found = judgements.filter { $0.1.verdict == verdict && verdict != .healthy }
        let others = judgements.filter { !hidden.contains($0.0.name) }
        return Held(
            verdict: verdict, text: found.map { Self.wording($0.0.name, $0.1) }.joined(separator: "; "), isDetect: true,
            isBehind: verdict == .broken && others.allSatisfy { $0.1.verdict == .healthy })
    }

    /// Names of detect's probes that could not be asked at first, since each needs one that did not hold.
    private func hiddenProbes(scope: Int) -> Set<String> {
        let entry = shared.list.scopes[scope]
        let hidden = (entry.runbook.detect ?? []).filter { probe in
            !probe.needs.isEmpty && progress.answers[.detect]?[entry.prefix + probe.name] == nil
        }
        return Set(hidden.map(\.name))
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
            let held = try await detectAgain(scope: scope, stage: .soak)
            if held.verdict == .broken {
                result = Verification(.broken, text: held.text, isSoak: true)
            } else if held.verdict != .healthy && result.result == .holds {
                result = Verification(.inconclusive, text: held.text, isSoak: true)
            }
        }
        return try await note(result)
    }

    private static func wording(_ name: String, _ judgement: ProbeJudgement) -> String {
        let text = judgement.text.isEmpty ? judgement.causes.joined(separator: ", ") : judgement.text
        return text.isEmpty ? name : "\(name): \(text)"
    }
}

/// What one entry of `verify` says.
private struct Held {
    var verdict: Verdict
    var text = ""
    /// The entry is `detect`.
    var isDetect = false
    /// Nothing is broken but what detect could not see before.
    var isBehind = false
}
