/// What is known of values before a run: the type that an expression yields.
package indirect enum StaticType: Sendable, Hashable {
    /// Only known when it runs, such as a variable of the inventory.
    case any
    case null, bool, int, float, string, duration, size, percent, secret
    /// Text of a node, which counts as a number where it says one.
    case nodeText
    /// One of a closed list of texts.
    case choice([String])
    case list(StaticType)
    case map(StaticType)

    /// The type of a parameter's values.
    package init(_ type: ValueType) {
        switch type {
        case .int: self = .int
        case .float: self = .float
        case .bool: self = .bool
        case .duration: self = .duration
        case .size: self = .size
        case .percent: self = .percent
        case .secret: self = .secret
        case .enumeration(let words): self = .choice(words)
        case .list(let item): self = .list(StaticType(item))
        case .map(let value): self = .map(StaticType(value))
        case .string, .path, .url, .ip, .cidr, .host, .nodeset: self = .string
        }
    }

    init(_ value: Value) {
        switch value {
        case .null: self = .null
        case .bool: self = .bool
        case .int: self = .int
        case .float: self = .float
        case .string: self = .string
        case .duration: self = .duration
        case .size: self = .size
        case .percent: self = .percent
        case .secret: self = .secret
        case .map: self = .map(.any)
        case .list(let items):
            let types = Set(items.map(StaticType.init))
            self = .list(types.count == 1 ? types.first ?? .any : .any)
        }
    }

    /// In a runbook's words.
    package var name: String {
        switch self {
        case .any: "a value"
        case .null: "null"
        case .bool: "true or false"
        case .int, .float: "a number"
        case .string, .nodeText, .choice: "text"
        case .duration: "a duration"
        case .size: "a size"
        case .percent: "a percentage"
        case .secret: "a secret"
        case .list: "a list"
        case .map: "a map"
        }
    }
}

/// The names that expressions may use at one place of a runbook.
package struct ExpressionScope: Sendable {
    package var parameters: [String: ValueType]
    /// Parameters whose values come from a node.
    package var taintedParameters: Set<String>
    /// Steps that have run by then.
    package var steps: Set<String>
    /// Steps that exist, but run later.
    package var laterSteps: Set<String>
    package var probes: Set<String>
    package var item: StaticType?
    /// The names that an expression may begin with here.
    package var roots: Set<String>

    package init(
        parameters: [String: ValueType] = [:], taintedParameters: Set<String> = [], steps: Set<String> = [],
        laterSteps: Set<String> = [], probes: Set<String> = [], item: StaticType? = nil, roots: Set<String>
    ) {
        self.parameters = parameters
        self.taintedParameters = taintedParameters
        self.steps = steps
        self.laterSteps = laterSteps
        self.probes = probes
        self.item = item
        self.roots = roots
    }
}
