import Model

/// How a script ended and what it wrote, as far as it is kept in memory.
struct Answer: Sendable, Hashable {
    var outcome: InvocationOutcome
    var standardOutput: [UInt8] = []
    var standardError: [UInt8] = []
    /// Under what id its output is stored; nil when it was never sent.
    var id: InvocationID?
    /// Bytes that were written, kept in memory or not.
    var standardOutputBytes = 0
    var standardErrorBytes = 0

    /// So much is kept in memory of each stream: as much as patterns search.
    static let keptBytes = Pattern.searchedBytes

    /// Standard output as text, without trailing newlines.
    var outputText: String { Self.trimmed(standardOutput) }
    /// Standard error as text, without trailing newlines.
    var errorText: String { Self.trimmed(standardError) }
    var exit: Int32? { outcome.exitStatus }

    /// The last line that says something, of standard error before standard output.
    var lastLine: String {
        let line = [errorText, outputText].lazy.compactMap { $0.split(separator: "\n").last.map(String.init) }.first
        return String((line ?? "").prefix(300))
    }

    /// What may have been cut stays as long as it is: by that a pattern knows it.
    private static func trimmed(_ bytes: [UInt8]) -> String {
        guard bytes.count < keptBytes else { return String(decoding: bytes, as: UTF8.self) }
        var end = bytes.endIndex
        while end > 0, bytes[end - 1] == UInt8(ascii: "\n") || bytes[end - 1] == UInt8(ascii: "\r") { end -= 1 }
        return String(decoding: bytes[..<end], as: UTF8.self)
    }
}

extension InvocationOutcome {
    /// For a person: `ended with status 3`.
    var text: String {
        switch self {
        case .exited(let status) where status > 128 && status < 160: "was ended by signal \(status - 128)"
        case .exited(let status): "ended with status \(status)"
        case .timedOut: "ran longer than its timeout"
        case .cancelled: "was stopped"
        case .outputLimitExceeded: "wrote more than its output limit"
        case .notStarted(let reason): "was not started: \(reason)"
        case .lost(let reason): "can't be told how it ended: \(reason)"
        }
    }
}
