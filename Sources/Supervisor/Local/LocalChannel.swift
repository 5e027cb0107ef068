import CLinux
import Dispatch
import Glibc
import Model
import Synchronization

/// A process group of its own with its input and outputs.
///
/// Reads and writes block, so each has a queue of its own. All three are sockets: a write to one can say that the process
/// is gone without raising SIGPIPE, shutting one down wakes who reads from it, and they are made close-on-exec at once.
final class LocalChannel: SupervisorChannel {
    private let process: pid_t
    private let input: Int32
    private let output: Int32
    private let error: Int32
    private let reading = DispatchQueue(label: "runbook.local.read")
    private let writing = DispatchQueue(label: "runbook.local.write")
    private let state = Mutex(State())

    private struct State {
        var isClosed = false
        var isOutputOpen = true
        var isErrorOpen = true
    }

    /// - Throws: `SessionError` when there is nothing to run or no descriptor left.
    init(arguments: [String], environment: [String: String]) throws(SessionError) {
        var pairs: [[Int32]] = []
        for _ in 0..<3 {
            var pair: [Int32] = [-1, -1]
            guard socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0, &pair) == 0 else { break }
            pairs.append(pair)
        }
        let started = pairs.count == 3 ? Self.spawn(arguments, environment, streams: pairs.map { $0[1] }) : nil
        for pair in pairs { Glibc.close(pair[1]) }
        guard let started else {
            for pair in pairs { Glibc.close(pair[0]) }
            throw SessionError(.unreachable, "\(arguments.first ?? "The shell") can't be started.")
        }
        (process, input, output, error) = (started, pairs[0][0], pairs[1][0], pairs[2][0])
    }

    deinit {
        for descriptor in [input, output, error] { Glibc.close(descriptor) }
        let process = process
        // It ends by itself once its input does; somebody has to take note of that.
        Reaper.reap(process)
    }

    func send(_ bytes: [UInt8]) async throws {
        try await withCheckedThrowingContinuation { (done: CheckedContinuation<Void, any Error>) in
            writing.async { [self] in
                var position = 0
                while position < bytes.count {
                    let count = bytes[position...].withUnsafeBytes {
                        Glibc.send(input, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
                    }
                    if count < 0 && errno == EINTR { continue }
                    guard count > 0 else {
                        return done.resume(throwing: SessionError(.lost, "The local shell has ended."))
                    }
                    position += count
                }
                done.resume()
            }
        }
    }

    func receive() async throws -> SupervisorChannelEvent {
        await withCheckedContinuation { done in
            reading.async { [self] in done.resume(returning: read()) }
        }
    }

    func close() async {
        state.withLock { $0.isClosed = true }
        for descriptor in [input, output, error] { shutdown(descriptor, Int32(SHUT_RDWR)) }
    }

    private func read() -> SupervisorChannelEvent {
        var buffer = [UInt8](repeating: 0, count: 64 << 10)
        while true {
            let state = state.withLock { $0 }
            guard !state.isClosed, state.isOutputOpen || state.isErrorOpen else { return .closed(reason: nil) }
            var polled = [
                pollfd(fd: state.isOutputOpen ? output : -1, events: Int16(POLLIN), revents: 0),
                pollfd(fd: state.isErrorOpen ? error : -1, events: Int16(POLLIN), revents: 0),
            ]
            guard poll(&polled, 2, -1) > 0 else { continue }
            for index in 0..<2 where polled[index].revents != 0 {
                let count = Glibc.read(polled[index].fd, &buffer, buffer.count)
                if count > 0 {
                    let bytes = Array(buffer[..<count])
                    return index == 0 ? .standardOutput(bytes) : .standardError(bytes)
                }
                self.state.withLock { if index == 0 { $0.isOutputOpen = false } else { $0.isErrorOpen = false } }
            }
        }
    }

    /// Starts a process with these three streams, in a process group of its own, with all signals as by default.
    private static func spawn(_ arguments: [String], _ environment: [String: String], streams: [Int32]) -> pid_t? {
        var actions = posix_spawn_file_actions_t()
        var attributes = posix_spawnattr_t()
        guard let path = arguments.first, posix_spawn_file_actions_init(&actions) == 0 else { return nil }
        defer { posix_spawn_file_actions_destroy(&actions) }
        guard posix_spawnattr_init(&attributes) == 0 else { return nil }
        defer { posix_spawnattr_destroy(&attributes) }
        for (target, stream) in streams.enumerated() {
            posix_spawn_file_actions_adddup2(&actions, stream, Int32(target))
        }
        // Nothing of this process is open in a step: neither its locks nor what somebody waits to see closed.
        clinux_spawn_closing(&actions, Int32(streams.count))
        clinux_spawn_in_own_group(&attributes)
        let words = arguments.map { strdup($0) } + [nil]
        let variables = environment.map { strdup("\($0.key)=\($0.value)") } + [nil]
        defer { for text in words + variables { free(text) } }
        var process = pid_t()
        return posix_spawn(&process, path, &actions, &attributes, words, variables) == 0 ? process : nil
    }
}

/// Takes note of ended processes without holding anybody up.
private enum Reaper {
    static func reap(_ process: pid_t) {
        DispatchQueue.global(qos: .utility).async {
            var status: Int32 = 0
            while waitpid(process, &status, 0) < 0 && errno == EINTR {}
        }
    }
}
