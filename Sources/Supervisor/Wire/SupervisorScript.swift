import Crypto

/// The supervisor's text, and the commands that start it.
package enum SupervisorScript {
    /// What a node is sent: three scripts in one, without comments and indentation.
    static let text: String = {
        let common = compact(PackageResources.common_sh)
        return "COMMON=\(quoted(common))\nFINISHER=\(quoted(compact(PackageResources.finisher_sh)))\n"
            + "eval \"$COMMON\"\n" + compact(PackageResources.supervisor_sh)
    }()

    /// SHA-256 of the script in hexadecimal: part of every plan's digest.
    package static let version = Self.digest(Array(text.utf8))

    /// How the supervisor's text gets to the node.
    enum Delivery: Sendable, Hashable {
        /// Inside the command: no further round trip.
        case inCommand
        /// Over standard input, once the command runs: login shells that take no newline in quotes, and sudo, whose
        /// log would hold all of it.
        case overInput
    }

    /// AWS ParallelCluster has Slurm's commands in /opt/slurm/bin, which only login shells find there.
    private static let path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:/opt/slurm/bin"

    /// The command that starts the supervisor as the login user; `nonce` marks its greeting.
    static func command(nonce: String, delivery: Delivery) -> String {
        let start = "exec env -i HOME=\"$HOME\" PATH=\(path) LC_ALL=C sh -c "
        switch delivery {
        case .inCommand: return start + "\(quoted(text)) rb \(nonce)"
        case .overInput: return start + "'eval \"$(head -c \(text.utf8.count))\"' rb \(nonce)"
        }
    }

    /// The command that starts it as `user` by sudo and says READY before it takes the text over standard input, or
    /// RECORDED where that is another one than the login shell's: sudo puts itself between to record what goes in.
    /// With a `prompt`, sudo shows that where it wants a password, on standard error.
    static func command(nonce: String, user: String, prompt: String?) -> String {
        let input = "$(readlink /proc/self/fd/0)"
        let loader =
            "said=RECORDED; [ \"\(input)\" != \"$2\" ] || said=READY; printf \"\\nRB2 %s %s\\n\" \"$1\" $said; "
            + "exec env -i HOME=\"$HOME\" PATH=\(path) LC_ALL=C sh -c \"$(head -c \(text.utf8.count))\" rb \"$1\""
        // With -k nothing is left behind by which other processes of the login user could do the same without a password.
        let asking = prompt.map { "-S -p \(quoted($0))" } ?? "-n"
        return "exec env LC_ALL=C sh -c 'exec sudo -k \"$@\" \"\(input)\"' rb "
            + "\(asking) -H -u \(quoted(user)) -- sh -c \(quoted(loader)) rb \(nonce)"
    }

    /// One word for a POSIX shell.
    static func quoted(_ text: String) -> String {
        "'" + text.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "'\\''") + "'"
    }

    /// SHA-256 in hexadecimal.
    static func digest(_ bytes: some Sequence<UInt8>) -> String {
        SHA256.hash(data: Array(bytes)).map { byte in
            let digits = String(byte, radix: 16)
            return byte < 16 ? "0" + digits : digits
        }.joined()
    }

    /// The scripts keep no text that spans lines, but for a newline alone in quotes.
    private static func compact(_ script: [UInt8]) -> String {
        let lines = String(decoding: script, as: UTF8.self).split(separator: "\n").map { $0.drop { $0 == " " } }
        return lines.filter { !$0.isEmpty && !$0.hasPrefix("#") }.joined(separator: "\n") + "\n"
    }
}
