import ArgumentParser
import Controller
import Foundation
import Glibc
import Model
import Rehearsal

/// What the program says and how it exits when a command can't be carried out.
struct CommandFailure {
    let status: Int32
    let lines: [String]
    private let parserError: (any Error)?

    init(_ error: any Error) {
        var parserError: (any Error)?
        switch error {
        case let error as DiagnosticsError:
            status = 65
            lines = error.diagnostics.map(\.description)
        case is ExitCode, is ValidationError, is CleanExit:
            parserError = error
            status = 0
            lines = []
        case let error as RehearsalError:
            status = 1
            lines =
                ["error: \(error.message)"] + error.lines.map { "  | \($0)" }
                + (error.hint.map { ["mend: \($0)"] } ?? [])
        case let error as ResultNotWritten:
            status = 74
            lines = [
                "error: the result could not be written whole: \(error.reason)",
                "mend: make room where standard output goes; of a run, `runbook show` and `runbook logs` print it again",
            ]
        case is CancellationError:
            status = 130
            lines = ["error: interrupted"]
        default:
            if let error = OperatorError(error) {
                status = Int32(error.exitStatus)
                lines = ["error: \(error.sentence)"] + (error.mend.map { ["mend: \($0)"] } ?? [])
            } else if Runbook.exitCode(for: error) == .validationFailure || Runbook.exitCode(for: error) == .success {
                parserError = error
                status = 0
                lines = []
            } else {
                status = 70
                lines = ["error: \(error)", "This is a bug of runbook. Please report it with what you typed."]
            }
        }
        self.parserError = parserError
    }

    func exit() -> Never {
        if let parserError { Runbook.exit(withError: parserError) }
        for line in lines { Terminal.write(SafeText(line).description + "\n", to: STDERR_FILENO) }
        Glibc.exit(status)
    }
}
