/// What a signature is for. One made for one purpose never passes for another.
package enum SignatureNamespace: String, Sendable, CaseIterable {
    /// Where the audit chain ended at some time.
    case checkpoint = "checkpoint@runbook"
    /// The manifest of an export.
    case export = "export@runbook"
    /// A person takes a chain as it is that does not hold its anchors.
    case acceptance = "acceptance@runbook"
}
