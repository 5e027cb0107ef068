import CLinux
import Foundation
import Glibc
import Synchronization

/// A program that a test starts, with the members of Foundation's `Process` that tests use.
///
/// It has nothing open but its three streams, and `waitUntilExit` waits for it alone. Foundation's waits until nobody has
/// its socket any more: neither the program's own descendants nor what another thread starts at the same moment
/// (https://github.com/swiftlang/swift-corelibs-foundation/issues/4795), so that tests which run beside each other could
/// wait for one another for ever.
///
/// `Sendable` because its state is behind one mutex.
package final class SpawnedProcess: Sendable {
    private struct State {
        var executable: URL?
        var arguments: [String] = []
        var environment: [String: String]?
        var folder: URL?
        var streams: [(any ProcessStream)?] = [nil, nil, nil]
        var pid: pid_t = 0
        var ending: Int32?
    }

    private let state = Mutex(State())

    package init() {}

    package var executableURL: URL? {
        get { state.withLock { $0.executable } }
        set { state.withLock { $0.executable = newValue } }
    }

    package var arguments: [String] {
        get { state.withLock { $0.arguments } }
        set { state.withLock { $0.arguments = newValue } }
    }

    /// Nil: that of this process.
    package var environment: [String: String]? {
        get { state.withLock { $0.environment } }
        set { state.withLock { $0.environment = newValue } }
    }

    /// The folder that it works in; nil: that of this process.
    package var currentDirectoryURL: URL? {
        get { state.withLock { $0.folder } }
        set { state.withLock { $0.folder = newValue } }
    }

    /// Nil: this process's own, as of the other two.
    package var standardInput: (any ProcessStream)? {
        get { state.withLock { $0.streams[0] } }
        set { state.withLock { $0.streams[0] = newValue } }
    }

    package var standardOutput: (any ProcessStream)? {
        get { state.withLock { $0.streams[1] } }
        set { state.withLock { $0.streams[1] = newValue } }
    }

    package var standardError: (any ProcessStream)? {
        get { state.withLock { $0.streams[2] } }
        set { state.withLock { $0.streams[2] = newValue } }
    }

    package var processIdentifier: pid_t { state.withLock { $0.pid } }

    /// Starts it, in a process group of its own, with all signals as by default.
    /// - Throws: `POSIXError`.
    package func run() throws {
        try state.withLock { state in
            guard let path = state.executable?.path else { throw POSIXError(.ENOENT) }
            var actions = posix_spawn_file_actions_t()
            posix_spawn_file_actions_init(&actions)
            defer { posix_spawn_file_actions_destroy(&actions) }
            for (target, stream) in state.streams.enumerated() {
                guard let stream else { continue }
                if let handle = stream.childEnd(isInput: target == 0) {
                    posix_spawn_file_actions_adddup2(&actions, handle.fileDescriptor, CInt(target))
                } else {
                    posix_spawn_file_actions_addopen(&actions, CInt(target), "/dev/null", O_RDWR, 0)
                }
            }
            clinux_spawn_closing(&actions, 3)
            if let folder = state.folder { clinux_spawn_in(&actions, folder.path) }
            var attributes = posix_spawnattr_t()
            posix_spawnattr_init(&attributes)
            defer { posix_spawnattr_destroy(&attributes) }
            clinux_spawn_in_own_group(&attributes)
            let environment = state.environment ?? ProcessInfo.processInfo.environment
            let words = ([path] + state.arguments).map { strdup($0) } + [nil]
            let variables = environment.map { strdup("\($0)=\($1)") } + [nil]
            defer { for text in words + variables { free(text) } }
            let failure = posix_spawn(&state.pid, path, &actions, &attributes, words, variables)
            guard failure == 0 else { throw POSIXError(POSIXErrorCode(rawValue: failure) ?? .EIO) }
            for (target, stream) in state.streams.enumerated() {
                if let pipe = stream as? Pipe { try pipe.childEnd(isInput: target == 0)?.close() }
            }
        }
    }

    /// How long a program may take. One that hangs is killed then, so that its test fails and the others go on.
    private static let patience = Duration.seconds(600)

    /// Blocks until it has ended, whatever it leaves behind.
    package func waitUntilExit() {
        let end = ContinuousClock.now + Self.patience
        var pause: useconds_t = 500
        while isRunning {
            if ContinuousClock.now > end {
                let words = state.withLock { [$0.executable?.path ?? ""] + $0.arguments }
                FileHandle.standardError.write(Data("killed, since it did not end: \(words)\n".utf8))
                kill(processIdentifier, SIGKILL)
            }
            usleep(pause)
            pause = min(pause * 2, 20_000)
        }
    }

    package var isRunning: Bool {
        state.withLock { state in
            guard state.ending == nil, state.pid > 0 else { return false }
            var ending: CInt = 0
            let found = waitpid(state.pid, &ending, WNOHANG)
            if found == 0 || found < 0 && errno == EINTR { return true }
            state.ending = ending
            return false
        }
    }

    /// The exit status, or the signal that ended it.
    package var terminationStatus: Int32 {
        let ending = state.withLock { $0.ending ?? 0 }
        return ending & 0x7F == 0 ? ending >> 8 & 0xFF : ending & 0x7F
    }

    package var terminationReason: Process.TerminationReason {
        state.withLock { ($0.ending ?? 0) & 0x7F == 0 } ? .exit : .uncaughtSignal
    }
}

/// What a program that a test starts can have as a stream.
package protocol ProcessStream: Sendable {
    /// The end that the program gets; nil for `/dev/null`.
    func childEnd(isInput: Bool) -> FileHandle?
}

extension FileHandle: ProcessStream {
    package func childEnd(isInput: Bool) -> FileHandle? { self === FileHandle.nullDevice ? nil : self }
}

extension Pipe: ProcessStream {
    package func childEnd(isInput: Bool) -> FileHandle? { isInput ? fileHandleForReading : fileHandleForWriting }
}
