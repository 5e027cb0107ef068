/// Which keys to offer, in which order. Pure: what the files and the agent hold is given.
struct AuthPlan {
    struct Candidate: Sendable {
        /// What to offer: a key or a certificate.
        let offered: PublicKey
        let signer: Signer
        /// For errors and the audit: where the key is from.
        let origin: String

        var label: String { "\(offered.fingerprint) (\(offered.type), \(origin.visible))" }
    }

    enum Signer: Sendable {
        case file(Identity)
        /// The key, which for a certificate is not what is offered.
        case agent(PublicKey)
    }

    private(set) var candidates: [Candidate] = []
    /// Keys that cannot be offered, and why.
    private(set) var skipped: [String] = []

    /// sshd counts each refused key, and by default closes the connection at the sixth.
    static let mostOffers = 5

    init(identities: [Identity], agentKeys: [(key: PublicKey, comment: String)], identitiesOnly: Bool) {
        for identity in identities {
            if let certificate = identity.unusableCertificate {
                skipped.append("\(identity.path)-cert.pub (certificates of type \(certificate.type) are not supported)")
            }
            guard let publicKey = identity.publicKey else {
                skipped.append("\(identity.path) (its public key is not known; write it to \(identity.path).pub)")
                continue
            }
            let isInAgent = agentKeys.contains { $0.key == publicKey }
            // The agent spares the passphrase, and an unencrypted file spares the agent.
            let signer: Signer = identity.file.isEncrypted && isInAgent ? .agent(publicKey) : .file(identity)
            for offered in [identity.certificate, publicKey].compactMap({ $0 }) {
                add(Candidate(offered: offered, signer: signer, origin: identity.path))
            }
        }
        guard !identitiesOnly else { return }
        for (key, comment) in agentKeys {
            add(Candidate(offered: key, signer: .agent(key), origin: "agent: \(comment)"))
        }
    }

    private mutating func add(_ candidate: Candidate) {
        guard !candidates.contains(where: { $0.offered == candidate.offered }) else { return }
        if !candidate.offered.isUsable {
            skipped.append("\(candidate.label): keys of this type are not supported")
        } else if candidates.count == Self.mostOffers {
            skipped.append(
                "\(candidate.label): more than \(Self.mostOffers) keys would be refused; set identities_only")
        } else {
            candidates.append(candidate)
        }
    }
}
