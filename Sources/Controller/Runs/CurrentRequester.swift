import Foundation
import Glibc
import Model

extension Requester {
    /// Who runs this process: the real user, the one behind sudo, and where they came from.
    package static func current(environment: [String: String]) -> Requester {
        let userID = Int(getuid())
        let name = getpwuid(getuid()).map { String(cString: $0.pointee.pw_name) } ?? String(userID)
        return Requester(
            user: name,
            userID: userID,
            sudoUser: environment["SUDO_UID"] == String(userID) ? nil : environment["SUDO_USER"],
            host: ProcessInfo.processInfo.hostName,
            sshClient: environment["SSH_CLIENT"].flatMap { $0.split(separator: " ").first.map(String.init) })
    }
}
