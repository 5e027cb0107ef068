import CLibSSH2
import Glibc
import NIOCore

extension SSHConnection {
    /// Logs in. Each key is offered once and nothing is tried again: refusals can lock the controller out of a node.
    func authenticate(_ context: SSHContext) async throws(SSHError) {
        let deadline = ContinuousClock.now + target.deadlines.authentication
        let problems = try await offerKeys(context, deadline)
        guard let problems else { return }
        let methods = try await offeredMethods(deadline)
        guard let methods else { return }
        if try await offerPassword(context, methods, deadline) { return }
        if problems.tried.isEmpty, let first = problems.firstProblem { throw error(first, .authentication) }
        throw error(
            .authRefused(
                AuthRefusal(
                    user: target.user, methodsOffered: methods, keysTried: problems.tried, skipped: problems.skipped)),
            .authentication)
    }

    private struct Offers {
        var tried: [String] = []
        var skipped: [String] = []
        var firstProblem: SSHError.Kind?
    }

    // MARK: Keys

    /// Nil once logged in, else what was tried.
    private func offerKeys(_ context: SSHContext, _ deadline: ContinuousClock.Instant) async throws(SSHError) -> Offers?
    {
        var offers = Offers()
        var identities: [Identity] = []
        for path in target.identityFiles {
            do throws(KeyProblem) {
                identities.append(try await context.identities.identity(at: path))
            } catch {
                offers.firstProblem = offers.firstProblem ?? error.kind
                offers.skipped.append(path)
            }
        }
        let agent = agent
        var agentKeys: [(key: PublicKey, comment: String)] = []
        if let agent, needsAgent(identities) {
            do throws(AgentFailure) {
                agentKeys = try await agent.identities(until: deadline, on: eventLoop)
            } catch {
                offers.firstProblem = offers.firstProblem ?? .agentFailed(error.reason)
                offers.skipped.append("the agent's keys (\(error.reason))")
            }
        }
        let plan = AuthPlan(identities: identities, agentKeys: agentKeys, identitiesOnly: target.identitiesOnly)
        offers.skipped += plan.skipped
        for candidate in plan.candidates {
            switch try await offer(candidate, context, agent, deadline, tried: offers.tried) {
            case .accepted:
                authenticatedBy = candidate.label
                return nil
            case .refused:
                offers.tried.append(candidate.label)
            case .refusedAfterSigning:
                // Either the server wants a second factor, or it will not have this user: other keys would not help.
                offers.tried.append(candidate.label)
                return offers
            case .unusable(let kind):
                offers.firstProblem = offers.firstProblem ?? kind
                offers.skipped.append(candidate.label)
            }
        }
        return offers
    }

    private var agent: SSHAgent? {
        guard target.useAgent, let path = target.agentSocket ?? getenv("SSH_AUTH_SOCK").map({ String(cString: $0) }),
            !path.isEmpty
        else { return nil }
        return SSHAgent(path: path)
    }

    /// Asking the agent costs a connection to it, so it is not asked where its keys cannot matter.
    private func needsAgent(_ identities: [Identity]) -> Bool {
        !target.identitiesOnly || identities.contains { $0.file.isEncrypted }
    }

    private enum Answer {
        case accepted, refused, refusedAfterSigning
        /// The key could not sign, so it does not count as refused.
        case unusable(SSHError.Kind)
    }

    private func offer(
        _ candidate: AuthPlan.Candidate, _ context: SSHContext, _ agent: SSHAgent?, _ deadline: ContinuousClock.Instant,
        tried: [String]
    ) async throws(SSHError) -> Answer {
        let algorithm: SignatureAlgorithm = candidate.offered.isRSA ? .rsaSHA256 : .own
        let blob = candidate.offered.blob(for: algorithm)
        let request = SignatureRequest()
        core.io.signatureRequest = request
        defer { core.io.signatureRequest = nil }
        while true {
            let io = core.io
            let code: CInt
            switch core.call({ raw -> Attempt<CInt> in
                let code = SignatureRequest.authenticate(raw, user: target.user, publicKey: blob, io: io)
                // Waiting for the signature is not waiting for the server.
                return code == LIBSSH2_ERROR_EAGAIN && !request.isWaiting ? .again : .done(code)
            }) {
            case .done(let result): code = result
            case .failed(let result): code = result
            case .again:
                try await moved(.authentication, until: deadline)
                continue
            }
            switch code {
            case 0:
                return .accepted
            case LIBSSH2_ERROR_EAGAIN:
                do throws(KeyProblem) {
                    request.signature = try await sign(
                        request.data ?? [], candidate, algorithm, context, agent, deadline)
                } catch {
                    return try await giveUp(request, error.kind, blob)
                }
                if let ending = core.ending { throw self.error(ending, .authentication) }
            case LIBSSH2_ERROR_AUTHENTICATION_FAILED:
                return .refused
            case LIBSSH2_ERROR_PUBLICKEY_UNVERIFIED where core.ending == nil && !core.transport.hasEnded:
                return .refusedAfterSigning
            default:
                throw loginFailure(code, tried + [candidate.label])
            }
        }
    }

