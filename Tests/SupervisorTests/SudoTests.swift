import Foundation
import Model
import Synchronization
import Testing

@testable import Supervisor

extension LabTests {
    /// Becoming another user, on a real node: `admin` may without a password, `operator` with one.
    @Suite struct SudoTests {
        private let run = RunID(random: .random(in: 0...(.max)), .random(in: 0...(.max)))
        private let root = BecomeSettings(method: .sudo)

        private func whoami(_ session: SupervisedSession, step: Int, become: Bool, mode: Invocation.Mode = .plain)
            async throws -> String
        {
            try await session.collect(
                Invocation(
                    id: InvocationID(run: run, target: 0, step: step, attempt: 1), mode: mode,
                    script: "id -un; echo $HOME",
                    become: become)
            ).1.text()
        }

        private func refusal(
            as user: String, password: String? = nil, become: BecomeSettings = BecomeSettings(method: .sudo)
        ) async throws -> SessionError? {
            let node = try await LabNode.node()
            return await #expect(throws: SessionError.self) {
                try await node.open(as: user, become: become, password: password)
            }
        }

        @Test func withoutAPasswordBothUsersWorkOverOneConnection() async throws {
            let session = try await LabNode.node().open(as: "admin", become: root)
            #expect(session.identity.userID == 0)
            #expect(try await whoami(session, step: 0, become: true) == "root\n/root\n")
            #expect(try await whoami(session, step: 1, become: false) == "admin\n/home/admin\n")
            #expect(try await whoami(session, step: 2, become: true, mode: .guarded) == "root\n/root\n")
            #expect(try await whoami(session, step: 3, become: false, mode: .guarded) == "admin\n/home/admin\n")
            await session.close()
        }

