import Foundation
import Model
import Subprocess

/// A well-kept program of the system, such as ssh-keygen or git, called with fixed words and never through a shell.
package struct StockTool: Sendable {
    /// What a call came to.
    package struct Answer: Sendable {
        /// The exit status; nil where a signal ended it.
        package var status: Int?
        package var output: [UInt8]
        /// What it said on standard error, for a person.
        package var complaint: String

        /// Whether it ended with 0.
        package var isGood: Bool { status == 0 }
    }

    private let name: String
    private let timeout: Duration
    private let environment: [String: String]

    /// The most that one may print, in bytes.
    package static let outputLimit = 64 << 20

    /// The program that `PATH` knows as `name`, ended after `timeout`, with `environment` beside PATH, HOME and LANG.
    package init(_ name: String, timeout: Duration = .seconds(20), environment: [String: String] = [:]) {
        self.name = name
        self.timeout = timeout
        self.environment = environment
    }

    /// Runs it with `arguments` and `input`.
    /// - Throws: `ToolError` when it is not there, prints too much or takes too long.
    package func callAsFunction(_ arguments: [String], input: [UInt8] = []) async throws -> Answer {
        try await withThrowingTaskGroup(of: Answer.self) { group in
            group.addTask { try await execute(arguments, input) }
            group.addTask {
                try await Task.sleep(for: timeout)
                throw ToolError(name, "it took longer than \(timeout.components.seconds) s and was ended")
            }
            defer { group.cancelAll() }
            guard let answer = try await group.next() else { throw CancellationError() }
            return answer
        }
    }

    private func execute(_ arguments: [String], _ input: [UInt8]) async throws -> Answer {
        let own = ProcessInfo.processInfo.environment
        var kept = environment
        for name in ["PATH", "HOME", "LANG"] { kept[name] = kept[name] ?? own[name] }
        let variables = kept.reduce(into: [Environment.Key: String]()) {
            $0[Environment.Key(stringLiteral: $1.key)] = $1.value
        }
        do {
            let result = try await run(
                .name(name), arguments: Arguments(arguments), environment: .custom(variables),
                input: .fileDescriptor(
                    .init(rawValue: try AnonymousFile.descriptor(holding: input)), closeAfterSpawningProcess: true),
                output: .bytes(limit: Self.outputLimit), error: .string(limit: 1 << 20))
            var status: Int?
            if case .exited(let code) = result.terminationStatus { status = Int(code) }
            return Answer(status: status, output: result.standardOutput, complaint: result.standardError)
        } catch let error as SubprocessError where error.code == .executableNotFound {
            throw ToolError(name, "it is not installed")
        } catch let error as SubprocessError {
            throw ToolError(name, error.description)
        }
    }
}

/// Why a program of the system could not be used.
package struct ToolError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The program's name.
    package var tool: String
    package var reason: String

    package init(_ tool: String, _ reason: String) {
        self.tool = tool
        self.reason = reason
    }

    package var description: String { "'\(tool)' could not be used: \(reason)." }
}
