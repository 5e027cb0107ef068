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
            try await fail(.cancel, "Run \(holder.short) holds the node.")
            return "run \(holder.short) holds the node"
        } catch {
            throw EngineError(.journal, "The journal could not keep the node's lease: \(error)")
        }
        try await record(.leased(node: node.name, fence: fence))
        do {
            let session = try await reconnect(
                at: .target, patience: progress.identity == nil ? .zero : .seconds(60)
            ).session
            try await session.lease(
                run: shared.run, fence: fence, become: becomes(nil, scope: 0, location: .target))
        } catch {
            if let failure = await shared.recorder.failure { throw failure }
            let session = error as? SessionError
            if case .busy(let holder)? = session?.kind {
                try await fail(.cancel, "Run \(holder.prefix(8)) of another controller holds the node.")
                return "run \(holder.prefix(8)) of another controller holds the node"
            }
            lastWasUnreachable = true
            return Self.reason(error)
        }
        isLeased = true
        return nil
    }

    /// A lease does not outlive a boot.
    func leaseAgain() async throws(EngineError) {
        guard isLeased, let fence = progress.fence, let session = try? await ownSession() else { return }
        try? await session.lease(run: shared.run, fence: fence, become: becomes(nil, scope: 0, location: .target))
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
        try await record(.released(node: node.name))
    }
}
