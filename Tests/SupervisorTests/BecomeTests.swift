import Model
import Synchronization
import Testing

@testable import Supervisor

/// Which user's supervisor hears of a step that another session has started.
@Suite struct BecomeTests {
    /// A node that notes what it is sent, and which user is to hear it.
    private final class Users: SupervisorChannelOpener {
        private let heard = Mutex<[String]>([])
        var frames: [String] { heard.withLock { $0 } }

        func openChannel(command: String) async throws -> any SupervisorChannel {
            let user = command.contains("sudo") ? "root" : "login"
            return PlayedChannel(command: command, beats: false) { token, verb, _ in
                self.heard.withLock { $0.append("\(user) \(verb)") }
                return verb == "ACK" ? "\nRB2 \(token) DONE\n" : nil
            }
        }

        func close() async {}
    }

    @Test(arguments: [(true, "root"), (false, "login")])
    func aStepOfAnotherSessionIsStoppedAndAcknowledgedAsItsUser(become: Bool, user: String) async throws {
        let users = Users()
        let session = try await SupervisedSession.open(
            over: users, become: BecomeSettings(method: .sudo), password: nil)
        let id = InvocationID(run: RunID(random: 1, 2), target: 0, step: 0, attempt: 1)
        try await session.cancel(id, become: become)
        try await session.acknowledge(id, become: become)
        await session.close()
        #expect(users.frames == ["\(user) STOP", "\(user) ACK"])
    }
}
