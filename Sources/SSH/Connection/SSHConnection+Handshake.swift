import CLibSSH2
import NIOCore

extension SSHConnection {
    /// Exchanges versions and keys and returns the server's host key, whose signature libssh2 has verified.
    func handshake(hostKeys: [String]) async throws(SSHError) -> HostKey {
        Algorithms.apply(to: core.raw, hostKeys: hostKeys)
        let bannerDeadline = ContinuousClock.now + target.deadlines.banner
        var exchangeDeadline: ContinuousClock.Instant?
        while true {
            let attempt: Attempt<Void> = core.call { .from(libssh2_session_handshake($0, LibSSH2.placeholder)) }
            let hasVersion = core.io.greeting?.hasVersion ?? true
            if hasVersion, exchangeDeadline == nil { exchangeDeadline = .now + target.deadlines.keyExchange }
            switch attempt {
            case .done:
                core.io.greeting = nil
                return try presentedKey()
            case .failed(let code):
                throw error(handshakeFailure(code, hostKeys), hasVersion ? .keyExchange : .banner)
            case .again:
                try await moved(hasVersion ? .keyExchange : .banner, until: exchangeDeadline ?? bannerDeadline)
            }
        }
    }

    private func presentedKey() throws(SSHError) -> HostKey {
        var length = 0
        var type: CInt = 0
        guard let bytes = libssh2_session_hostkey(core.raw, &length, &type),
            let key = HostKey(blob: Array(UnsafeRawBufferPointer(start: bytes, count: length)))
        else { throw error(.keyExchangeFailed("the server sent no host key"), .keyExchange) }
        return key
    }

    private func handshakeFailure(_ code: CInt, _ hostKeys: [String]) -> SSHError.Kind {
        let greeting = core.io.greeting ?? ServerGreeting()
        guard greeting.hasVersion else {
            // sshd names the reason as it turns a connection away that may be tried again.
            if greeting.bytes.isEmpty || greeting.text == "Exceeded MaxStartups" { return .bannerMissing }
            return .bannerGarbage(greeting.text)
        }
        if let theirs = greeting.algorithmLists,
            let disagreement = Algorithms.disagreement(theirs: theirs, hostKeys: hostKeys)
        {
            return .algorithmsDisagree(disagreement)
        }
        if let ending = core.ending { return ending }
        // What it says as it disconnects may be here before its end is.
        if core.transport.hasEnded || core.io.farewell != nil {
            return .lost(core.io.farewell ?? core.transport.failure ?? "the server closed it")
        }
        switch code {
        case LIBSSH2_ERROR_SOCKET_DISCONNECT, LIBSSH2_ERROR_SOCKET_RECV, LIBSSH2_ERROR_SOCKET_SEND:
            return core.kind(of: code)
        default:
            return .keyExchangeFailed("\(core.lastMessage) (libssh2 \(code))")
        }
    }

    /// Judges the host key before anything secret is sent.
    func check(_ key: HostKey, _ lookup: HostKeyLookup, _ context: SSHContext) async throws(SSHError) -> HostKeyTrust {
        let policy = target.hostKeyPolicy ?? context.hostKeyPolicy
        switch lookup.verdict(on: key) {
        case .revoked(let place):
            throw error(.hostKeyRevoked(key, place), .hostKey)
        case .known:
            return policy == .off ? .unchecked : .verified
        case _ where policy == .off:
            return .unchecked
        case .changed(let recorded, let name):
            throw error(.hostKeyChanged(key, recorded: recorded, name: name), .hostKey)
        case .authorityOnly(let place, let name):
            throw error(.hostKeyAuthorityUnsupported(place, name: name), .hostKey)
        case .unknown:
            guard policy == .acceptNew else {
                throw error(.hostKeyUnknown(key, names: target.hostKeyNames), .hostKey)
            }
            try await Self.record(key, target, context)
            return .acceptedNow
        }
    }

    /// Off the event loop, because it waits for a file lock and the disk.
    @concurrent
    private static func record(_ key: HostKey, _ target: SSHTarget, _ context: SSHContext) async throws(SSHError) {
        try context.hostKeys.accept(key, for: target, allowingShared: target.allowsSharedHostKey)
    }
}
