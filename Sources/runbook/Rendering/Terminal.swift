import Controller
import Foundation
import Glibc
import Synchronization

/// A part of the result did not reach standard output.
struct ResultNotWritten: Error {
    let reason: String
}

/// The two streams that the program writes to: the result on standard output, everything else on standard error.
///
/// Whatever a line is made of, none but the program's own colours acts on a terminal.
struct Terminal: Sendable {
    let style: Style
    let errorStyle: Style
    /// Whether progress can be redrawn in place.
    let isInteractive: Bool
    let isQuiet: Bool
    let verbosity: Int

    init(color: Style.When, isQuiet: Bool, verbosity: Int, environment: [String: String]) {
        let outputIsTerminal = isatty(STDOUT_FILENO) == 1
        let errorIsTerminal = isatty(STDERR_FILENO) == 1
        style = Style(color, isTerminal: outputIsTerminal, environment: environment)
        errorStyle = Style(color, isTerminal: errorIsTerminal, environment: environment)
        isInteractive = errorIsTerminal && environment["TERM"] != "dumb"
        self.isQuiet = isQuiet
        self.verbosity = verbosity
    }

    /// A line of the result.
    func result(_ line: String) { Self.write(style.cleaned(line) + "\n", to: STDOUT_FILENO) }

    /// A line of JSON of which others need the very bytes. A terminal gets it with the escapes of all other JSON.
    func exact(_ json: String) {
        Self.write((isatty(STDOUT_FILENO) == 1 ? JSONOutput.escaped(json) : json) + "\n", to: STDOUT_FILENO)
    }

    /// A line about the result; left out with `-q`.
    func note(_ line: String) {
        guard !isQuiet else { return }
        complaint(line)
    }

    /// A line that is shown even with `-q`.
    func complaint(_ line: String) { Self.write(errorStyle.cleaned(line) + "\n", to: STDERR_FILENO) }

    /// Has a word typed that says yes.
    /// - Throws: `RequestError`: with `hint` where nobody can be asked, with `refusal` for any other word.
    static func ask(_ word: String, hint: String, refusal: String) throws {
        guard isatty(STDIN_FILENO) == 1 else {
            throw RequestError(.refused, "There is no terminal to ask at.", hint: hint)
        }
        write("To \(word) it, type \(word): ", to: STDERR_FILENO)
        guard readLine()?.trimmingCharacters(in: .whitespaces) == word else {
            throw RequestError(.refused, refusal)
        }
    }

    /// The width of the terminal behind standard error, in columns.
    var columns: Int {
        var size = winsize()
        guard ioctl(STDERR_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return 80 }
        return Int(size.ws_col)
    }

    /// Its height in rows.
    var rows: Int {
        var size = winsize()
        guard ioctl(STDERR_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_row > 0 else { return 24 }
        return Int(size.ws_row)
    }

    /// Why the result could not be written whole; a reader that went away wanted no more of it.
    private static let fault = Mutex<CInt?>(nil)

    /// Fails where a part of the result could not be written.
    /// - Throws: `ResultNotWritten`
    static func checkResult() throws(ResultNotWritten) {
        if let code = fault.withLock({ $0 }) { throw ResultNotWritten(reason: String(cString: strerror(code))) }
    }

    /// Writes all of `text`. What can't be written is told by `checkResult`.
    static func write(_ text: String, to descriptor: Int32) {
        var bytes = ArraySlice(Array(text.utf8))
        while !bytes.isEmpty {
            let count = bytes.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count > 0 {
                bytes = bytes.dropFirst(count)
            } else if errno == EAGAIN {
                var poller = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
                _ = poll(&poller, 1, 1000)
            } else if errno != EINTR {
                let code = errno
                if descriptor == STDOUT_FILENO, code != EPIPE { fault.withLock { $0 = code } }
                return
            }
        }
    }
}
