import Model
import Subprocess

/// A command-line tool that prints one secret.
struct SecretTool {
    let name: String
    let arguments: [String]

    /// The most that a secret may have.
    static let limit = 1 << 20

    init(_ name: String, _ arguments: [String]) {
        self.name = name
        self.arguments = arguments
    }

    /// What it prints, without one trailing newline.
    func output(for reference: String) async throws -> SecretBytes {
        let result: ExecutionResult
        do {
            result = try await execute()
        } catch let error as SubprocessError where error.code == .executableNotFound {
            throw SecretError(reference, .toolMissing(name))
        }
        guard case .exited(0) = result.terminationStatus else {
            throw SecretError(reference, .toolFailed(name, status: "\(result.terminationStatus)"))
        }
        return SecretBytes(Self.trimmed(result.bytes))
    }

    private struct ExecutionResult {
        var terminationStatus: TerminationStatus
        var bytes: [UInt8]
    }

    private func execute() async throws -> ExecutionResult {
        let result = try await run(
            .name(name), arguments: Arguments(arguments), environment: .inherit, output: .bytes(limit: Self.limit),
            error: .discarded)
        return ExecutionResult(terminationStatus: result.terminationStatus, bytes: result.standardOutput)
    }

    static func trimmed(_ bytes: [UInt8]) -> [UInt8] {
        bytes.last == UInt8(ascii: "\n") ? Array(bytes.dropLast()) : bytes
    }
}
