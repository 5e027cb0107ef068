import Foundation
import Glibc
import Synchronization

/// A `journal-writer` process that the test started, and the lines that it says.
final class Writer: Sendable {
    private let process: Process
    private let lines: AsyncStream<String>
    private let input = Pipe()

    /// Starts one; `prefix` are words that come before the program, such as `unshare -m`.
    init(_ arguments: [String], prefix: [String] = [], environment: [String: String] = [:]) throws {
        let words = prefix + [Self.program] + arguments
        process = Process()
        process.executableURL = URL(fileURLWithPath: prefix.isEmpty ? words[0] : "/usr/bin/env")
        process.arguments = prefix.isEmpty ? Array(words.dropFirst()) : words
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        let output = Pipe()
        process.standardOutput = output
        process.standardInput = input
        let (stream, continuation) = AsyncStream.makeStream(of: String.self)
        lines = stream
        let rest = Mutex([UInt8]())
        output.fileHandleForReading.readabilityHandler = { handle in
            let data = handle.availableData
            rest.withLock { rest in
                rest += data
                while let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
                    continuation.yield(String(decoding: rest[..<end], as: UTF8.self))
                    rest.removeSubrange(...end)
                }
            }
            if data.isEmpty {
                handle.readabilityHandler = nil
                continuation.finish()
            }
        }
        try process.run()
    }

    /// The program beside the test bundle.
    static var program: String {
        var bytes = [CChar](repeating: 0, count: Int(PATH_MAX))
        let count = readlink("/proc/self/exe", &bytes, bytes.count - 1)
        let path = String(decoding: bytes.prefix(max(0, count)).map { UInt8(bitPattern: $0) }, as: UTF8.self)
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
    func kill() { Glibc.kill(process.processIdentifier, SIGKILL) }

    /// Ends its standard input.
    func finish() { try? input.fileHandleForWriting.close() }

    /// Waits for its end; its exit status, or minus the signal.
    @discardableResult
    func wait() async -> Int32 {
        await withCheckedContinuation { continuation in
            DispatchQueue.global().async { [process] in
                process.waitUntilExit()
                let status = process.terminationStatus
                continuation.resume(returning: process.terminationReason == .exit ? status : -status)
            }
        }
    }
}
