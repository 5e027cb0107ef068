import Crypto
import Foundation

/// Where a line of a known_hosts file is.
package struct KnownHostsLocation: Sendable, Hashable, CustomStringConvertible {
    /// The file.
    package let path: String
    /// From 1.
    package let line: Int

    /// File and line.
    package var description: String { "\(path):\(line)" }
}

/// A line of a known_hosts file that could not be used. The other lines are used all the same.
package struct KnownHostsProblem: Sendable, Hashable, CustomStringConvertible {
    /// The line.
    package let location: KnownHostsLocation
    /// What is wrong with it, for a person.
    package let reason: String

    /// Place and reason.
    package var description: String { "\(location): \(reason)" }
}

/// One line of a known_hosts file; sshd(8), "SSH_KNOWN_HOSTS FILE FORMAT".
package struct KnownHostsEntry: Sendable, Hashable {
    /// What the line is for, if not simply for a host's key.
    package enum Marker: Sendable { case revoked, certificateAuthority }

    enum Hosts: Sendable, Hashable {
        case patterns(HostPatternList)
        /// HMAC-SHA1 of one name.
        case hashed(salt: [UInt8], digest: [UInt8])
    }

    /// The line.
    package let location: KnownHostsLocation
    /// `@revoked` or `@cert-authority`.
    package let marker: Marker?
    /// The host's key, the revoked key or the authority's.
    package let key: HostKey
    let hosts: Hosts
    /// The host field as written.
    package let hostField: String

    func matches(_ name: String) -> Bool {
        switch hosts {
        case .patterns(let list): list.matches(name)
        case .hashed(let salt, let digest): Self.digest(of: name, salt: salt) == digest
        }
    }

    static func digest(of name: String, salt: [UInt8]) -> [UInt8] {
        Array(HMAC<Insecure.SHA1>.authenticationCode(for: Array(name.utf8), using: SymmetricKey(data: salt)))
    }
}
