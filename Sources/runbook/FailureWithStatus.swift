import Controller
import Model

/// An error that knows its exit status, what it says to a person, and the mend.
protocol FailureWithStatus: Error {
    var exitStatus: Int { get }
    var sentence: String { get }
    var mend: String? { get }
}

extension RequestError: FailureWithStatus {
    var exitStatus: Int { kind.rawValue }
    var sentence: String { message }
    var mend: String? { hint }
}

extension SettingsError: FailureWithStatus {
    var exitStatus: Int { 64 }
    var sentence: String { message }
    var mend: String? { hint }
}
