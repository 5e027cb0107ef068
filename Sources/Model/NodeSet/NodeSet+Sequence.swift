extension NodeSet: Sequence {
    /// The nodes' names in ClusterShell's order, that of `nodeset -e`.
    package struct Iterator: IteratorProtocol, Sendable {
        private var entries: ArraySlice<Entry>
        private var boxes: ArraySlice<IndexBox> = []
        private var pieces: [String] = []
        private var columns: [[Int]] = []
        private var place = 0
        private var count = 0

        init(_ entries: [Entry]) {
            self.entries = entries[...]
        }

        package mutating func next() -> String? {
            while place == count {
                if let box = boxes.popFirst() {
                    columns = box.axes.map(\.codes)
                    place = 0
                    count = box.count
                } else if let entry = entries.popFirst() {
                    pieces = entry.pattern.pieces
                    boxes = entry.grid.boxes[...]
                } else {
                    return nil
                }
            }
            defer { place += 1 }
            return name(at: place)
        }

        /// The last column counts fastest.
        private func name(at place: Int) -> String {
            var name = pieces[pieces.count - 1]
            var rest = place
            for (column, codes) in columns.enumerated().reversed() {
                name = pieces[column] + NodeIndex(code: codes[rest % codes.count]).text + name
                rest /= codes.count
            }
            return name
        }
    }

    package func makeIterator() -> Iterator {
        Iterator(entries)
    }

    package var underestimatedCount: Int { count }

    /// All names in order.
    package var names: [String] { Array(self) }

    /// The first node in order.
    package var first: String? {
        var iterator = makeIterator()
        return iterator.next()
    }

    /// The nodes whose names pass a test.
    package func filter(_ isIncluded: (String) throws -> Bool) rethrows -> NodeSet {
        var builder = NodeSetBuilder()
        for name in self where try isIncluded(name) { builder.add(name: name) }
        return builder.build()
    }
}
