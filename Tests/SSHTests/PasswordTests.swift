import Glibc
import TestSupport
import Testing

@testable import SSH

/// Logging in with a password, against sshd that asks PAM or the shadow file of a namespace of its own.
@Suite(.enabled(if: getuid() == 0, "a user with a password is made in a mount namespace, which takes root"))
struct PasswordTests {
    private static let account = SSHDFixture.Account(name: "tester", password: "correct horse \"7\" battery")

    private func with(
        _ configuration: [String], _ body: (SSHDFixture, SSHTarget) async throws -> Void
    ) async throws {
        var options = SSHDFixture.Options()
        options.configuration = configuration
        options.account = Self.account
        try await SSHDFixture.with(options) { sshd in
            var target = sshd.target()
            target.user = Self.account.name
            target.identityFiles = []
            try await body(sshd, target)
        }
    }

    private func context(_ sshd: SSHDFixture, _ password: String = account.password) -> SSHContext {
        var context = sshd.context()
        context.password = { target in target.name == "node" ? password : nil }
        return context
    }

    @Test func aPasswordLogsIn() async throws {
        try await with(["PasswordAuthentication yes"]) { sshd, target in
            try await sshd.withPool(context(sshd)) { pool in
                let connection = try await pool.connection(to: target)
                #expect(await connection.authenticatedBy == "password")
            }
        }
    }

    @Test func theQuestionForThePasswordIsAnswered() async throws {
        try await with(["KbdInteractiveAuthentication yes", "UsePAM yes"]) { sshd, target in
            try await sshd.withPool(context(sshd)) { pool in
                let connection = try await pool.connection(to: target)
                #expect(await connection.authenticatedBy == "keyboard-interactive")
            }
        }
    }

    @Test(arguments: [["PasswordAuthentication yes"], ["KbdInteractiveAuthentication yes", "UsePAM yes"]])
    func aWrongOneIsRefusedAndSentOnce(_ configuration: [String]) async throws {
        try await with(configuration) { sshd, target in
            let error = try await sshd.connectionFailure(target, context(sshd, "wrong"))
            #expect(error.code == "auth-refused")
            #expect(!error.isRetryable)
            try await sshd.waitForLog("Failed")
            #expect(sshd.log.matches(of: /Failed (password|keyboard)/).count == 1, "\(sshd.log)")
        }
    }

    @Test func whereItCannotBeHadIsSaid() async throws {
        struct Missing: Error, CustomStringConvertible { let description = "env:LOGIN is not set" }
        try await with(["PasswordAuthentication yes"]) { sshd, target in
            var context = sshd.context()
            context.password = { _ in throw Missing() }
            let error = try await sshd.connectionFailure(target, context)
            #expect(error.code == "password-missing")
            #expect(error.description.contains("env:LOGIN is not set"))
        }
    }
}
