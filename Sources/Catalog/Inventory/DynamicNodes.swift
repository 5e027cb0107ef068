import Model

/// What a source has listed, checked.
struct DynamicNodes: Sendable {
    struct Node: Sendable, Hashable {
        var name: String
        var address: String?
        var port: Int?
        var user: String?
    }

    var source: SourceDeclaration
    var nodes: [Node]
    var groups: [String: NodeSet]
    var warnings: [Diagnostic]
}
