/// Interim, until the real node sets land: lists of names without ranges.
package struct NodeSet: Sendable, Hashable, Codable {
    package var names: [String]
    package init() { names = [] }
    package init(names: some Sequence<String>) { self.names = Array(Set(names)).sorted() }
    package init(joining sets: some Sequence<NodeSet>) { self.init(names: sets.flatMap(\.names)) }
    package init(parsing text: String, resolver: (any NodeSetResolver)? = nil) throws(NodeSetError) {
        self.init(names: text.split(separator: ",").map(String.init))
    }
    package init(selecting text: String, from resolver: any NodeSetResolver) throws(NodeSetError) {
        try self.init(parsing: text, resolver: resolver)
    }
    package init(parsingAddresses text: String) throws(NodeSetError) { try self.init(parsing: text) }
    package var folded: String { names.joined(separator: ",") }
    package var count: Int { names.count }
    package var isEmpty: Bool { names.isEmpty }
    package func contains(_ name: String) -> Bool { names.contains(name) }
    package func isSubset(of other: NodeSet) -> Bool { Set(names).isSubset(of: other.names) }
    package func subtracting(_ other: NodeSet) -> NodeSet { NodeSet(names: Set(names).subtracting(other.names)) }
    package func union(_ other: NodeSet) -> NodeSet { NodeSet(names: names + other.names) }
}

/// Interim.
package protocol NodeSetResolver: Sendable {
    var allNodes: NodeSet { get throws }
    func members(ofGroup name: String, source: String?) throws(NodeSetError) -> NodeSet
}

/// Interim.
package struct NodeSetError: Error, Hashable, Sendable {
    package enum Kind: String, Sendable { case unknownGroup, resolverFailed, syntax }
    package let kind: Kind
    package let sentence: String
    package let mend: String
    package var position: Int? { nil }
    package init(kind: Kind, sentence: String, mend: String) {
        self.kind = kind
        self.sentence = sentence
        self.mend = mend
    }
    package static func unknownGroup(_ name: String, source: String?, near: [String] = []) -> NodeSetError {
        NodeSetError(kind: .unknownGroup, sentence: "There is no group '\(name)'.", mend: near.joined())
    }
    package static func resolverFailed(_ reason: String) -> NodeSetError {
        NodeSetError(kind: .resolverFailed, sentence: reason, mend: "")
    }
}
