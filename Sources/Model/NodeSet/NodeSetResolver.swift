/// Knows the nodes there are and the groups they are in; an inventory.
package protocol NodeSetResolver: Sendable {
    /// All nodes: what `@*` stands for, and what wildcards are held against.
    var allNodes: NodeSet { get throws }

    /// The nodes of a group.
    /// - Parameters:
    ///   - name: as written after `@`, or after the first `:`; `*` stands for every group of the source.
    ///   - source: what stands before the first `:`: a source of groups, or the key of a label.
    /// - Throws: `NodeSetError.unknownGroup(_:source:near:)`, or another; the text's place is added to it.
    func members(ofGroup name: String, source: String?) throws(NodeSetError) -> NodeSet
}
