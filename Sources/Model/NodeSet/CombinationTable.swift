/// Combinations of numbers, one a row, on their way to being sorted, made distinct and folded into boxes.
struct CombinationTable {
    let dimensions: Int

    /// `NodeIndex.textOrder` of every cell, row after row.
    private var cells: [Int] = []

    init(dimensions: Int) {
        self.dimensions = dimensions
    }

    /// How many rows there are.
    var count: Int { cells.count / dimensions }

    mutating func append(_ box: IndexBox) {
        var rows: [Int] = []
        box.appendCombinations(to: &rows)
        append(rows)
    }

    /// Appends codes of whole rows, one after another.
    mutating func append(_ codes: [Int]) {
        cells.reserveCapacity(cells.count + codes.count)
        for code in codes {
            cells.append(NodeIndex(code: code).textOrder)
        }
    }

    /// The boxes of the distinct rows.
    /// - Parameter isKept: told the numbers of the rows (ascending) that are alike, whether to keep them.
    func folded(where isKept: (ArraySlice<Int>) -> Bool = { _ in true }) -> [IndexBox] {
        let axes = (0..<dimensions).map(distinctValues)
        var ranks = cells
        for (axis, values) in axes.enumerated() {
            var rank: [Int: Int] = [:]
            rank.reserveCapacity(values.count)
            for (place, value) in values.enumerated() { rank[value] = place }
            for cell in stride(from: axis, to: cells.count, by: dimensions) {
                ranks[cell] = rank[cells[cell]] ?? 0
            }
        }
        let order = sortedRows(ranks, cardinalities: axes.map(\.count))
        var kept: [Int] = []
        var start = 0
        while start < order.count {
            let row = ranks[order[start] * dimensions..<(order[start] + 1) * dimensions]
            var end = start + 1
            while end < order.count, row.elementsEqual(ranks[order[end] * dimensions..<(order[end] + 1) * dimensions]) {
                end += 1
            }
            if isKept(order[start..<end]) { kept.append(contentsOf: row) }
            start = end
        }
        var merger = BoxMerger(axes: axes.map { $0.map(NodeIndex.init(textOrder:)) }, rows: kept)
        return merger.merged()
    }

    private func distinctValues(ofAxis axis: Int) -> [Int] {
        Set(stride(from: axis, to: cells.count, by: dimensions).lazy.map { cells[$0] }).sorted()
    }

    /// The rows' numbers, sorted by rank on the first axis, then the second and so on; rows alike keep their order.
    private func sortedRows(_ ranks: [Int], cardinalities: [Int]) -> [Int] {
        var order = Array(0..<count)
        for axis in (0..<dimensions).reversed() {
            var next = [Int](repeating: 0, count: cardinalities[axis] + 1)
            for row in order { next[ranks[row * dimensions + axis] + 1] += 1 }
            for rank in next.indices.dropFirst() { next[rank] += next[rank - 1] }
            var sorted = order
            for row in order {
                let rank = ranks[row * dimensions + axis]
                sorted[next[rank]] = row
                next[rank] += 1
            }
            order = sorted
        }
        return order
    }
}
