/// What happens to a host key that is not recorded. A changed or revoked key is refused whatever the policy.
package enum HostKeyPolicy: String, Sendable, Hashable, CaseIterable {
    /// Only recorded keys.
    case strict
    /// A key of a node for which nothing is recorded is recorded and used.
    case acceptNew = "accept-new"
    /// Nothing is checked but `@revoked` lines.
    case off
}

/// How far a connection's host key was checked.
///
/// Passwords, secrets and anything that changes a node belong on `verified` connections; see each caller's rules.
package enum HostKeyTrust: Sendable, Hashable {
    /// The key was recorded before the connection was made.
    case verified
    /// The key was recorded because of this connection.
    case acceptedNow
    /// The policy is off.
    case unchecked
}
