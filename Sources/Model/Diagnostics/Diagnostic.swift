/// One problem in a file that a person wrote, in the form that compilers use.
package struct Diagnostic: Error, Sendable, Hashable, Codable {
    package enum Severity: String, Sendable, Hashable, Codable { case error, warning }

    package var severity: Severity
    package var position: SourcePosition
    /// What is wrong, without a full stop: `unknown key 'retires' in step 'drain'`.
    package var message: String
    /// The mend: `did you mean 'retries'?`.
    package var hint: String?
    /// The whole line that it stands on, for the caret.
    package var sourceLine: String?

    /// Creates a diagnostic.
    package init(
        _ severity: Severity, at position: SourcePosition, _ message: String, hint: String? = nil,
        sourceLine: String? = nil
    ) {
        self.severity = severity
        self.position = position
        self.message = message
        self.hint = hint
        self.sourceLine = sourceLine
    }
}

/// All problems of all files that were read, sorted by place.
package struct DiagnosticsError: Error, Sendable, Hashable {
    package var diagnostics: [Diagnostic]

    /// Creates an error of `diagnostics`.
    package init(_ diagnostics: [Diagnostic]) { self.diagnostics = diagnostics }
}
