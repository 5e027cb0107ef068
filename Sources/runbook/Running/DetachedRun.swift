import Foundation
import Glibc
import Model

/// The same command once more, in a session of its own, without `--detach` and without a terminal.
struct DetachedRun {
    /// What became of the start.
    enum Start {
        case began(RunID, process: Int32)
        /// It was over before a run had begun; why, it has said on standard error.
        case ended(status: Int32)
    }

    /// Set in the environment of such a process.
    static let variable = "RUNBOOK_DETACHED"

    let arguments: [String]

    /// Starts it and waits until it has begun a run, or has ended without one.
    func start() throws -> Start {
        var ends: [Int32] = [0, 0]
        guard pipe(&ends) == 0 else { throw POSIXError(.EMFILE) }
        defer { close(ends[0]) }
        let process = try spawn(output: ends[1])
        close(ends[1])
        if let run = RunID(line(from: ends[0])) { return .began(run, process: process) }
        var status: Int32 = 0
        while waitpid(process, &status, 0) < 0, errno == EINTR {}
        return .ended(status: status & 0x7F == 0 ? status >> 8 & 0xFF : 128 + (status & 0x7F))
    }

    private func spawn(output: Int32) throws -> Int32 {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO)
        // Whoever waits for the end of something else that is open here must not wait for the run.
        for name in (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd")) ?? [] {
            if let descriptor = Int32(name), descriptor > STDERR_FILENO {
                posix_spawn_file_actions_addclose(&actions, descriptor)
            }
        }
        let own = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? arguments[0]
        let words = [own] + arguments.dropFirst().filter { $0 != "--detach" } + ["-q"]
        let variables = ProcessInfo.processInfo.environment.map { "\($0.key)=\($0.value)" } + [Self.variable + "=1"]
        var argumentPointers = words.map { strdup($0) } + [nil]
        var variablePointers = variables.map { strdup($0) } + [nil]
        defer { for pointer in argumentPointers + variablePointers { free(pointer) } }
        var process: Int32 = 0
        let failure = posix_spawn(&process, own, &actions, nil, &argumentPointers, &variablePointers)
        guard failure == 0 else { throw POSIXError(POSIXErrorCode(rawValue: failure) ?? .EIO) }
        return process
    }

    /// The first line, as far as it comes.
    private func line(from descriptor: Int32) -> String {
        var bytes: [UInt8] = []
        var byte: UInt8 = 0
        while true {
            let count = read(descriptor, &byte, 1)
            if count < 0, errno == EINTR { continue }
            guard count == 1, byte != UInt8(ascii: "\n") else { return String(decoding: bytes, as: UTF8.self) }
            bytes.append(byte)
        }
    }
}
