/// Every combination of the numbers of its axes, as in `rack[1-4]n[01-16]`: one axis for each number in the name.
///
/// A name without a number has a box without axes, which holds the one empty combination.
struct IndexBox: Hashable, Sendable {
    var axes: [IndexRuns]

    /// How many combinations there are.
    var count: Int { axes.reduce(1) { $0 * $1.count } }

    func contains(_ codes: [Int]) -> Bool {
        for axis in axes.indices where !axes[axis].contains(codes[axis]) { return false }
        return true
    }

    /// The axis at which the boxes differ, when it is the only one.
    func onlyDifference(from other: IndexBox) -> Int? {
        var difference: Int?
        for axis in axes.indices where axes[axis] != other.axes[axis] {
            if difference != nil { return nil }
            difference = axis
        }
        return difference
    }

    /// What precedes a combination in order (the last axis counts fastest); nil when the box does not hold it.
    func position(of codes: [Int]) -> Int? {
        var position = 0
        for (axis, code) in zip(axes, codes) {
            guard let place = axis.position(of: code) else { return nil }
            position = position * axis.count + place
        }
        return position
    }

    /// The combination at a place of the order, which exists.
    func combination(at place: Int) -> [Int] {
        var rest = place
        var codes: [Int] = []
        for axis in axes.reversed() {
            codes.append(axis.code(at: rest % axis.count))
            rest /= axis.count
        }
        return codes.reversed()
    }

    /// Appends all combinations, one after another, the last axis counting fastest.
    func appendCombinations(to rows: inout [Int]) {
        let columns = axes.map(\.codes)
        var places = [Int](repeating: 0, count: axes.count)
        for _ in 0..<count {
            for axis in columns.indices {
                rows.append(columns[axis][places[axis]])
            }
            var axis = columns.count - 1
            while axis >= 0 {
                places[axis] += 1
                if places[axis] < columns[axis].count { break }
                places[axis] = 0
                axis -= 1
            }
        }
    }
}
