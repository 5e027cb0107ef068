import Foundation
import Glibc
import Model
import Relay

extension Requester {
    /// Who runs this process: the real user, the one behind sudo, and where they came from; in a command that the
    /// service runs for somebody, that user.
    package static func current(environment: [String: String]) -> Requester {
        if let peer = RelayPeer(environment: environment) {
            return Requester(
                user: peer.user, userID: peer.userID, sudoUser: nil, host: ProcessInfo.processInfo.hostName,
                sshClient: nil)
        }
        let userID = Int(getuid())
        let name = getpwuid(getuid()).map { String(cString: $0.pointee.pw_name) } ?? String(userID)
        return Requester(
            user: name,
            userID: userID,
            sudoUser: userID == 0 ? environment["SUDO_USER"] : nil,
            host: ProcessInfo.processInfo.hostName,
            sshClient: environment["SSH_CLIENT"].flatMap { $0.split(separator: " ").first.map(String.init) })
    }
}