        @Test func thePasswordIsAskedOnceAndOnlyAtThePrompt() async throws {
            let node = try await LabNode.node()
            let password = try String(contentsOfFile: node.folder + "/operator.password", encoding: .utf8)
                .trimmingCharacters(in: .newlines)
            let asked = Mutex(0)
            let session = try await SupervisedSession.open(over: node.opener(as: "operator"), become: root) {
                asked.withLock { $0 += 1 }
                return SecretBytes(Array(password.utf8))
            }
            #expect(try await whoami(session, step: 0, become: true) == "root\n/root\n")
            #expect(try await whoami(session, step: 1, become: false) == "operator\n/home/operator\n")
            #expect(asked.withLock { $0 } == 1)
            await session.close()
            #expect(
                node.look("journalctl | grep -cF '\(password)'; grep -rlF '\(password)' /var/log /run 2>/dev/null")
                    == "0\n"
            )
            // Where sudo asks for nothing, nothing is sent.
            let free = try await SupervisedSession.open(over: node.opener(as: "admin"), become: root) {
                asked.withLock { $0 += 1 }
                return SecretBytes(Array(password.utf8))
            }
            #expect(try await whoami(free, step: 2, become: true) == "root\n/root\n")
            #expect(asked.withLock { $0 } == 1)
            await free.close()
        }

        @Test func aWrongPasswordIsSentOnceAndSaidToBeWrong() async throws {
            let error = try await refusal(as: "operator", password: "wrong")
            #expect(error?.kind == .refused)
            #expect(error?.message == "sudo did not accept the password for root.")
            #expect(error?.description.contains("wrong ") == false)
            let node = try await LabNode.node()
            #expect(node.look("journalctl -t sudo | tail -20 | grep -c '3 incorrect'") == "0\n")
        }

        @Test func aMissingPasswordIsSaidToBeMissing() async throws {
            let error = try await refusal(as: "operator")
            #expect(error?.kind == .refused)
            #expect(error?.message.contains("none is configured") == true)
        }

        @Test func whoMayNotIsToldSo() async throws {
            let node = try await LabNode.node()
            _ = node.look("id stranger || useradd -m stranger; echo stranger:pw | chpasswd")
            let error = try await refusal(as: "stranger", password: "pw")
            #expect(error?.kind == .refused)
            #expect(error?.message == "The login user may not become root.")
            let unknown = try await refusal(as: "admin", become: BecomeSettings(method: .sudo, user: "nobody-here"))
            #expect(unknown?.message == "There is no user nobody-here on the node.")
            let hostile = try await refusal(as: "admin", become: BecomeSettings(method: .sudo, user: "-s root"))
            #expect(hostile?.kind == .refused)
        }

        @Test func aTerminalThatSudoInsistsOnIsNamed() async throws {
            let node = try await LabNode.node()
            _ = node.look("echo 'Defaults:admin requiretty' >/etc/sudoers.d/zz-tty; chmod 440 /etc/sudoers.d/zz-tty")
            let error = try await refusal(as: "admin")
            _ = node.look("rm /etc/sudoers.d/zz-tty")
            #expect(error?.kind == .refused)
            #expect(error?.hint?.contains("requiretty") == true)
        }

        /// Where sudo keeps what it is given, a secret would lie on the node's disk for good.
        @Test func whereSudoRecordsItsInputNoSecretIsSent() async throws {
            let node = try await LabNode.node()
            let secret = "Mark-\(UInt64.random(in: 1_000_000_000_000 ... .max))"
            func tell(_ step: Int, _ words: [String: SecretBytes], _ script: String) async throws -> String {
                let session = try await node.open(as: "admin", become: root)
                do {
                    let printed = try await session.collect(
                        Invocation(
                            id: InvocationID(run: run, target: 1, step: step, attempt: 1), mode: .guarded,
                            script: script, secrets: words, become: true)
                    ).1.text()
                    await session.close()
                    return printed
                } catch {
                    await session.close()
                    throw error
                }
            }
            func isRecorded() async throws -> Bool {
                let session = try await node.open(as: "admin", become: root)
                await session.close()
                return session.recordsInput
            }
            func kept(_ text: String) -> String {
                node.look(
                    "find /var/log/sudo-io -type f -exec zcat -f {} + 2>/dev/null | grep -acF '\(text)'; true")
            }
            let token = ["token": SecretBytes(Array(secret.utf8))]
            let script = "wc -c <\"$token_file\""
            #expect(try await tell(0, token, script) == "\(secret.utf8.count)\n")
            #expect(try await isRecorded() == false)
            let line = "Defaults:admin log_input, log_output, iolog_flush, iolog_dir=/var/log/sudo-io"
            _ = node.look("echo '\(line)' >/etc/sudoers.d/zz-log; chmod 440 /etc/sudoers.d/zz-log")
            defer { _ = node.look("rm -rf /etc/sudoers.d/zz-log /var/log/sudo-io") }
            #expect(try await isRecorded())
            // It does record what passes through it.
            let open = "open-\(UInt64.random(in: 0 ... .max))"
            #expect(try await tell(1, [:], "echo \(open)") == open + "\n")
            #expect(kept(open) != "0\n")
            let error = await #expect(throws: SessionError.self) { _ = try await tell(2, token, script) }
            #expect(error?.kind == .refused)
            #expect(error?.message.contains("log_input") == true)
            #expect(error?.hint?.contains("!log_input") == true)
            #expect(kept(secret) == "0\n")
            let places = "/var/log /var/lib /var/tmp /run /tmp /etc /root /home"
            #expect(node.look("grep -rlaF '\(secret)' \(places) 2>/dev/null; true").isEmpty)
            #expect(node.look("journalctl | grep -cF '\(secret)'; true") == "0\n")
        }

        @Test func aLoginShellThatPrintsAPromptGetsNoPassword() async throws {
            let asked = Mutex(0)
            let noisy = LocalChannelOpener(
                shell: ["/bin/sh", "-c", "printf '[sudo] password for admin: ' >&2; printf 'Password: '; exit 1"],
                environment: [:])
            await #expect(throws: SessionError.self) {
                try await SupervisedSession.open(over: noisy, become: root) {
                    asked.withLock { $0 += 1 }
                    return SecretBytes([1])
                }
            }
            #expect(asked.withLock { $0 } == 0)
        }

        @Test func aLoginShellThatTakesNoNewlineStillStartsTheSupervisor() async throws {
            let script = "case $0 in *\"\n\"*) echo \"Unmatched '.\" >&2; exit 1 ;; esac; exec /bin/sh -c \"$0\""
            let session = try await SupervisedSession.open(
                over: LocalChannelOpener(
                    shell: ["/bin/sh", "-c", script], environment: ["PATH": "/usr/bin:/bin", "HOME": "/root"]),
                become: BecomeSettings(), password: nil)
            #expect(try await whoami(session, step: 0, become: false) == "root\n/root\n")
            await session.close()
        }
    }
}
