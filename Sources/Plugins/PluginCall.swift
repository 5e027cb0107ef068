import Foundation
import Glibc
import Subprocess

/// One call of a plugin: an executable that reads one JSON value on standard input and prints one on standard output.
package struct PluginCall: Sendable {
    private let path: String
    private let arguments: [String]
    private let timeout: Duration

    /// The most that a plugin may print, in bytes.
    package static let outputLimit = 64 << 20

    /// A call of the executable at `path`, which is ended after `timeout`.
    package init(path: String, arguments: [String] = [], timeout: Duration = .seconds(60)) {
        self.path = path
        self.arguments = arguments
        self.timeout = timeout
    }

    /// What it prints.
    /// - Throws: `PluginError` when it is missing, fails, prints too much or takes too long.
    package func callAsFunction(_ input: [UInt8]) async throws -> [UInt8] {
        try PluginFile(path).check()
        return try await withThrowingTaskGroup(of: [UInt8].self) { group in
            group.addTask { try await execute(input) }
            group.addTask {
                try await Task.sleep(for: timeout)
                throw PluginError(path, .timedOut(timeout))
            }
            defer { group.cancelAll() }
            guard let bytes = try await group.next() else { throw CancellationError() }
            return bytes
        }
    }

    private func execute(_ input: [UInt8]) async throws -> [UInt8] {
        let environment = ProcessInfo.processInfo.environment
        let kept = ["PATH", "HOME", "LANG"].reduce(into: [Environment.Key: String]()) { kept, name in
            kept[Environment.Key(stringLiteral: name)] = environment[name]
        }
        do {
            let result = try await run(
                .path(.init(path)), arguments: Arguments(arguments), environment: .custom(kept),
                input: .fileDescriptor(
                    .init(rawValue: try AnonymousFile.descriptor(holding: input)), closeAfterSpawningProcess: true),
                output: .bytes(limit: Self.outputLimit), error: .string(limit: 1 << 20))
            guard case .exited(0) = result.terminationStatus else {
                let last = result.standardError.split(separator: "\n").last.map(String.init) ?? ""
                throw PluginError(path, .failed("\(result.terminationStatus): \(last)"))
            }
            return result.standardOutput
        } catch let error as SubprocessError {
            throw PluginError(path, .failed(error.description))
        } catch let error as POSIXError {
            throw PluginError(path, .failed("its input can't be kept: \(error.localizedDescription)"))
        }
    }
}
