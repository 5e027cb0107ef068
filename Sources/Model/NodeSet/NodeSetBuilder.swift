/// Gathers names and sets, and folds them all at once.
struct NodeSetBuilder {
    private struct Gathered {
        var dimensions: Int
        /// Codes of single names, one name after another.
        var combinations: [Int] = []
        var boxes: [IndexBox] = []
    }

    private var gathered: [NodePattern: Gathered] = [:]
    private var scratch: [Int] = []

    /// How many names were added, repeated ones counted again.
    private(set) var weight = 0

    mutating func add(name: String) {
        scratch.removeAll(keepingCapacity: true)
        let pattern = NodePattern(of: name, codes: &scratch)
        add(pattern, codes: scratch)
    }

    mutating func add(_ pattern: NodePattern, codes: [Int]) {
        weight += 1
        gathered[pattern, default: Gathered(dimensions: codes.count)].combinations.append(contentsOf: codes)
    }

    mutating func add(_ pattern: NodePattern, box: IndexBox) {
        weight += box.count
        gathered[pattern, default: Gathered(dimensions: box.axes.count)].boxes.append(box)
    }

    mutating func add(_ set: NodeSet) {
        for entry in set.entries {
            for box in entry.grid.boxes { add(entry.pattern, box: box) }
        }
    }

    func build() -> NodeSet {
        let entries = gathered.map { pattern, gathered in
            let grid =
                gathered.dimensions == 0
                ? .single
                : IndexGrid(
                    folding: gathered.boxes,
                    combinations: gathered.combinations,
                    dimensions: gathered.dimensions
                )
            return NodeSet.Entry(pattern: pattern, grid: grid)
        }
        return NodeSet(entries: entries.sorted { $0.pattern < $1.pattern })
    }
}
