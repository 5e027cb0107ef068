/// A parameter's declaration.
package struct Parameter: Sendable, Hashable {
    package var name: String
    package var type: ValueType
    package var description: String
    /// A literal, or a template over `node.vars`, so that it can differ per node.
    package var defaultValue: Template?
    package var isOptional: Bool
    package var minimum: Value?
    package var maximum: Value?
    /// Must match the whole value.
    package var pattern: String?
    package var allowedValues: [Value]
    /// Where a secret comes from unless the operator says otherwise: `vault:kv/gpu#admin`.
    package var secretSource: String?
    package var position: SourcePosition

    package init(
        name: String, type: ValueType, description: String, defaultValue: Template?, isOptional: Bool,
        minimum: Value?, maximum: Value?, pattern: String?, allowedValues: [Value], secretSource: String?,
        position: SourcePosition
    ) {
        self.name = name
        self.type = type
        self.description = description
        self.defaultValue = defaultValue
        self.isOptional = isOptional
        self.minimum = minimum
        self.maximum = maximum
        self.pattern = pattern
        self.allowedValues = allowedValues
        self.secretSource = secretSource
        self.position = position
    }

    /// Whether every run must give it a value.
    package var isNeeded: Bool { defaultValue == nil && !isOptional && secretSource == nil }
}
