import Model
import SSH

extension SessionError {
    /// What an SSH error means to a run.
    init(_ error: SSHError) {
        let kind: Kind =
            switch error.kind {
            case .dns, .refused, .unreachable, .timedOut, .bannerGarbage, .bannerMissing, .algorithmsDisagree,
                .keyExchangeFailed, .jumpFailed, .tooManyNodes:
                .unreachable
            case .hostKeyUnknown, .hostKeyChanged, .hostKeyRevoked, .hostKeyAuthorityUnsupported, .hostKeyShared,
                .hostKeysUnusable:
                .hostKey
            case .authRefused, .keyUnreadable, .passphraseNeeded, .agentFailed, .passwordWithheld,
                .passwordMissing:
                .refused
            case .openRefused, .commandTooLong, .uploadFailed: .unusable
            case .lost, .closed, .internalFailure: .lost
            case .cancelled: .cancelled
            }
        self.init(kind, error.description, hint: error.hint)
    }
}
