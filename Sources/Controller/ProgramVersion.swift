/// What this program calls itself, in plans and in the audit trail.
package enum ProgramVersion {
    /// Semantic version.
    package static let text = "0.1.0"
}
