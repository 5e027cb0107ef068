extension SSHError: CustomStringConvertible {
    /// A sentence for a person.
    package var description: String {
        switch kind {
        case .dns(let reason): "The address of \(node) could not be resolved: \(reason.visible)."
        case .refused: "\(node) refused the TCP connection."
        case .unreachable(let reason): "\(node) cannot be reached: \(reason.visible)."
        case .timedOut(let phase): "\(node) did not answer in time (\(phase.inWords))."
        case .bannerGarbage(let text): "What answers for \(node) does not speak SSH; it said “\(text.visible)”."
        case .bannerMissing: "\(node) closed the connection before it named its SSH version."
        case .algorithmsDisagree(let lists):
            "\(node) and this program have no \(lists.purpose) algorithm in common: it offers "
                + "\(lists.theirs.joined(separator: ", ").visible); we accept \(lists.ours.joined(separator: ", "))."
        case .keyExchangeFailed(let reason): "The key exchange with \(node) failed: \(reason.visible)."
        case .hostKeyUnknown(let key, let names):
            "The host key of \(node) is not known (\(key.description)); looked for \(names.joined(separator: ", "))."
        case .hostKeyChanged(let key, let recorded, let name):
            "\(node) presents another host key (\(key.description)) than the one recorded for \(name) at "
                + recorded.map(\.description).joined(separator: ", ") + "."
        case .hostKeyRevoked(let key, let place):
            "\(node) presents a revoked host key (\(key.description)), see \(place.description)."
        case .hostKeyAuthorityUnsupported(let place, let name):
            "\(place.description) trusts a certificate authority for \(name), and host certificates are not supported."
        case .hostKeyShared(let key, let place, let name):
            "\(node) presents the host key of another node (\(key.description)), recorded for \(name) at "
                + "\(place.description)."
        case .hostKeysUnusable(let path, let reason): "\(path) cannot be used: \(reason.visible)."
        case .authRefused(let refusal): Self.describe(refusal, node)
        case .keyUnreadable(let path, let reason): "The key \(path) cannot be used: \(reason.visible)."
        case .passphraseNeeded(let path): "The key \(path) needs a passphrase."
        case .agentFailed(let reason): "The SSH agent failed: \(reason.visible)."
        case .passwordWithheld: "\(node) asks for a password, which is not sent to a host that is not verified."
        case .passwordMissing(let reason): "\(node) asks for a password, and there is none: \(reason.visible)"
        case .openRefused(let reason): "\(node) refused to open a channel: \(reason.visible)."
        case .commandTooLong(let bytes): "The command for \(node) is \(bytes) bytes long; at most 32,000 can be sent."
        case .lost(let reason): "The connection to \(node) was lost: \(reason.visible)."
        case .jumpFailed(let error): "\(node) cannot be reached through its jump host: \(error.description)"
        case .cancelled: "The work on \(node) was cancelled."
        case .closed: "The connection to \(node) is closed."
        case .uploadFailed(let failure): "The file was not put on \(node): \(failure.inWords)."
        case .tooManyNodes(let nodes, let limit):
            "\(nodes) nodes need more open files than the \(limit) that this process may have."
        case .internalFailure(let reason): "SSH failed for \(node) in an unexpected way: \(reason.visible)."
        }
    }

    /// What mends it, if anything is known to.
    package var hint: String? {
        switch kind {
        case .dns: "Check the node's address in the inventory, or the name service."
        case .refused: "Check that sshd runs on the node and listens on that port."
        case .unreachable, .timedOut(.connect): "Check that the node is up and that no firewall is between."
        case .timedOut(.authentication):
            "Log-in hooks on the node may be slow (PAM, the name service, a home folder that hangs); look at its sshd log."
        case .timedOut(.banner), .bannerMissing:
            "The node's sshd may be overloaded or limited by MaxStartups; look at its sshd log."
        case .bannerGarbage: "Check the port; another service may listen there."
        case .algorithmsDisagree(let lists): Self.mend(lists)
        case .hostKeyUnknown: "If the fingerprint is right: runbook nodes keys accept \(node)"
        case .hostKeyChanged: "If the node was reinstalled: runbook nodes keys forget \(node), then … accept \(node)"
        case .hostKeyRevoked: "Do not log in. Give the node a new host key, or mend the @revoked line."
        case .hostKeyAuthorityUnsupported: "Record the node's own key as well: runbook nodes keys accept \(node)"
        case .hostKeyShared:
            "Two names may mean one machine, or the node was cloned. If they may share a key, say so in the inventory."
        case .authRefused(let refusal):
            "Check that the public key is in ~\(refusal.user)/.ssh/authorized_keys on the node; it is not tried again."
        case .keyUnreadable(let path, _): "Try: ssh-keygen -y -f \(path)"
        case .passphraseNeeded(let path):
            "Add the key to an agent: ssh-add \(path), or name 'passphrase' in the inventory."
        case .agentFailed: "Check SSH_AUTH_SOCK and that the agent runs: ssh-add -l"
        case .passwordWithheld: "Record the node's host key first: runbook nodes keys accept \(node)"
        case .passwordMissing: "Mend 'password' under 'ssh' in the inventory, or let the node take a key."
        case .openRefused: "Look at the node's sshd log; MaxSessions or AllowTcpForwarding may be the cause."
        case .commandTooLong: "Send the script on standard input instead."
        case .jumpFailed(let error): error.hint
        case .tooManyNodes: "Raise the limit (ulimit -n) or take fewer nodes at a time."
        case .hostKeysUnusable(let path, _): "Mend \(path), or name other files as 'known_hosts' in the settings."
        case .timedOut, .keyExchangeFailed:
            "The node or the network to it may be overloaded. See how far it gets: runbook nodes ping \(node)"
        case .lost where phase == .banner || phase == .keyExchange || phase == .authentication:
            "The node's sshd ended the connection before the log-in; look at its log."
        case .lost, .cancelled, .closed, .uploadFailed, .internalFailure: nil
        }
    }

    /// A stable name for programs.
    package var code: String {
        switch kind {
        case .dns: "dns"
        case .refused: "refused"
        case .unreachable: "unreachable"
        case .timedOut: "timed-out"
        case .bannerGarbage: "banner-garbage"
        case .bannerMissing: "banner-missing"
        case .algorithmsDisagree: "algorithms-disagree"
        case .keyExchangeFailed: "key-exchange-failed"
        case .hostKeyUnknown: "host-key-unknown"
        case .hostKeyChanged: "host-key-changed"
        case .hostKeyRevoked: "host-key-revoked"
        case .hostKeyAuthorityUnsupported: "host-key-authority-unsupported"
        case .hostKeyShared: "host-key-shared"
        case .hostKeysUnusable: "host-keys-unusable"
        case .authRefused: "auth-refused"
        case .keyUnreadable: "key-unreadable"
        case .passphraseNeeded: "passphrase-needed"
        case .agentFailed: "agent-failed"
        case .passwordWithheld: "password-withheld"
        case .passwordMissing: "password-missing"
        case .openRefused: "open-refused"
        case .commandTooLong: "command-too-long"
        case .lost: "lost"
        case .jumpFailed: "jump-failed"
        case .cancelled: "cancelled"
        case .closed: "closed"
        case .uploadFailed: "upload-failed"
        case .tooManyNodes: "too-many-nodes"
        case .internalFailure: "internal"
        }
    }

    /// Whether another attempt a little later may succeed without anyone doing anything.
    ///
    /// Never true once the server has answered a log-in: a refused key tried again can lock the controller out
    /// (PerSourcePenalties of sshd_config(5)).
    package var isRetryable: Bool {
        switch kind {
        case .refused, .bannerMissing: true
        case .lost: phase == .banner || phase == .keyExchange
        case .unreachable: phase == .connect
        case .jumpFailed(let error): error.isRetryable
        default: false
        }
    }

    private static func describe(_ refusal: AuthRefusal, _ node: String) -> String {
        var text = "\(node) refused to log in \(refusal.user)"
        text +=
            refusal.keysTried.isEmpty
            ? "; no key was offered" : "; keys tried: \(refusal.keysTried.joined(separator: ", "))"
        if !refusal.skipped.isEmpty { text += "; not tried: \(refusal.skipped.joined(separator: ", "))" }
        if !refusal.methodsOffered.isEmpty {
            text += "; the server offers \(refusal.methodsOffered.joined(separator: ", ").visible)"
        }
        return text + "."
    }

    private static func mend(_ lists: AlgorithmDisagreement) -> String {
        if lists.purpose == "host key" {
            if lists.ours.allSatisfy({ $0.hasPrefix("ssh-rsa") }) {
                return
                    "Only an RSA key is recorded, which modern servers do not use this way; record the node's ECDSA or "
                    + "Ed25519 key: runbook nodes keys forget …, then accept …"
            }
            return "Give the node an ECDSA or Ed25519 host key: ssh-keygen -A"
        }
        return "Allow one of ours in the node's sshd_config."
    }
}

extension SSHError.Phase {
    var inWords: String {
        switch self {
        case .resolve: "resolving the address"
        case .connect: "connecting"
        case .banner: "waiting for its SSH version"
        case .keyExchange: "exchanging keys"
        case .hostKey: "checking the host key"
        case .authentication: "logging in"
        case .open: "opening a channel"
        case .channel: "running a command"
        case .transfer: "transferring a file"
        case .pool: "waiting for a turn"
        }
    }
}

extension UploadFailure {
    var inWords: String {
        switch self {
        case .checksumDiffers: "the bytes that arrived differ from those sent"
        case .isDirectory: "a directory has that name"
        case .node(let step, let message): "\(step) failed: \(message.visible)"
        }
    }
}

extension String {
    /// The text with control and direction-changing characters shown as escapes, and cut at 200 characters.
    var visible: String {
        var result = ""
        for scalar in unicodeScalars.prefix(200) {
            switch scalar.properties.generalCategory {
            case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .privateUse, .unassigned:
                result += "\\u{\(String(scalar.value, radix: 16))}"
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }
}
