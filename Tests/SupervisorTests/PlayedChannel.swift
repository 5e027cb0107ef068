import Model
import Synchronization

@testable import Supervisor

/// A channel that plays a node: answers each frame as `answer` says.
final class PlayedChannel: SupervisorChannel {
    private let state = Mutex((pending: [SupervisorChannelEvent](), isClosed: false, working: String?.none))
    private let answer: @Sendable (_ token: String, _ verb: String, _ words: [String]) -> String?
    /// Whether it says for ever that it is at work on what it was sent first.
    private let beats: Bool

    init(command: String, beats: Bool, answer: @escaping @Sendable (String, String, [String]) -> String?) {
        self.answer = answer
        self.beats = beats
        let nonce = command.suffix(32)
        let hello =
            "\nRB2 \(nonce) HELLO 2 0 0 5223fd0c-8ce9-4a2a-b934-f28d6daad8ff 982509bc27fd4211a21a16bb4f370796 n1 debian 12\n"
        state.withLock { $0.pending.append(.standardOutput(Array(hello.utf8))) }
    }

    func send(_ bytes: [UInt8]) async throws {
        let words = String(decoding: bytes.prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self).split(separator: " ")
            .map(String.init)
        guard let text = answer(words[1], words[2], Array(words.dropFirst(3))) else { return }
        state.withLock { state in
            state.pending.append(.standardOutput(Array(text.utf8)))
            if beats { state.working = state.working ?? words[1] }
        }
    }

    func receive() async throws -> SupervisorChannelEvent {
        while true {
            let next: SupervisorChannelEvent? = state.withLock {
                if !$0.pending.isEmpty { return $0.pending.removeFirst() }
                return $0.isClosed ? .closed(reason: nil) : nil
            }
            if let next { return next }
            try await Task.sleep(for: .milliseconds(5))
            if let token = state.withLock({ $0.working }) {
                return .standardOutput(Array("\nRB2 \(token) BEAT\n".utf8))
            }
        }
    }

    func close() async { state.withLock { $0.isClosed = true } }
}

struct PlayedOpener: SupervisorChannelOpener {
    var beats = false
    let answer: @Sendable (String, String, [String]) -> String?

    func openChannel(command: String) async throws -> any SupervisorChannel {
        PlayedChannel(command: command, beats: beats, answer: answer)
    }
    func close() async {}
}