    /// Has libssh2 forget the unfinished offer, by an answer to its callback that says that the key cannot sign.
    private func giveUp(_ request: SignatureRequest, _ kind: SSHError.Kind, _ blob: [UInt8]) async throws(SSHError)
        -> Answer
    {
        if let ending = core.ending { throw error(ending, .authentication) }
        request.isRefused = true
        let io = core.io
        _ = core.call { raw -> Attempt<Void> in
            .from(SignatureRequest.authenticate(raw, user: target.user, publicKey: blob, io: io))
        }
        return .unusable(kind)
    }

    private func sign(
        _ data: [UInt8], _ candidate: AuthPlan.Candidate, _ algorithm: SignatureAlgorithm, _ context: SSHContext,
        _ agent: SSHAgent?, _ deadline: ContinuousClock.Instant
    ) async throws(KeyProblem) -> [UInt8] {
        switch candidate.signer {
        case .file(let identity):
            let key = try await context.identities.privateKey(of: identity)
            do {
                return try key.sign(data, algorithm)
            } catch {
                throw KeyProblem(
                    path: identity.path, kind: .keyUnreadable(path: identity.path, reason: "it cannot sign"))
            }
        case .agent(let key):
            guard let agent else { throw KeyProblem(path: candidate.origin, kind: .agentFailed("there is none")) }
            do throws(AgentFailure) {
                return try await agent.sign(data, with: key, algorithm, until: deadline, on: eventLoop)
            } catch {
                throw KeyProblem(path: candidate.origin, kind: .agentFailed(error.reason))
            }
        }
    }

    /// The server may close the connection instead of answering, once it has refused enough.
    private func loginFailure(_ code: CInt, _ tried: [String]) -> SSHError {
        var kind = core.kind(of: code)
        if core.ending == nil, core.transport.hasEnded || core.io.farewell != nil {
            kind = .lost(core.io.farewell ?? core.transport.failure ?? "the server closed it")
        }
        guard tried.count > 1, case .lost = kind else { return error(kind, .authentication) }
        return error(
            .authRefused(AuthRefusal(user: target.user, methodsOffered: [], keysTried: tried, skipped: [])),
            .authentication)
    }

    // MARK: Other methods

    /// What the server says may still work; nil if it lets the user in without any of it.
    private func offeredMethods(_ deadline: ContinuousClock.Instant) async throws(SSHError) -> [String]? {
        while true {
            var list: String?
            switch core.call({ raw -> Attempt<Bool> in
                if let text = libssh2_userauth_list(raw, target.user, UInt32(target.user.utf8.count)) {
                    list = String(cString: text)
                    return .done(true)
                }
                if libssh2_userauth_authenticated(raw) != 0 { return .done(false) }
                let code = libssh2_session_last_errno(raw)
                return code == LIBSSH2_ERROR_EAGAIN ? .again : .failed(code)
            }) {
            case .done(true): return (list ?? "").split(separator: ",").map(String.init)
            case .done(false):
                authenticatedBy = "none"
                return nil
            case .failed: return []
            case .again: try await moved(.authentication, until: deadline)
            }
        }
    }

    /// Sends the password once: a refusal can lock the account.
    private func offerPassword(
        _ context: SSHContext, _ methods: [String], _ deadline: ContinuousClock.Instant
    ) async throws(SSHError) -> Bool {
        let asks = methods.filter { ["password", "keyboard-interactive"].contains($0) }
        guard let provider = context.password, !asks.isEmpty else { return false }
        guard trust == .verified else { throw error(.passwordWithheld, .authentication) }
        let password: String?
        do {
            password = try await provider(target)
        } catch let problem {
            throw error(.passwordMissing("\(problem)"), .authentication)
        }
        guard let password else { return false }
        let target = target
        if asks.contains("password") {
            let accepted = try await method(deadline) { raw in
                libssh2_userauth_password_ex(
                    raw, target.user, UInt32(target.user.utf8.count), password, UInt32(password.utf8.count), nil)
            }
            if accepted { authenticatedBy = "password" }
            return accepted
        }
        core.io.promptExchange = PromptExchange(password: password)
        defer { core.io.promptExchange = nil }
        let accepted = try await method(deadline) { PromptExchange.authenticate($0, user: target.user) }
        if accepted { authenticatedBy = "keyboard-interactive" }
        return accepted
    }

    /// Whether the server accepted; false if it refused.
    private func method(
        _ deadline: ContinuousClock.Instant, _ call: (OpaquePointer) -> CInt
    ) async throws(SSHError) -> Bool {
        try await drive(.authentication, until: deadline) { raw in
            switch call(raw) {
            case 0: .done(true)
            case LIBSSH2_ERROR_EAGAIN: .again
            case LIBSSH2_ERROR_AUTHENTICATION_FAILED, LIBSSH2_ERROR_PASSWORD_EXPIRED: .done(false)
            case let code: .failed(code)
            }
        }
    }
}
