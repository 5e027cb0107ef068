import CLibSSH2
import Glibc

/// One keyboard-interactive authentication (RFC 4256) whose only question is taken to be for the password.
final class PromptExchange {
    /// Nil once it was given.
    private var password: String?

    init(password: String) { self.password = password }

    /// The password for a first and single question whose answer is not to be shown; nothing else is answered, since
    /// nobody can tell what else is asked.
    fileprivate func answer(_ prompts: UnsafeBufferPointer<LIBSSH2_USERAUTH_KBDINT_PROMPT>) -> [String] {
        guard prompts.count == 1, prompts[0].echo == 0, let answer = password else { return [] }
        password = nil
        return [answer]
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
