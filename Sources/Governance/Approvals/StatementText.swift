import Model

/// What texts inside statements may hold.
enum StatementText {
    /// The most bytes of a reason.
    static let longest = 1000

    /// Checks that `text` is one line that shows as what it is.
    /// - Throws: `GovernanceError` that names the field.
    static func check(_ text: String, field: String) throws(GovernanceError) {
        guard text.utf8.count <= longest else { throw GovernanceError(.malformed, "'\(field)' is too long.") }
        for scalar in text.unicodeScalars {
            switch scalar.properties.generalCategory {
            case .control, .format, .lineSeparator, .paragraphSeparator, .privateUse, .surrogate, .unassigned:
                throw GovernanceError(.malformed, "'\(field)' holds control characters.", hint: "Write it on one line.")
            default: continue
            }
        }
    }
}
