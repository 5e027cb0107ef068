import Model

/// Collects problems while files are read, so that all are shown at once. Confined to one loading.
final class DiagnosticBag {
    private(set) var diagnostics: [Diagnostic] = []

    var hasErrors: Bool { diagnostics.contains { $0.severity == .error } }

    /// Sorted by place, without repetitions.
    var sorted: [Diagnostic] {
        var seen: Set<Diagnostic> = []
        return diagnostics.filter { seen.insert($0).inserted }.sorted {
            ($0.position, $0.message) < ($1.position, $1.message)
        }
    }

    func add(_ diagnostic: Diagnostic) { diagnostics.append(diagnostic) }

    func error(at position: SourcePosition, _ message: String, hint: String? = nil, line: String? = nil) {
        add(Diagnostic(.error, at: position, message, hint: hint, sourceLine: line))
    }
}
