import Foundation
import Model

/// Why no supervisor came up, told from what the login shell or sudo said on standard error.
enum SudoRefusal {
    static func wrongPassword(for become: BecomeSettings?) -> SessionError {
        SessionError(
            .refused, "sudo did not accept the password for \(become?.user ?? "root").",
            hint: "Check the inventory's 'become: password:' reference.")
    }

    /// `complaint` is what came on standard error, in English since sudo runs with LC_ALL=C.
    static func error(for become: BecomeSettings?, _ complaint: String, _ reason: String?) -> SessionError {
        let last = complaint.split(separator: "\n").last.map { SafeText(String($0.suffix(300))).description } ?? ""
        guard let become else {
            if let reason {
                return SessionError(
                    .lost, "The connection ended before the supervisor started: \(reason).", hint: loginHint)
            }
            return SessionError(
                .unusable, "The login shell could not start the supervisor\(last.isEmpty ? "" : ": \(last)").")
        }
        func has(_ phrases: String...) -> Bool { phrases.contains { complaint.contains($0) } }
        if has("a password is required", "no password was provided", "a terminal is required to read the password") {
            return SessionError(
                .refused, "sudo asks for a password to become \(become.user), and none is configured.",
                hint: "Give the login user NOPASSWD, or set 'become: password:' in the inventory.")
        }
        if has("must have a tty") {
            return SessionError(
                .refused, "sudo on the node insists on a terminal.",
                hint: "Remove 'requiretty' for the login user from the node's sudoers.")
        }
        if has("Sorry, try again", "incorrect password") { return wrongPassword(for: become) }
        if has("not in the sudoers", "not allowed to execute", "may not run sudo") {
            return SessionError(
                .refused, "The login user may not become \(become.user).", hint: "Mend the node's sudoers.")
        }
        if has("unknown user") {
            return SessionError(
                .refused, "There is no user \(become.user) on the node.", hint: "Check 'become: user:'.")
        }
        if has("not found", "No such file"), !has("/etc/sudoers") {
            return SessionError(
                .refused, "There is no sudo on the node.", hint: "Install sudo, or log in as \(become.user).")
        }
        if let reason {
            return SessionError(.lost, "The connection ended while sudo was asked: \(reason).", hint: loginHint)
        }
        guard !last.isEmpty else {
            return SessionError(
                .refused, "sudo did not let the supervisor start, and did not say why.",
                hint: "Where PAM words the prompt itself, set 'Defaults passprompt_override' in the node's sudoers.")
        }
        return SessionError(
            .refused, "sudo did not let the supervisor start: \(last)",
            hint: "See what 'sudo -n sh -c true' says when the login user types it on the node.")
    }

    static let loginHint =
        "Log in by hand with ssh: the login user needs a POSIX shell, and login files that do not end it."
}
