import Foundation
import Model
import Testing

@testable import Supervisor

/// Login shells that start no supervisor.
@Suite struct GreetingTests {
    /// Why none came up where `script` stands for the login shell.
    private func refusal(
        _ script: String, become: BecomeSettings? = nil, patience: Duration = .seconds(300)
    ) async -> SessionError? {
        let opener = LocalChannelOpener(shell: ["/bin/sh", "-c", script], environment: ["PATH": "/usr/bin:/bin"])
        return await #expect(throws: SessionError.self) {
            _ = try await SupervisorGreeting(become: become, password: nil, patience: patience).open(over: opener)
        }
    }

    @Test(arguments: [nil, BecomeSettings(method: .sudo)])
    func oneThatHangsIsGivenUpOnceAndSaidTo(become: BecomeSettings?) async throws {
        let asked = FileManager.default.temporaryDirectory.appending(path: "asked-\(Nonce.make())").path
        defer { try? FileManager.default.removeItem(atPath: asked) }
        let error = await refusal(
            "echo x >>\(asked); echo Welcome; exec cat >/dev/null", become: become, patience: .seconds(3))
        #expect(error?.kind == .lost)
        #expect(error?.message.contains(become == nil ? "login shell" : "sudo") == true, "\(String(describing: error))")
        #expect(error?.hint?.contains("Something hangs there") == true, "\(String(describing: error))")
        // A second try would only take as long.
        #expect(try String(contentsOfFile: asked, encoding: .utf8) == "x\n")
    }

    @Test func oneThatEndsIsQuoted() async {
        let error = await refusal("echo 'no log-in here' >&2; exit 1")
        #expect(error?.kind == .unusable)
        #expect(error?.message.contains("no log-in here") == true, "\(String(describing: error))")
        #expect(error?.hint?.contains("Log in by hand") == true, "\(String(describing: error))")
    }

    @Test func oneThatPrintsWithoutEndIsToldToBeSilent() async {
        let error = await refusal("exec cat /dev/zero")
        #expect(error?.kind == .unusable)
        #expect(error?.message.contains("256 KiB") == true, "\(String(describing: error))")
        #expect(error?.hint?.contains("login files silent") == true, "\(String(describing: error))")
    }
}
