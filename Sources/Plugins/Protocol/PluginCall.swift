import Foundation
import Glibc
import Model
import Subprocess

/// One call of an executable that reads its input on standard input and answers on standard output.
///
/// It runs in a session of its own with no descriptor but the standard three and no variable but those that are named.
/// When it has ended, or its time is over, whatever is left of its process group is killed. Of what it says on standard
/// error only the last line is reported, with `secrets` struck out.
package struct PluginCall: Sendable {
    let path: String
    private let timeout: Duration
    /// Words behind its name.
    package var arguments: [String]
    /// Names of variables that it gets besides `PATH`, `HOME` and `LANG`.
    package var environment: [String] = []
    /// The most that it may print, in bytes.
    package var outputLimit = 64 << 20
    /// The folder that it works in; nil: that of this process.
    package var folder: String?
    /// What it sees of this machine.
    package var sandbox = PluginSandbox.none
    /// What must not be repeated in a report.
    package var secrets: [SecretBytes] = []

    /// How long it has between SIGTERM and SIGKILL.
    static let grace = Duration.seconds(2)
    /// The most that it may say on standard error, in bytes.
    private static let complaintLimit = 1 << 20

    /// A call of the executable at `path`, which is ended after `timeout`.
    package init(path: String, arguments: [String] = [], timeout: Duration = .seconds(60)) {
        self.path = path
        self.arguments = arguments
        self.timeout = timeout
    }

    /// How it ended and what it said.
    struct Outcome: Sendable {
        /// In words; nil for exit status 0.
        var failure: String?
        var output: [UInt8]
        var complaint: [UInt8]
    }

    /// What it prints.
    /// - Throws: `PluginError` when it is missing, fails, prints too much or takes too long.
    package func callAsFunction(_ input: [UInt8]) async throws -> [UInt8] {
        let outcome = try await outcome(input)
        guard let failure = outcome.failure else { return outcome.output }
        let last = PluginText(secrets).lastLine(of: outcome.complaint)
        throw PluginError(path, .failed(last.isEmpty ? failure : "\(failure): \(last)"))
    }

    /// How it ends, whether well or not.
    func outcome(_ input: [UInt8]) async throws -> Outcome {
        try PluginFile(path).check()
        let command = try await sandbox.command(path, arguments)
        let (stops, stop) = AsyncStream.makeStream(of: Never.self)
        // Its pipes have to stay while it ends, so the call itself is never cancelled.
        let call = Task { try await execute(command, input, stops) }
        let (outcome, end) = try await withTaskCancellationHandler {
            try await call.value
        } onCancel: {
            stop.finish()
        }
        switch end {
        case .own: return outcome
        case .late: throw PluginError(path, .timedOut(timeout))
        case .stopped: throw CancellationError()
        }
    }

    private func execute(
        _ command: (path: String, arguments: [String]), _ input: [UInt8], _ stops: AsyncStream<Never>
    ) async throws -> (Outcome, PluginEnd.Reason) {
        do {
            let result = try await run(
                .path(.init(command.path)), arguments: Arguments(command.arguments), environment: .custom(variables),
                workingDirectory: folder.map { .init($0) }, platformOptions: Self.options,
                input: .fileDescriptor(
                    .init(rawValue: try AnonymousFile.descriptor(holding: input)), closeAfterSpawningProcess: true),
                output: .bytes(limit: outputLimit), error: .bytes(limit: Self.complaintLimit)
            ) { execution in
                await PluginEnd(leader: execution.processIdentifier.value, grace: Self.grace).reached(timeout, stops)
            }
            let outcome = Outcome(
                failure: Self.failure(result.terminationStatus), output: result.standardOutput,
                complaint: result.standardError)
            return (outcome, result.closureResult)
        } catch let error as SubprocessError {
            throw PluginError(path, .failed(error.description))
        } catch let error as POSIXError {
            throw PluginError(path, .failed("its input can't be kept: \(error.localizedDescription)"))
        }
    }

    static var options: PlatformOptions {
        var options = PlatformOptions()
        options.createSession = true
        options.teardownSequence = [.send(signal: .terminate, toProcessGroup: true, allowedDurationToNextStep: grace)]
        return options
    }

    var variables: [Environment.Key: String] {
        let own = ProcessInfo.processInfo.environment
        return (["PATH", "HOME", "LANG"] + environment).reduce(into: [:]) { kept, name in
            kept[Environment.Key(stringLiteral: name)] = own[name]
        }
    }

    private static func failure(_ status: TerminationStatus) -> String? {
        switch status {
        case .exited(0): nil
        case .exited(let code): "exit status \(code)"
        case .signaled(let signal): "ended by signal \(signal)"
        }
    }
}
