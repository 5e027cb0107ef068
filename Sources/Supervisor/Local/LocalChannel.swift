import Foundation
import Glibc
import Model
import Synchronization

/// A supervisor on this machine, over pipes, with nothing of the program's environment but `PATH`, `HOME` and `LANG`.
package struct LocalChannelOpener: SupervisorChannelOpener {
    private let shell: [String]
    private let environment: [String: String]

    /// Runs commands by `shell`, to which the command is the last argument.
    package init(shell: [String] = ["/bin/sh", "-c"], environment: [String: String]) {
        self.shell = shell
        self.environment = environment.filter { ["PATH", "HOME", "LANG"].contains($0.key) }
    }

    package func openChannel(command: String) async throws -> any SupervisorChannel {
        try LocalChannel(arguments: shell + [command], environment: environment)
    }

    package func close() async {}
}

/// A process with its three pipes.
///
/// `@unchecked Sendable`: the descriptors and the process are set once in `init`; reading happens on one serial queue,
/// writing on another, and `close` only ends the process, after which both see the end of their pipe.
private final class LocalChannel: SupervisorChannel, @unchecked Sendable {
    private let process = Process()
    private let input = Pipe()
    private let output = Pipe()
    private let error = Pipe()
    private let reading = DispatchQueue(label: "runbook.local.read")
    private let writing = DispatchQueue(label: "runbook.local.write")
    private let isClosed = Atomic(false)
    private var isOutputOpen = true
    private var isErrorOpen = true

    init(arguments: [String], environment: [String: String]) throws {
        process.executableURL = URL(fileURLWithPath: arguments[0])
        process.arguments = Array(arguments.dropFirst())
        process.environment = environment
        process.standardInput = input
        process.standardOutput = output
        process.standardError = error
        try process.run()
    }

    func send(_ bytes: [UInt8]) async throws {
        try await withCheckedThrowingContinuation { (done: CheckedContinuation<Void, any Error>) in
            writing.async { [self] in
                do {
                    try input.fileHandleForWriting.write(contentsOf: Data(bytes))
                    done.resume()
                } catch {
                    done.resume(throwing: SessionError(.lost, "The local shell ended."))
                }
            }
        }
    }

    func receive() async throws -> SupervisorChannelEvent {
        await withCheckedContinuation { done in
            reading.async { [self] in done.resume(returning: read()) }
        }
    }

    func close() async {
        isClosed.store(true, ordering: .releasing)
        try? input.fileHandleForWriting.close()
        if process.isRunning { kill(process.processIdentifier, SIGKILL) }
    }

    /// The next piece of either stream.
    private func read() -> SupervisorChannelEvent {
        var buffer = [UInt8](repeating: 0, count: 64 << 10)
        while isOutputOpen || isErrorOpen {
            var polled = [
                pollfd(fd: isOutputOpen ? output.fileHandleForReading.fileDescriptor : -1, events: Int16(POLLIN), revents: 0),
                pollfd(fd: isErrorOpen ? error.fileHandleForReading.fileDescriptor : -1, events: Int16(POLLIN), revents: 0),
            ]
            // What the shell left running may keep the pipes open, so their end is not waited for after `close`.
            guard poll(&polled, 2, 100) > 0 else {
                if isClosed.load(ordering: .acquiring) { break }
                continue
            }
            for index in polled.indices where polled[index].revents != 0 {
                let count = Glibc.read(polled[index].fd, &buffer, buffer.count)
                guard count > 0 else {
                    if index == 0 { isOutputOpen = false } else { isErrorOpen = false }
                    continue
                }
                let bytes = Array(buffer[..<count])
                return index == 0 ? .standardOutput(bytes) : .standardError(bytes)
            }
        }
        return .closed(reason: nil)
    }
}
