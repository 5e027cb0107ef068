import Engine
import Governance
import Model
import Plugins
import Relay
import SSH

/// An error in the terms of the person at the terminal: what it says, the mend, and the exit status that it asks for.
package struct OperatorError: Error, Sendable {
    package let exitStatus: Int
    package let sentence: String
    package let mend: String?

    /// Nil for an error that is none of the program's own.
    package init?(_ error: any Error) {
        switch error {
        case let error as DiagnosticsError where !error.diagnostics.isEmpty:
            self.init(65, error.diagnostics.map(\.headline).joined(separator: "\n"), nil)
        case let error as RequestError: self.init(error.kind.rawValue, error.message, error.hint)
        case let error as SettingsError: self.init(64, error.message, error.hint)
        case let error as NodeSetError: self.init(Self.status(of: error), error.sentence, error.mend)
        case let error as EngineError: self.init(error.exitStatus, error.message, error.hint)
        case let error as JournalError: self.init(Self.status(of: error), error.message, error.hint)
        case let error as SessionError: self.init(1, error.message, error.hint)
        case let error as SSHError: self.init(1, error.description, error.hint)
        case let error as GovernanceError: self.init(error.code == .malformed ? 65 : 2, error.message, error.hint)
        case let error as RelayError: self.init(error.exitStatus, error.message, error.hint)
        case let error as PluginError: self.init(65, error.description, nil)
        case let error as ValueError: self.init(65, error.message, error.hint)
        case let error as ToolError: self.init(2, error.description, nil)
        case let error as AnchorError: self.init(2, error.description, nil)
        case let error as SecretError: self.init(2, error.description, nil)
        default: return nil
        }
    }

    private init(_ exitStatus: Int, _ sentence: String, _ mend: String?) {
        self.exitStatus = exitStatus
        self.sentence = sentence
        self.mend = mend
    }

    private static func status(of error: NodeSetError) -> Int {
        switch error.kind {
        case .syntax, .badName, .badRange, .tooLarge, .noInventory: 64
        case .resolverFailed: 65
        case .emptySelector, .unknownGroup, .unknownNode, .matchesNothing: 4
        }
    }

    private static func status(of error: JournalError) -> Int {
        switch error.code {
        case .noSuchRun, .ambiguousRun: 64
        case .alreadyUsed, .nodeBusy, .runBusy, .networkFileSystem, .permissions, .newerDatabase: 2
        case .diskFull, .failed, .locked, .damaged, .outputGap, .misuse: 70
        }
    }
}
