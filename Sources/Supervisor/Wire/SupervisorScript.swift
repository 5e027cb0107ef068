import Crypto

/// The supervisor's text, and the command that starts it.
package enum SupervisorScript {
    /// The script as it is sent to a node.
    static let text = String(decoding: PackageResources.supervisor_sh, as: UTF8.self)

    /// SHA-256 of the script in hexadecimal: part of every plan's digest.
    package static let version = Self.digest(Array(text.utf8))

    /// The command for a login shell, without and with another user to become.
    static func command(become: BecomeCommand?) -> String {
        let start = "sh -c \(quoted(text)) runbook"
        guard let become else { return "exec " + start }
        let user = quoted(become.user)
        switch become.prompt {
        case .none: return "exec sudo -n -H -u \(user) -- \(start)"
        case .some(let prompt): return "exec sudo -S -k -p \(quoted(prompt)) -H -u \(user) -- \(start)"
        }
    }

    /// Another user, and what sudo prints when it wants the password; nil where it must not ask.
    struct BecomeCommand {
        var user: String
        var prompt: String?
    }

    /// One word for a POSIX shell.
    static func quoted(_ text: String) -> String {
        "'" + text.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "'\\''") + "'"
    }

    /// SHA-256 in hexadecimal.
    static func digest(_ bytes: [UInt8]) -> String {
        SHA256.hash(data: bytes).map { byte in
            let digits = String(byte, radix: 16)
            return byte < 16 ? "0" + digits : digits
        }.joined()
    }
}
