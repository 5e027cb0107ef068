import Model

/// Reports problems at places of one file. Confined to one check.
struct SiteReport {
    let source: SourceText
    let bag: DiagnosticBag

    func error(_ node: YAMLNode, _ message: String, _ hint: String?) { add(.error, node, message, hint) }

    func warn(_ node: YAMLNode, _ message: String, _ hint: String?) { add(.warning, node, message, hint) }

    private func add(_ severity: Diagnostic.Severity, _ node: YAMLNode, _ message: String, _ hint: String?) {
        bag.add(
            Diagnostic(
                severity, at: source.position(node.mark), message, hint: hint, sourceLine: source.line(node.mark)))
    }
}
