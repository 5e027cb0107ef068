import Foundation
import Glibc
import Synchronization

/// A `journal-writer` process that the test started, and the lines that it says.
final class Writer: Sendable {
    private let pid: pid_t
    private let input: Int32
    private let lines: AsyncStream<String>
    private let ending: AsyncStream<Int32>
    /// Nobody may signal a process that was waited for: its number may be another's by now.
    private let isOver = Mutex(false)

    /// Starts one; `prefix` are words that come before the program, such as `unshare -m`.
    init(_ arguments: [String], prefix: [String] = [], environment: [String: String] = [:]) throws {
        var output: [Int32] = [0, 0]
        var input: [Int32] = [0, 0]
        // Sockets, since they can be made so that no other child that is started meanwhile inherits them.
        let kind = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
        guard socketpair(AF_UNIX, kind, 0, &output) == 0, socketpair(AF_UNIX, kind, 0, &input) == 0 else {
            throw StartError()
        }
        let words = (prefix.isEmpty ? [] : ["/usr/bin/env"] + prefix) + [Self.program] + arguments
        let variables = ProcessInfo.processInfo.environment.merging(environment) { $1 }.map { "\($0)=\($1)" }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, input[0], 0)
        posix_spawn_file_actions_adddup2(&actions, output[1], 1)
        var pid: pid_t = 0
        let status = Self.withPointers(words) { pointers in
            Self.withPointers(variables) { posix_spawn(&pid, words[0], &actions, nil, pointers, $0) }
        }
        close(output[1])
        close(input[0])
        guard status == 0 else { throw StartError() }
        self.pid = pid
        self.input = input[1]
        let (lines, line) = AsyncStream.makeStream(of: String.self)
        let (ending, end) = AsyncStream.makeStream(of: Int32.self)
        self.lines = lines
        self.ending = ending
        let descriptor = output[0]
        Thread.detachNewThread { [self] in
            Self.read(descriptor, into: line)
            line.finish()
            end.yield(reap())
            end.finish()
        }
    }

    deinit { close(input) }

    struct StartError: Error {}

    private static func withPointers<T>(
        _ words: [String], _ body: ([UnsafeMutablePointer<CChar>?]) -> T
    ) -> T {
        let pointers = words.map { strdup($0) } + [nil]
        defer { for pointer in pointers { free(pointer) } }
        return body(pointers)
    }

    private static func read(_ descriptor: Int32, into lines: AsyncStream<String>.Continuation) {
        defer { close(descriptor) }
        var rest: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 4096)
        while true {
            let count = Glibc.read(descriptor, &buffer, buffer.count)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return }
            rest += buffer[..<count]
            while let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
                lines.yield(String(decoding: rest[..<end], as: UTF8.self))
                rest.removeSubrange(...end)
            }
        }
    }

    /// Its exit status, or minus the signal that ended it.
    private func reap() -> Int32 {
        var info = siginfo_t()
        // Seen first and taken off the table afterwards, so that `kill` never meets another process.
        while waitid(P_PID, id_t(pid), &info, WEXITED | WNOWAIT) != 0, errno == EINTR {}
        return isOver.withLock { isOver in
            isOver = true
            var status: Int32 = 0
            while waitpid(pid, &status, 0) < 0, errno == EINTR {}
            return status & 0x7F == 0 ? status >> 8 & 0xFF : -(status & 0x7F)
        }
    }

    /// The program beside the test bundle.
    static var program: String {
        var bytes = [UInt8](repeating: 0, count: Int(PATH_MAX))
        let count = bytes.withUnsafeMutableBytes { bytes in
            bytes.baseAddress.map { readlink("/proc/self/exe", $0, bytes.count) } ?? 0
        }
        let path = String(decoding: bytes.prefix(max(0, count)), as: UTF8.self)
        return URL(fileURLWithPath: path).deletingLastPathComponent().path + "/journal-writer"
    }

    /// The next line that starts so; nil when the process ends before.
    func line(startingWith prefix: String) async throws -> String? {
        for await line in lines where line.hasPrefix(prefix) { return line }
        return nil
    }

    /// Lines up to the `count`th, fewer if the process ends before.
    func lines(_ count: Int) async -> [String] {
        var found: [String] = []
        guard count > 0 else { return found }
        for await line in lines {
            found.append(line)
            if found.count == count { break }
        }
        return found
    }

    /// All lines that are still to come, until the process ends.
    func rest() async -> [String] { await lines(.max) }

    /// SIGKILL.
    func kill() {
        isOver.withLock { isOver in
            if !isOver { _ = Glibc.kill(pid, SIGKILL) }
        }
    }

    /// Waits for its end; its exit status, or minus the signal. To be called once.
    @discardableResult
    func wait() async -> Int32 {
        for await status in ending { return status }
        return .min
    }
}
