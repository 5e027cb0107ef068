import Model

extension NodeRun {
    /// Whether the target is the controller itself.
    var isController: Bool { runbook.targets == .controller }

    /// The session with the target itself, opened if there is none.
    /// - Throws: `SessionError`, or `EngineError` where the journal failed.
    func ownSession() async throws -> any NodeSession {
        if let session = sessions[Self.ownKey] { return session }
        try await tellState()
        let connector = isController ? shared.environment.controller : shared.environment.connector
        let session = try await connector.connect(to: node)
        do {
            try await leaseAgain(over: session)
        } catch {
            await session.close()
            throw error
        }
        sessions[Self.ownKey] = session
        if session.identity != identity {
            identity = session.identity
            try await record(.connected(node: node.name, session.identity))
        }
        return session
    }

    /// The session where work with `location` runs, and that host's name unless it is the target.
    ///
    /// Of several hosts the first one that can be reached serves this target from then on.
    func session(at location: Location) async throws -> (session: any NodeSession, host: String?) {
        switch location {
        case .target: return (try await ownSession(), nil)
        // The controller as a target has been leased over the session that is there.
        case .controller where isController: return (try await ownSession(), nil)
        case .controller:
            if let session = sessions[Self.controllerKey] { return (await sharingLease(session), "controller") }
            let session = try await shared.environment.controller.connect(to: Node(name: "controller"))
            sessions[Self.controllerKey] = session
            return (await sharingLease(session), "controller")
        case .role(let role):
            return try await session(among: shared.request.inventory.roles[role], described: "role \(role)")
        case .group(let group):
            return try await session(among: shared.request.inventory.groups[group], described: "group \(group)")
        }
    }

    private func session(
        among hosts: NodeSet?, described: String
    ) async throws -> (session: any NodeSession, host: String?) {
        var last: SessionError?
        for name in hosts?.names ?? [] {
            if name == node.name { return (try await ownSession(), name) }
            if let session = sessions[name] { return (await sharingLease(session), name) }
            guard let host = shared.request.inventory.nodes[name] else { continue }
            do {
                let session = try await shared.environment.connector.connect(to: host)
                sessions[name] = session
                return (await sharingLease(session), name)
            } catch let error as SessionError where error.kind != .cancelled {
                last = error
            }
        }
        throw SessionError(
            .unreachable, "No host of \(described) can be reached" + (last.map { ": \($0.message)" } ?? "."),
            hint: last?.hint)
    }

    /// A session with a host which may be a target of this run, too: then steps are sent under that target's claim.
    func sharingLease(_ session: any NodeSession) async -> any NodeSession {
        if let fence = shared.leases.fence(on: session.identity.machineID) {
            await session.share(leaseOf: shared.run, fence: fence)
        }
        return session
    }

    /// Forgets a session that broke, so that the next use opens another.
    func dropSession(host: String?) async {
        acknowledgement = nil
        let key = host.map { $0 == node.name ? Self.ownKey : $0 } ?? Self.ownKey
        if let session = sessions.removeValue(forKey: key) { await session.close() }
    }

    /// Ends all sessions. What runs guarded goes on.
    func closeSessions() async {
        await acknowledgement?.value
        acknowledgement = nil
        let open = sessions.values
        sessions = [:]
        for session in open { await session.close() }
    }

    /// Tries to open a session at `location` again, with growing pauses, until `patience` is over.
    ///
    /// A refused login or host key is tried again only `despiteRefusals`: while the node boots, when pam_nologin(8)
    /// lets nobody in, or while its own undo may yet let the controller in again.
    /// - Throws: the last `SessionError`.
    func reconnect(
        at location: Location, patience: Duration, despiteRefusals: Bool = false
    ) async throws -> (session: any NodeSession, host: String?) {
        let deadline = clock.elapsed() + patience
        var delay = Duration.seconds(1)
        while true {
            do {
                return try await session(at: location)
            } catch let error as SessionError {
                let isFinal =
                    switch error.kind {
                    case .cancelled, .violation: true
                    case .hostKey, .refused: !despiteRefusals
                    default: false
                    }
                if isFinal || clock.elapsed() + delay > deadline || shared.control.level >= .stopNow { throw error }
            }
            await shared.control.pause(for: delay, until: .stopNow, clock: clock)
            delay = min(delay * 2, .seconds(15))
        }
    }

    /// Whether `step`, or a probe, runs as the inventory's become user.
    func becomes(_ own: Bool?, scope: Int, location: Location) -> Bool {
        if let own { return own }
        if location == .controller || isController { return false }
        return shared.list.scopes[scope].runbook.become ?? runbook.become ?? (node.become.method != .none)
    }

    private static let ownKey = ""
    private static let controllerKey = "controller"
}
