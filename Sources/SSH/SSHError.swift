/// Why a connection could not be made or did not last.
///
/// `description` is a sentence for a person that names the node; `hint` says what mends it. Neither holds a secret,
/// and text that came from the server is shown with its control characters escaped.
package struct SSHError: Error, Sendable {
    /// The part of a connection's life in which it failed.
    package enum Phase: String, Sendable {
        case resolve, connect, banner, keyExchange, hostKey, authentication, open, channel, transfer, pool
    }

    /// What went wrong. Each kind has a stable `code`, a sentence and mostly a mend.
    package indirect enum Kind: Sendable {
        /// The address has no entry in the name service, or the name service failed.
        case dns(String)
        case refused
        /// No route, reset while connecting, or another failure of the network.
        case unreachable(String)
        case timedOut(Phase)
        /// What answered does not speak SSH. The start of what it said.
        case bannerGarbage(String)
        /// The server closed the connection before its version line, as an overloaded sshd does.
        case bannerMissing
        case algorithmsDisagree(AlgorithmDisagreement)
        /// The key exchange failed for another reason.
        case keyExchangeFailed(String)
        case hostKeyUnknown(HostKey, names: [String])
        case hostKeyChanged(HostKey, recorded: [KnownHostsLocation], name: String)
        case hostKeyRevoked(HostKey, KnownHostsLocation)
        /// Only a `@cert-authority` line covers the name, and host certificates are not supported.
        case hostKeyAuthorityUnsupported(KnownHostsLocation, name: String)
        /// Another node already has this key.
        case hostKeyShared(HostKey, KnownHostsLocation, name: String)
        /// The known_hosts file could not be read or written.
        case hostKeysUnusable(path: String, reason: String)
        case authRefused(AuthRefusal)
        case keyUnreadable(path: String, reason: String)
        case passphraseNeeded(path: String)
        case agentFailed(String)
        /// A password was needed but must not be sent, because the host key was not verified strictly.
        case passwordWithheld
        /// A password was needed, and where it comes from could not be asked.
        case passwordMissing(String)
        /// The server refused to open a channel or tunnel, or to start the command.
        case openRefused(String)
        case commandTooLong(bytes: Int)
        case lost(String)
        case jumpFailed(SSHError)
        case cancelled
        /// The connection was closed on this side.
        case closed
        case uploadFailed(UploadFailure)
        case tooManyNodes(nodes: Int, fileLimit: Int)
        case internalFailure(String)
    }

    /// The node's name.
    package let node: String
    /// Where in the connection's life it happened.
    package let phase: Phase
    /// What went wrong.
    package let kind: Kind

    package init(_ kind: Kind, node: String, phase: Phase) {
        self.node = node
        self.phase = phase
        self.kind = kind
    }
}

/// The two sides' lists when they have no algorithm in common.
package struct AlgorithmDisagreement: Sendable, Hashable {
    /// What the algorithm is for, such as "host key" or "MAC".
    package var purpose: String
    /// What this program accepts, best first.
    package var ours: [String]
    /// What the server offers, as it sent it.
    package var theirs: [String]
}

/// What a server refused.
package struct AuthRefusal: Sendable, Hashable {
    /// Who was to be logged in.
    package var user: String
    /// What the server says could still work; empty if it did not say.
    package var methodsOffered: [String]
    /// Fingerprints of the keys that were offered, in that order, with where each is from.
    package var keysTried: [String]
    /// Why other keys were not tried.
    package var skipped: [String]
}

/// Why a file did not take its place on the node. The old file, if any, is untouched.
package enum UploadFailure: Sendable, Hashable {
    case checksumDiffers
    case isDirectory
    /// The name of the step that failed on the node, and what it said.
    case node(step: String, message: String)
}
