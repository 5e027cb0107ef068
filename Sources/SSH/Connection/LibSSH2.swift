import CLibSSH2
import Glibc

/// What libssh2 needs once in a process.
enum LibSSH2 {
    /// Initialises the library, which is not thread-safe, and has the process ignore SIGPIPE.
    ///
    /// Returns a descriptor for `libssh2_session_handshake`, which wants one although all bytes go through callbacks.
    /// It is non-blocking already, so libssh2 never changes its flags.
    static let placeholder: CInt = {
        signal(SIGPIPE, SIG_IGN)
        _ = libssh2_init(0)
        return open("/dev/null", O_RDONLY | O_NONBLOCK | O_CLOEXEC)
    }()
}

/// The outcome of one call of a non-blocking libssh2 function.
enum Attempt<Result> {
    case done(Result)
    case again
    case failed(CInt)

    /// From a call that returns 0, EAGAIN or an error.
    ///
    /// Only the returned value counts: `libssh2_session_last_errno` may be left over from an earlier call.
    static func from(_ code: CInt) -> Attempt<Void> where Result == Void {
        switch code {
        case LIBSSH2_ERROR_EAGAIN: .again
        case ..<0: .failed(code)
        default: .done(())
        }
    }
}
