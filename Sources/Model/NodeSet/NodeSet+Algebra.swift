extension NodeSet {
    /// The nodes of either set; `,` between them in a text.
    package func union(_ other: NodeSet) -> NodeSet {
        combined(with: other, by: .union)
    }

    /// The nodes of both sets; `&` between them in a text.
    package func intersection(_ other: NodeSet) -> NodeSet {
        combined(with: other, by: .intersection)
    }

    /// The nodes of this set that are not in the other; `!` between them in a text.
    package func subtracting(_ other: NodeSet) -> NodeSet {
        combined(with: other, by: .subtraction)
    }

    /// The nodes of one set only; `^` between them in a text.
    package func symmetricDifference(_ other: NodeSet) -> NodeSet {
        combined(with: other, by: .symmetricDifference)
    }

    /// Adds the nodes of the other set.
    package mutating func formUnion(_ other: NodeSet) {
        self = union(other)
    }

    /// Removes the nodes that are not in the other set.
    package mutating func formIntersection(_ other: NodeSet) {
        self = intersection(other)
    }

    /// Removes the nodes of the other set.
    package mutating func subtract(_ other: NodeSet) {
        self = subtracting(other)
    }

    /// Removes the nodes of the other set that are here, and adds the ones that are not.
    package mutating func formSymmetricDifference(_ other: NodeSet) {
        self = symmetricDifference(other)
    }

    /// Whether every node is in the other set, too.
    package func isSubset(of other: NodeSet) -> Bool {
        count <= other.count && subtracting(other).isEmpty
    }

    /// Whether every node of the other set is here, too.
    package func isSuperset(of other: NodeSet) -> Bool {
        other.isSubset(of: self)
    }

    /// Whether the sets share no node.
    package func isDisjoint(with other: NodeSet) -> Bool {
        intersection(other).isEmpty
    }

    /// Both sets' entries are sorted, so one walk over them meets equal patterns together.
    func combined(with other: NodeSet, by operation: SetOperation) -> NodeSet {
        var result: [Entry] = []
        var ours = entries[...]
        var theirs = other.entries[...]
        while let entry = [ours.first, theirs.first].compactMap({ $0 }).min(by: { $0.pattern < $1.pattern }) {
            let left = ours.first?.pattern == entry.pattern ? ours.popFirst() : nil
            let right = theirs.first?.pattern == entry.pattern ? theirs.popFirst() : nil
            if let left, let right {
                let grid = left.grid.combined(with: right.grid, by: operation)
                if !grid.isEmpty { result.append(Entry(pattern: entry.pattern, grid: grid)) }
            } else if operation.keeps(left: left != nil, right: right != nil) {
                result.append(entry)
            }
        }
        return NodeSet(entries: result)
    }
}
