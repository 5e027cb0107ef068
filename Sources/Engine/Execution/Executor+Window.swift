import Model

extension Executor {
    /// Those of a wave's nodes that may be worked on: all while the change window is open for long enough, else only
    /// those, of any wave, on which an earlier process has begun.
    func admitted(_ names: [String], wave index: Int) async throws(EngineError) -> [String] {
        guard let window = plan.window, plan.gate == .window else { return names }
        let state = await shared.environment.gates.state(of: window)
        if state.isOpen {
            guard let reason = await overrun(names, wave: index, state, window) else { return names }
            try await stop(reason, phase: nil)
        } else {
            try await stopForWindow(window, state)
        }
        let begun = await begun()
        deferred = names.filter { !begun.contains($0) }
        isFinishing = true
        return begun
    }

    /// Nodes of any wave that have begun and are not done.
    func begun() async -> [String] {
        var names: [String] = []
        for target in plan.workedOn {
            if let node = nodes[target.name], await node.isOpen, await node.hasBegun { names.append(target.name) }
        }
        return names
    }

    /// Stops because the change window closed.
    private func stopForWindow(_ window: WindowRequirement, _ state: WindowState) async throws(EngineError) {
        let text = state.text.isEmpty ? "" : " \(state.text)"
        try await stop("The change window \(window.calendar) is closed.\(text)", phase: nil)
    }

    /// Why the wave is not started though the window is open: it would not be done by its end.
    private func overrun(
        _ names: [String], wave index: Int, _ state: WindowState, _ window: WindowRequirement
    ) async -> String? {
        guard let closes = state.closes else { return nil }
        var open = 0
        for name in names { if let node = nodes[name], await node.isOpen { open += 1 } }
        if open == 0 { return nil }
        if pastWaves == nil { pastWaves = await shared.environment.pastWaves?() ?? [] }
        let forecast = WaveForecast(concurrency: plan.strategy.concurrency, past: pastWaves ?? [], own: ownWaves)
        let left = closes - shared.clock.wallTime()
        guard let expected = forecast.milliseconds(nodes: open), expected > left else { return nil }
        let (needed, remaining) = (Duration.milliseconds(expected), Duration.milliseconds(max(0, left)))
        return """
            Wave \(index + 1) is not started: it takes about \(needed.coarseText), and the change window \
            \(window.calendar) closes in \(remaining.coarseText).
            """
    }
}

extension NodeRun {
    /// Whether any step was sent or decided here.
    var hasBegun: Bool { !progress.steps.isEmpty }
}

extension Duration {
    /// In whole minutes, or seconds below two of them.
    fileprivate var coarseText: String {
        let seconds = Int(components.seconds)
        return seconds < 120 ? "\(seconds) s" : "\(seconds / 60) min"
    }
}
