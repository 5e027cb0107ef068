import CLibSSH2
import Glibc

/// A question of keyboard-interactive authentication (RFC 4256).
package struct SSHPrompt: Sendable, Hashable {
    /// As the server sent it; not safe for a terminal.
    package let text: String
    /// Whether the answer may be shown while it is typed.
    package let isEchoed: Bool
}

/// One keyboard-interactive authentication: the server's questions and the answers to them.
final class PromptExchange {
    private let answers: @Sendable ([SSHPrompt]) -> [String]

    init(answers: @escaping @Sendable ([SSHPrompt]) -> [String]) {
        self.answers = answers
    }

    fileprivate func answer(_ prompts: UnsafeBufferPointer<LIBSSH2_USERAUTH_KBDINT_PROMPT>) -> [String] {
        answers(
            prompts.map { prompt in
                let bytes = UnsafeRawBufferPointer(start: prompt.text, count: Int(prompt.length))
                return SSHPrompt(text: String(decoding: bytes, as: UTF8.self), isEchoed: prompt.echo != 0)
            })
    }

    /// Calls `libssh2_userauth_keyboard_interactive_ex` once.
    static func authenticate(_ session: OpaquePointer, user: String) -> CInt {
        libssh2_userauth_keyboard_interactive_ex(session, user, UInt32(user.utf8.count)) {
            _, _, _, _, count, prompts, responses, abstract in
            guard let prompts, let responses, count > 0, let context = abstract?.pointee else { return }
            let io = Unmanaged<SessionIO>.fromOpaque(context).takeUnretainedValue()
            let answers = io.promptExchange?.answer(UnsafeBufferPointer(start: prompts, count: Int(count))) ?? []
            for (index, answer) in answers.prefix(Int(count)).enumerated() {
                let bytes = Array(answer.utf8)
                // libssh2 frees it with the session's own allocator.
                guard let copy = io.allocate(max(1, bytes.count)) else { return }
                copy.copyMemory(from: bytes, byteCount: bytes.count)
                responses[index].text = copy.assumingMemoryBound(to: CChar.self)
                responses[index].length = UInt32(bytes.count)
            }
        }
    }
}
