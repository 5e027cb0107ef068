/// A set of nodes by name, written, folded and ordered as ClusterShell does: `gpu[01-32]`, `rack[1-4]n[01-16]`.
///
/// Numbers in names keep the zeros they are written with: `gpu[1-3]` and `gpu[01-03]` share no node. Names with
/// several numbers are folded on all of them. The nodes' order is ClusterShell's, not the alphabet's: `gpu9` comes
/// before `gpu10`.
///
/// Names that differ in their numbers only are stored together as ranges, so a set takes the space of its folded
/// form, and operations the time. What has several varying numbers and is no plain box of ranges (`a[1-2]b[1-2]`
/// without `a2b2`) is taken apart and folded anew by each operation: join many such sets with `init(joining:)`
/// rather than in a loop.
package struct NodeSet: Sendable, Hashable {
    /// The most nodes that a text may stand for.
    package static let maximumCount = 1_000_000

    /// The nodes of one pattern; never empty.
    struct Entry: Hashable, Sendable {
        var pattern: NodePattern
        var grid: IndexGrid
    }

    /// Sorted by pattern, each pattern once.
    private(set) var entries: [Entry]

    /// How many nodes there are.
    package let count: Int

    /// The set without nodes.
    package init() {
        self.init(entries: [])
    }

    init(entries: [Entry]) {
        self.entries = entries
        count = entries.reduce(0) { $0 + $1.grid.count }
    }

    /// The nodes with these names, which are not parsed: a name is one node, whatever it holds.
    ///
    /// Check names from outside with `init(validating:)`. A string here that is no name of a node is kept as it is
    /// and shows in quotes in `folded`, which no parser takes for anything.
    package init(names: some Sequence<String>) {
        var builder = NodeSetBuilder()
        for name in names { builder.add(name: name) }
        self = builder.build()
    }

    /// The nodes with these names, each of 1 to 255 letters, digits and `.`, `_`, `-`, starting with a letter or
    /// digit.
    /// - Throws: `badName` or `tooLarge` for the first that is not.
    package init(validating names: some Sequence<String>) throws(NodeSetError) {
        var builder = NodeSetBuilder()
        for name in names {
            if let byte = NodeAlphabet.nodes.firstMisfit(in: name.utf8) {
                let isTooLong = byte == NodeAlphabet.maximumLength
                let rest = String(decoding: name.utf8.dropFirst(byte), as: UTF8.self)
                throw (isTooLong ? NodeSetError.nameTooLong : .badName(rest.first)).located(in: name, at: byte)
            }
            builder.add(name: name)
        }
        self = builder.build()
    }

    /// All nodes of several sets; much faster than one union after another.
    package init(joining sets: some Sequence<NodeSet>) {
        var builder = NodeSetBuilder()
        for set in sets { builder.add(set) }
        self = builder.build()
    }

    package var isEmpty: Bool { entries.isEmpty }

    /// The nodes folded as `nodeset -f` prints them; empty for the empty set.
    package var folded: String {
        entries.flatMap { entry in entry.grid.boxes.map(entry.pattern.folded) }.joined(separator: ",")
    }

    /// Whether a node is in the set.
    package func contains(_ name: String) -> Bool {
        var codes: [Int] = []
        let pattern = NodePattern(of: name, codes: &codes)
        return grid(of: pattern)?.contains(codes) ?? false
    }

    /// The numbers that nodes with this pattern have.
    func grid(of pattern: NodePattern) -> IndexGrid? {
        let place = entries.borderIndex { $0.pattern < pattern }
        return place < entries.count && entries[place].pattern == pattern ? entries[place].grid : nil
    }
}

extension NodeSet: CustomStringConvertible {
    package var description: String { folded }
}

extension RandomAccessCollection where Index == Int {
    /// The place of the first element for which this no longer holds; it holds for all before and none behind.
    func borderIndex(while isBefore: (Element) -> Bool) -> Int {
        var low = startIndex
        var high = endIndex
        while low < high {
            let middle = (low + high) / 2
            if isBefore(self[middle]) { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
