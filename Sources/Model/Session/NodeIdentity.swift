/// What a node says of itself when a session with it starts.
package struct NodeIdentity: Sendable, Hashable, Codable {
    /// `/etc/machine-id`; empty where there is none.
    package var machineID: String
    /// `/proc/sys/kernel/random/boot_id`.
    package var bootID: String
    /// The node's own host name.
    package var hostname: String
    /// The effective user id of the supervisor.
    package var userID: Int
    /// `ID` of `/etc/os-release`, such as `debian` or `amzn`.
    package var distribution: String
    /// `VERSION_ID` of `/etc/os-release`.
    package var distributionVersion: String
    /// Whether steps run as transient systemd units.
    package var hasSystemd: Bool

    /// Creates an identity.
    package init(
        machineID: String, bootID: String, hostname: String, userID: Int, distribution: String,
        distributionVersion: String, hasSystemd: Bool
    ) {
        self.machineID = machineID
        self.bootID = bootID
        self.hostname = hostname
        self.userID = userID
        self.distribution = distribution
        self.distributionVersion = distributionVersion
        self.hasSystemd = hasSystemd
    }
}
