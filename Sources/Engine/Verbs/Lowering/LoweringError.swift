import Model

/// Why a step can't be lowered for a node.
package struct LoweringError: Error, Sendable, Hashable, CustomStringConvertible {
    package enum Code: String, Sendable, Hashable, Codable, CaseIterable {
        /// An expression of the step yields nothing, or something of the wrong type.
        case expression
        /// A value that came from a node stands where it could steer something.
        case tainted
        /// A value that its key can't take.
        case value
        /// A secret where its bytes would become visible.
        case secret
        /// A name that isn't given for the node's distribution.
        case family
        /// The node lacks what the verb needs.
        case unsupported
        /// A template that can't be read or rendered.
        case template
        /// The verb stands for other steps, which have to be lowered themselves.
        case composite
    }

    package var code: Code
    /// The step's name.
    package var step: String
    /// The key of the step that is wrong, such as `file.path`.
    package var key: String
    /// What is wrong, without a full stop.
    package var message: String
    /// The mend.
    package var hint: String?
    /// Where the step stands.
    package var position: SourcePosition

    package var description: String {
        let text = "\(key) of step '\(step)': \(message)"
        guard let hint else { return text }
        return "\(text) (\(hint))"
    }
}
