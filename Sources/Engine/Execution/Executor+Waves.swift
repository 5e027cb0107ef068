import Model

extension Executor {
    /// Each node goes through all steps by itself; a node that ends makes room for the next.
    func runNodeFirst(_ names: [String], isCanary: Bool) async throws(EngineError) {
        var failure: EngineError?
        var waiting = names.filter { nodes[$0] != nil }
        await withTaskGroup(of: (name: String, wasOut: Bool, result: Result<NodeOutcome?, EngineError>).self) { group in
            var running = 0
            while true {
                admitting: while running < max(1, plan.strategy.concurrency), failure == nil {
                    switch await Self.result({ () async throws(EngineError) in try await self.shouldStop() }) {
                    case .success(false): break
                    case .success(true): if !isFinishing || shared.control.level > .go { break admitting }
                    case .failure(let error):
                        failure = error
                        break admitting
                    }
                    guard let place = waiting.firstIndex(where: { room.fits($0) }) else { break }
                    let name = waiting.remove(at: place)
                    guard let node = nodes[name] else { continue }
                    let wasOut = room.out.contains(name)
                    room.enter(name)
                    let slots = shared.list.main
                    group.addTask {
                        let result = await Self.result { () async throws(EngineError) -> NodeOutcome? in
                            guard await node.isOpen else { return nil }
                            for slot in slots {
                                if try await !node.perform(slot) { break }
                            }
                            if await node.isInterrupted { return nil }
                            return try await node.conclude()
                        }
                        return (name, wasOut, result)
                    }
                    running += 1
                }
                guard let end = await group.next() else { break }
                running -= 1
                let ended = await Self.result { () async throws(EngineError) in
                    guard let outcome = try end.result.get() else { return }
                    try await self.finished(end.name, outcome, isCanary: isCanary, wasOut: end.wasOut)
                }
                if case .failure(let error) = ended { failure = failure ?? error }
            }
        }
        if let failure { throw failure }
        deferred += waiting
    }

    /// All nodes of the wave do one step before any does the next.
    func runStepFirst(_ names: [String], isCanary: Bool) async throws(EngineError) {
        var wasOut: Set<String> = []
        var active: [String] = []
        for name in names {
            guard let node = nodes[name], await node.isOpen else { continue }
            guard room.fits(name) else {
                deferred.append(name)
                continue
            }
            if room.out.contains(name) { wasOut.insert(name) }
            room.enter(name)
            active.append(name)
        }
        for slot in shared.list.main {
            let results = await Self.each(active, concurrency: plan.strategy.concurrency) {
                name -> Result<Bool, EngineError> in
                guard let node = self.nodes[name] else { return .success(false) }
                return await Self.result { () async throws(EngineError) -> Bool in try await node.perform(slot) }
            }
            var stopped: [String] = []
            for (name, result) in results where try !result.get() { stopped.append(name) }
            try await conclude(stopped, isCanary: isCanary, wasOut: wasOut)
            active.removeAll { stopped.contains($0) }
        }
        try await conclude(active, isCanary: isCanary, wasOut: wasOut)
    }

    private func conclude(_ names: [String], isCanary: Bool, wasOut: Set<String>) async throws(EngineError) {
        let results = await Self.each(names, concurrency: plan.strategy.concurrency) {
            name -> Result<NodeOutcome?, EngineError> in
            guard let node = self.nodes[name] else { return .success(nil) }
            return await Self.result { () async throws(EngineError) -> NodeOutcome? in
                if await node.isInterrupted { return nil }
                return try await node.conclude()
            }
        }
        for (name, result) in results {
            guard let outcome = try result.get() else { continue }
            try await finished(name, outcome, isCanary: isCanary, wasOut: wasOut.contains(name))
        }
    }
}

extension NodeRun {
    /// Whether anything is left to be done on it.
    var isOpen: Bool { progress.outcome == nil }
}
