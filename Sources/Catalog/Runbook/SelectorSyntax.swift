import Model

/// The syntax of node sets where no inventory is known yet.
enum SelectorSyntax {
    struct Fault {
        var message: String
        var hint: String?
        /// In characters from 0.
        var offset: Int
    }

    /// What is wrong with `text`; nil where an inventory could resolve it.
    static func fault(in text: String) -> Fault? {
        do throws(NodeSetError) {
            _ = try NodeSet(parsing: text, resolver: AnyGroup())
            return nil
        } catch {
            return Fault(
                message: error.sentence.asDiagnostic, hint: error.mend.asDiagnostic, offset: error.position ?? 0)
        }
    }

    /// Takes every group for one without nodes.
    private struct AnyGroup: NodeSetResolver {
        var allNodes: NodeSet { NodeSet() }
        func members(ofGroup name: String, source: String?) throws(NodeSetError) -> NodeSet { NodeSet() }
    }
}

extension String {
    /// A sentence as diagnostics are written: it begins small and has no full stop.
    var asDiagnostic: String {
        let clause = hasSuffix(".") ? String(dropLast()) : self
        guard let first = clause.first, clause.dropFirst().first?.isLowercase == true else { return clause }
        return first.lowercased() + clause.dropFirst()
    }
}
