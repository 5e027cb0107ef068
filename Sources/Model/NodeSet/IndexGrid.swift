/// The combinations of numbers that the names of one pattern have: boxes that share none, folded as ClusterShell
/// folds them. Equal sets have equal boxes in the same order.
struct IndexGrid: Hashable, Sendable {
    let boxes: [IndexBox]
    let count: Int

    /// The grid of a pattern without numbers.
    static let single = IndexGrid(folded: [IndexBox(axes: [])])

    init(folded boxes: [IndexBox]) {
        self.boxes = boxes
        count = boxes.reduce(0) { $0 + $1.count }
    }

    /// Folds boxes, which may overlap, and single combinations, written one after another.
    init(folding boxes: [IndexBox], combinations: [Int], dimensions: Int) {
        if let box = Self.singleBox(boxes, combinations: combinations, dimensions: dimensions) {
            self.init(folded: [box])
            return
        }
        var table = CombinationTable(dimensions: dimensions)
        for box in boxes { table.append(box) }
        table.append(combinations)
        self.init(folded: table.folded())
    }

    var isEmpty: Bool { boxes.isEmpty }

    func contains(_ codes: [Int]) -> Bool {
        boxes.contains { $0.contains(codes) }
    }

    /// How many combinations come before this one; nil when the grid does not hold it.
    func position(of codes: [Int]) -> Int? {
        var before = 0
        for box in boxes {
            if let position = box.position(of: codes) { return before + position }
            before += box.count
        }
        return nil
    }

    /// The combination at a place of the order; nil when there is none.
    func combination(at place: Int) -> [Int]? {
        var rest = place
        for box in boxes {
            if rest < box.count { return box.combination(at: rest) }
            rest -= box.count
        }
        return nil
    }

    /// The combinations at places of the order.
    /// - Parameter places: ascending, without overlap, none empty.
    func slices(_ places: [Range<Int>]) -> [IndexGrid] {
        if places == [0..<count] { return [self] }
        let dimensions = boxes[0].axes.count
        if dimensions == 1 {
            return boxes[0].axes[0].slices(places).map { IndexGrid(folded: [IndexBox(axes: [$0])]) }
        }
        var rows: [Int] = []
        for box in boxes { box.appendCombinations(to: &rows) }
        return places.map { places in
            let slice = rows[places.lowerBound * dimensions..<places.upperBound * dimensions]
            return IndexGrid(folding: [], combinations: Array(slice), dimensions: dimensions)
        }
    }

    /// Both grids belong to one pattern, so they have the same number of axes.
    func combined(with other: IndexGrid, by operation: SetOperation) -> IndexGrid {
        if self == other {
            return operation.keeps(left: true, right: true) ? self : IndexGrid(folded: [])
        }
        guard let ours = boxes.first, let theirs = other.boxes.first else {
            return operation.keeps(left: !isEmpty, right: !other.isEmpty)
                ? (isEmpty ? other : self) : IndexGrid(folded: [])
        }
        if boxes.count == 1, other.boxes.count == 1 {
            if operation == .intersection {
                let axes = zip(ours.axes, theirs.axes).map { $0.combined(with: $1, by: .intersection) }
                return IndexGrid(folded: axes.contains(where: \.isEmpty) ? [] : [IndexBox(axes: axes)])
            }
            if let axis = ours.onlyDifference(from: theirs) {
                var box = ours
                box.axes[axis] = ours.axes[axis].combined(with: theirs.axes[axis], by: operation)
                return IndexGrid(folded: box.axes[axis].isEmpty ? [] : [box])
            }
        }
        var table = CombinationTable(dimensions: ours.axes.count)
        for box in boxes { table.append(box) }
        let border = table.count
        for box in other.boxes { table.append(box) }
        return IndexGrid(
            folded: table.folded { rows in
                operation.keeps(left: rows.contains { $0 < border }, right: rows.contains { $0 >= border })
            }
        )
    }

    /// The box that boxes and combinations make when it is plain without folding: there is one, or all boxes differ
    /// on one axis only.
    private static func singleBox(_ boxes: [IndexBox], combinations: [Int], dimensions: Int) -> IndexBox? {
        if dimensions == 0 { return boxes.first }
        if dimensions == 1 {
            let runs = boxes.flatMap { $0.axes[0].runs }
            return IndexBox(axes: [IndexRuns(joining: runs + combinations.map { .init(lower: $0, upper: $0) })])
        }
        if boxes.isEmpty && combinations.count == dimensions {
            return IndexBox(axes: combinations.map { IndexRuns(NodeIndex(code: $0)) })
        }
        guard combinations.isEmpty, let first = boxes.first else { return nil }
        var varying: Int?
        for box in boxes where box != first {
            guard let axis = first.onlyDifference(from: box), varying ?? axis == axis else { return nil }
            varying = axis
        }
        guard let varying else { return first }
        var box = first
        box.axes[varying] = IndexRuns(joining: boxes.flatMap { $0.axes[varying].runs })
        return box
    }
}
