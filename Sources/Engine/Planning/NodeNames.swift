import Model

/// What expressions and templates of a runbook can see of a node's labels, groups and variables.
struct NodeNames: Sendable, Hashable {
    /// Keys of a map.
    enum Keys: Sendable, Hashable {
        case only(Set<String>)
        case all

        /// Takes in one key, or all where it is not known before the run.
        fileprivate mutating func insert(_ key: String?) {
            guard case .only(let keys) = self, let key else {
                self = .all
                return
            }
            self = .only(keys.union([key]))
        }

        fileprivate func kept<V>(of entries: [String: V]) -> [String: V] {
            switch self {
            case .only(let keys): entries.filter { keys.contains($0.key) }
            case .all: entries
            }
        }
    }

    private(set) var labels = Keys.only([])
    private(set) var variables = Keys.only([])
    private(set) var hasGroups = false

    init(_ runbook: Runbook) {
        var runbook = runbook
        // Their defaults are bound before the run, which keeps them.
        runbook.parameters = []
        search(runbook)
    }

    /// What of `node` is named; nil where nothing is.
    func values(of node: Node) -> NamedValues? {
        if labels == .only([]), variables == .only([]), !hasGroups { return nil }
        return NamedValues(
            labels: labels.kept(of: node.labels), groups: hasGroups ? node.groups : nil,
            variables: variables.kept(of: node.variables))
    }

    /// Looks into all that a part of a runbook holds, whatever its type: what a key that is new some day names is found
    /// too.
    private mutating func search(_ part: Any) {
        switch part {
        case is String, is SourceFile, is SourcePosition, is [UInt8]: return
        case let expression as Expression: return add(expression)
        case var step as Step where step.each != nil:
            // The plan keeps its items.
            step.each = nil
            return search(step)
        case let content as FileVerb.Content:
            if case .template(_, let text) = content { return add(TemplateTags(text)) }
        case is DrainVerb:
            for variable in StepLowering.schedulerVariables { variables.insert(variable) }
        default: break
        }
        for child in Mirror(reflecting: part).children { search(child.value) }
    }

    private mutating func add(_ tags: TemplateTags) {
        if tags.setsBrackets { insert([nil]) }
        for word in tags.words {
            let path = word.split(separator: ".").map(String.init)
            if path.first == "node" { insert(path.count == 1 ? [nil] : path.dropFirst().map { Optional($0) }) }
        }
    }

    /// `isBase` tells that it is the beginning of a longer path, which was taken in.
    private mutating func add(_ expression: Expression, isBase: Bool = false) {
        if !isBase, let path = expression.pathInNode { insert(path) }
        switch expression {
        case .literal, .root: break
        case .member(let base, _): add(base, isBase: true)
        case .index(let base, let key):
            add(base, isBase: true)
            add(key)
        case .not(let operand): add(operand)
        case .binary(_, let left, let right):
            add(left)
            add(right)
        case .call(_, let arguments):
            for argument in arguments { add(argument) }
        }
    }

    /// Takes in a path below `node`, in which nil is a key that is not known before the run.
    private mutating func insert(_ path: [String?]) {
        guard let part = path.first else { return }
        let key = path.count > 1 ? path[1] : nil
        switch part {
        case "labels": labels.insert(key)
        case "vars": variables.insert(key)
        case "groups": hasGroups = true
        case nil:
            labels = .all
            variables = .all
            hasGroups = true
        default: break
        }
    }
}

extension Expression {
    /// Its keys below `node`, nil for one that is computed; nil as a whole where it is no part of `node`.
    fileprivate var pathInNode: [String?]? {
        switch self {
        case .root("node"): return []
        case .member(let base, let name), .index(let base, .literal(.string(let name))):
            return base.pathInNode.map { $0 + [name] }
        case .index(let base, _): return base.pathInNode.map { $0 + [nil] }
        default: return nil
        }
    }
}

extension Node {
    /// The node as expressions saw it when `named` was kept; as it is where nothing was.
    func with(_ named: NamedValues?) -> Node {
        guard let named else { return self }
        var node = self
        node.labels = named.labels
        node.groups = named.groups ?? []
        node.variables = named.variables
        return node
    }
}
