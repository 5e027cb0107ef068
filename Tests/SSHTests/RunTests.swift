import Foundation
import Glibc
import TestSupport
import Testing

@testable import SSH

/// Single commands: what counts as their end.
@Suite struct RunTests {
    @Test func outputsAndCodeComeBackApart() async throws {
        try await SSHDFixture.with { sshd in
            try await sshd.withConnection { node in
                let result = try await node.run("printf out; printf err >&2; exit 3")
                #expect(result.exitCode == 3)
                #expect(!result.isSuccess)
                #expect(text(result.standardOutput) == "out")
                #expect(text(result.standardError) == "err")
                #expect(try await node.run("true").isSuccess)
            }
        }
    }

    @Test(arguments: ["false", "exit 1", "(exit 1)", "sh -c 'exit 1'", "true; false #", "if"])
    func whatFailsIsNoSuccess(_ command: String) async throws {
        try await SSHDFixture.with { sshd in
            try await sshd.withConnection { node in
                let result = try await node.run(command)
                #expect(result.exitCode != nil)
                #expect(result.exitCode != 0)
            }
        }
    }

    /// Bytes of every value, quotes, newlines and what looks like a mark.
    @Test func everyByteSurvives() async throws {
        try await SSHDFixture.with { sshd in
            try await sshd.withConnection { node in
                let bytes = (0..<1_000_000).map { UInt8(truncatingIfNeeded: $0 ^ ($0 >> 8)) }
                let echoed = try await node.run("cat", input: bytes)
                #expect(echoed.isSuccess)
                let isSame = echoed.standardOutput == bytes
                #expect(isSame)
                #expect(
                    text(try await node.run(#"printf '%s' "a'b\"c"; echo 'é $HOME'"#).standardOutput)
                        == "a'b\"cé $HOME\n")
                #expect(text(try await node.run("printf '\\nE\\nB'\nprintf x").standardOutput) == "\nE\nBx")
            }
        }
    }

    @Test func aKilledCommandReportsItsSignalAsACode() async throws {
        try await SSHDFixture.with { sshd in
            try await sshd.withConnection { node in
                let result = try await node.run("sh -c 'kill -9 $$'")
                #expect(result.exitCode == 137)
            }
        }
    }

    /// The reporting shell itself is killed, so SSH closes the channel with a signal, and status 0.
    @Test func aKilledShellIsLostAndNeverSuccess() async throws {
        try await SSHDFixture.with { sshd in
            try await sshd.withConnection { node in
                let result = try await node.run("kill -9 $PPID $$; sleep 5")
                guard case .lost(let error) = result.outcome else {
                    Issue.record("\(result)")
                    return
                }
                #expect(error.code == "lost")
                #expect(result.exitCode == nil)
            }
        }
    }

    @Test func aKilledSessionIsLostAndNeverSuccess() async throws {
        try await SSHDFixture.with { sshd in
            try await sshd.withConnection { node in
                async let running = node.run("echo begun; touch \(sshd.folder.path("begun")); sleep 30; echo ended")
                while access(sshd.folder.path("begun"), F_OK) != 0 { try await Task.sleep(for: .milliseconds(10)) }
                sshd.signalSessions(SIGKILL)
                let result = try await running
                guard case .lost = result.outcome else {
                    Issue.record("\(result)")
                    return
                }
                #expect(text(result.standardOutput) == "begun\n")
                #expect(node.isClosed)
                #expect(try await failure { _ = try await node.run("true") }.code == "lost")
            }
        }
    }

    @Test func aChildInTheBackgroundDoesNotHoldTheResultBack() async throws {
        try await SSHDFixture.with { sshd in
            try await sshd.withConnection { node in
                let result = try await node.run("sleep 300 & echo $!; exit 4")
                #expect(result.exitCode == 4)
                let child = pid_t(text(result.standardOutput).dropLast()) ?? 0
                #expect(child > 1)
                if child > 1 { kill(child, SIGKILL) }
            }
        }
    }

    /// sshd runs the user's shell start-up file even for commands.
    @Test func whatTheLogInShellPrintsDoesNotCount() async throws {
        var options = SSHDFixture.Options()
        options.configuration = ["ForceCommand echo noise; echo noise >&2; eval \"$SSH_ORIGINAL_COMMAND\""]
        try await SSHDFixture.with(options) { sshd in
            try await sshd.withConnection { node in
                let result = try await node.run("echo out")
                #expect(result.isSuccess)
                #expect(text(result.standardOutput) == "out\n")
                #expect(text(result.standardError) == "")
            }
        }
    }

    @Test func theDeadlineEndsTheWaitAndNotTheConnection() async throws {
        try await SSHDFixture.with { sshd in
            try await sshd.withConnection { node in
                let result = try await node.run("echo out; sleep 300", deadline: .now + .milliseconds(400))
                guard case .lost(let error) = result.outcome, case .timedOut(.channel) = error.kind else {
                    Issue.record("\(result)")
                    return
                }
                #expect(text(result.standardOutput) == "out\n")
                #expect(try await node.run("true").isSuccess)
            }
        }
    }

    @Test func cancellationEndsTheWait() async throws {
        try await SSHDFixture.with { sshd in
            try await sshd.withConnection { node in
                let task = Task { try await node.run("touch \(sshd.folder.path("begun")); sleep 300") }
                while access(sshd.folder.path("begun"), F_OK) != 0 { try await Task.sleep(for: .milliseconds(10)) }
                task.cancel()
                guard case .lost(let error) = try await task.value.outcome, case .cancelled = error.kind else {
                    Issue.record("not cancelled")
                    return
                }
                #expect(try await node.run("true").isSuccess)
            }
        }
    }

    @Test func outputBeyondTheLimitIsCountedAndDropped() async throws {
        try await SSHDFixture.with { sshd in
            try await sshd.withConnection { node in
                let result = try await node.run("head -c 300000 /dev/zero; echo end >&2", outputLimit: 1000)
                #expect(result.isSuccess)
                #expect(result.standardOutput.count == 1000)
                #expect(result.droppedBytes == 299_000)
                #expect(text(result.standardError) == "end\n")
            }
        }
    }

    @Test func aCommandThatDoesNotFitIsRefusedBeforeItIsSent() async throws {
        try await SSHDFixture.with { sshd in
            try await sshd.withConnection { node in
                let long = "true " + String(repeating: "x", count: 40_000)
                let error = try await failure { _ = try await node.run(long) }
                #expect(error.code == "command-too-long")
                #expect(try await node.run("true " + String(repeating: "x", count: 31_000)).isSuccess)
            }
        }
    }

    @Test func aServerThatRefusesTheCommandIsNamed() async throws {
        var options = SSHDFixture.Options()
        options.configuration = ["MaxSessions 1"]
        try await SSHDFixture.with(options) { sshd in
            try await sshd.withConnection { node in
                let first = try await node.openExec("cat")
                #expect(try await failure { _ = try await node.openExec("true") }.code == "open-refused")
                await first.close()
                // The server has to hear of the end of the first channel before there is room again.
                #expect(try await node.run("true").isSuccess)
            }
        }
    }
}
