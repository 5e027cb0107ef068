import Model

extension NodeRun {
    /// Holds the node for this run before its first change. Returns why that can't be done.
    func prepareToChange() async throws(EngineError) -> String? {
        if isLeased { return nil }
        let fence: Int
        do {
            fence = try await shared.environment.log.claim(node: node.name, run: shared.run)
        } catch let error as JournalError {
            guard case .nodeBusy(let holder) = error.code else {
                throw EngineError(.journal, "The journal could not keep the node's lease: \(error)")
            }
            return try await refuse(for: .running(holder.description))
        } catch {
            throw EngineError(.journal, "The journal could not keep the node's lease: \(error)")
        }
        try await record(.leased(node: node.name, fence: fence))
        do {
            try await takeLease(fence)
        } catch {
            if let failure = await shared.recorder.failure { throw failure }
            let session = error as? SessionError
            if case .busy(let holder)? = session?.kind { return try await refuse(for: await nodeHolder(holder)) }
            lastWasUnreachable = session?.isUnreachable ?? true
            lastHint = session?.hint
            return Self.reason(error)
        }
        isLeased = true
        if let machine = identity?.machineID { shared.leases.took(fence, for: node.name, on: machine) }
        return nil
    }

    /// Leaves the node to the run that holds it. Returns why nothing is done.
    private func refuse(for holder: NodeHolder) async throws(EngineError) -> String {
        try await fail(.cancel, holder.sentence, hint: holder.hint, holder: holder.run)
        return holder.words
    }

    /// What is known here of the run that a node names as its holder.
    func nodeHolder(_ run: String) async -> NodeHolder {
        var isCarriedOut: Bool?
        if let id = RunID(run) { isCarriedOut = await shared.environment.isCarriedOut(id) }
        switch isCarriedOut {
        case true?: return .running(run)
        case false?: return .left(run)
        case nil: return run == shared.undoneRun?.description ? .left(run) : .foreign(run)
        }
    }

    /// A run whose controller was killed holds the node until the node has seen that its session is gone.
    static let leasePatience = Duration.seconds(15)

    /// Takes the node, and waits a little where it is held.
    private func takeLease(_ fence: Int) async throws {
        let session = try await reconnect(
            at: .target, patience: progress.identity == nil ? .zero : .seconds(60)
        ).session
        let deadline = clock.elapsed() + Self.leasePatience
        while true {
            do {
                return try await session.lease(
                    run: shared.run, fence: fence, become: becomes(nil, scope: 0, location: .target))
            } catch let error as SessionError {
                guard case .busy = error.kind, clock.elapsed() < deadline, shared.control.level == .go else {
                    throw error
                }
            }
            await shared.control.pause(for: .seconds(1), until: .finishSteps, clock: clock)
        }
    }

    /// Says over a further session that this run holds the node: a lease counts for the session that took it, and does
    /// not outlive a boot.
    func leaseAgain(over session: any NodeSession) async throws {
        guard isLeased, let fence = progress.fence else { return }
        try await session.lease(run: shared.run, fence: fence, become: becomes(nil, scope: 0, location: .target))
    }

    /// Gives the node back.
    func release() async throws(EngineError) {
        guard progress.fence != nil else { return }
        if let session = sessions.isEmpty ? nil : try? await ownSession() {
            try? await session.release(run: shared.run)
        }
        do {
            try await shared.environment.log.release(node: node.name, run: shared.run)
        } catch {
            throw EngineError(.journal, "The journal could not give the node's lease back: \(error)")
        }
        isLeased = false
        shared.leases.gaveBack(node.name)
        try await record(.released(node: node.name))
    }
}
