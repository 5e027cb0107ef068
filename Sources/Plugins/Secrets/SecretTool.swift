import Model
import Subprocess

/// A command-line tool that prints one secret.
struct SecretTool {
    let name: String
    let arguments: [String]
    /// A person may have to type a passphrase.
    var timeout = Duration.seconds(120)

    /// The most that a secret may have.
    static let limit = 1 << 20

    init(_ name: String, _ arguments: [String]) {
        self.name = name
        self.arguments = arguments
    }

    /// What it prints, without one trailing newline.
    func output(for reference: String) async throws -> SecretBytes {
        do {
            return try await withThrowingTaskGroup(of: SecretBytes.self) { group in
                group.addTask { try await execute(for: reference) }
                group.addTask {
                    try await Task.sleep(for: timeout)
                    throw SecretError(
                        reference, .toolFailed(name, status: "no answer in \(timeout.components.seconds) s"))
                }
                defer { group.cancelAll() }
                guard let secret = try await group.next() else { throw CancellationError() }
                return secret
            }
        } catch let error as SubprocessError where error.code == .executableNotFound {
            throw SecretError(reference, .toolMissing(name))
        } catch let error as SubprocessError {
            throw SecretError(reference, .toolFailed(name, status: error.description))
        }
    }

    private func execute(for reference: String) async throws -> SecretBytes {
        let result = try await run(
            .name(name), arguments: Arguments(arguments), environment: .inherit, output: .bytes(limit: Self.limit),
            error: .discarded)
        guard case .exited(0) = result.terminationStatus else {
            throw SecretError(reference, .toolFailed(name, status: "\(result.terminationStatus)"))
        }
        guard !result.standardOutput.isEmpty else { throw SecretError(reference, .missing) }
        return SecretBytes(Self.trimmed(result.standardOutput))
    }

    static func trimmed(_ bytes: [UInt8]) -> [UInt8] {
        bytes.last == UInt8(ascii: "\n") ? Array(bytes.dropLast()) : bytes
    }
}
