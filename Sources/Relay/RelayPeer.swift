import Foundation
import Glibc

/// Who is at the other end of a connection, as the kernel says.
package struct RelayPeer: Sendable, Hashable, Codable {
    /// As this machine's user database has it.
    package var user: String
    package var userID: Int
    package var processID: Int

    /// The environment variable in which the service tells a command for whom it is.
    package static let variable = "RUNBOOK_SERVED_USER"

    /// The peer of a connected socket: who had it connected, whatever became of them since.
    /// - Throws: `RelayError` for a user that has no name here, or none at all.
    init(of socket: UnixSocket) throws(RelayError) {
        // struct ucred of unix(7): pid, uid, gid.
        var credentials: (pid: Int32, uid: UInt32, gid: UInt32) = (0, 0, 0)
        var length = socklen_t(MemoryLayout.size(ofValue: credentials))
        guard getsockopt(socket.descriptor, SOL_SOCKET, SO_PEERCRED, &credentials, &length) == 0,
            length == MemoryLayout.size(ofValue: credentials)
        else { throw RelayError("The kernel does not say who is asking.") }
        guard credentials.uid != Self.overflow else {
            throw RelayError(
                "Who is asking has no number in the service's own user namespace.",
                hint: "Run the command outside of the container.")
        }
        guard let name = Self.name(of: credentials.uid) else {
            throw RelayError(
                "User \(credentials.uid) has no name on this machine, so nothing can be allowed to them.",
                hint: "Is the directory service (SSSD, LDAP) down? getent passwd \(credentials.uid)")
        }
        user = name
        userID = Int(credentials.uid)
        processID = Int(credentials.pid)
    }

    /// The peer that an environment names; nil where there is none.
    package init?(environment: [String: String]) {
        guard let text = environment[Self.variable],
            let peer = try? JSONDecoder().decode(RelayPeer.self, from: Data(text.utf8))
        else { return nil }
        self = peer
    }

    /// For an environment.
    var text: String {
        get throws { String(decoding: try JSONEncoder().encode(self), as: UTF8.self) }
    }

    /// What stands for users that a user namespace has no number for: user_namespaces(7).
    private static var overflow: UInt32 {
        let text = try? String(contentsOfFile: "/proc/sys/kernel/overflowuid", encoding: .utf8)
        return text.flatMap { UInt32($0.trimmingCharacters(in: .whitespacesAndNewlines)) } ?? 65534
    }

    private static func name(of user: uid_t) -> String? {
        var entry = passwd()
        var found: UnsafeMutablePointer<passwd>?
        var buffer = [CChar](repeating: 0, count: 1 << 14)
        return buffer.withUnsafeMutableBufferPointer { memory in
            guard let base = memory.baseAddress, getpwuid_r(user, &entry, base, memory.count, &found) == 0, found != nil
            else { return nil }
            return entry.pw_name.map { String(cString: $0) }
        }
    }
}
