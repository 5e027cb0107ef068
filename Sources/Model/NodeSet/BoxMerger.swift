/// Folds distinct combinations into boxes, and into the same boxes in the same order as ClusterShell.
///
/// What ClusterShell does, in short: every combination starts as a box of its own. A pass sorts the boxes (larger
/// first, then by the sizes and the first and last numbers of their axes) and merges boxes that differ on one axis.
/// Quick passes compare a box with the ones right behind it only; when they change nothing more, thorough passes
/// compare it with all behind it; when these change nothing, it is done.
///
/// Comparing all pairs is quadratic. But the boxes are disjoint at all times, so that two of them may be merged just
/// if they differ on exactly one axis, whatever the numbers are. With the sets of numbers known by id, what can be
/// merged is found through a dictionary of boxes that are alike but for an axis.
struct BoxMerger {
    private let dimensions: Int
    private var axes: [AxisSets]

    /// The ids of the axes' sets, box after box.
    private var ids: [Int]

    /// - Parameters:
    ///   - axes: the distinct numbers of each axis in the order of their text.
    ///   - rows: for each combination in turn the place of its number in each axis; distinct and sorted.
    init(axes: [[NodeIndex]], rows: [Int]) {
        dimensions = axes.count
        self.axes = axes.map(AxisSets.init(singles:))
        ids = rows
    }

    /// The boxes, in ClusterShell's order.
    mutating func merged() -> [IndexBox] {
        if ids.isEmpty { return [] }
        var isThorough = false
        var isSorted = true
        while true {
            if !isSorted { sort() }
            isSorted = false
            if isThorough ? mergeThoroughly() : mergeNeighbours() { continue }
            if isThorough { break }
            isThorough = true
        }
        return (0..<count).map { box in
            IndexBox(axes: (0..<dimensions).map { axes[$0][id(of: box, on: $0)].runs })
        }
    }

    private var count: Int { ids.count / dimensions }

    private func id(of box: Int, on axis: Int) -> Int { ids[box * dimensions + axis] }

    private func row(_ box: Int) -> [Int] { Array(ids[box * dimensions..<(box + 1) * dimensions]) }

    /// Larger boxes first; then, axis by axis, the larger set, the lower first number, the lower last number, numbers
    /// compared as text. No two boxes are alike in all that, since they would share a combination.
    private mutating func sort() {
        var keys: [Int] = []
        keys.reserveCapacity(ids.count * 3 + count)
        for box in 0..<count {
            let sets = (0..<dimensions).map { axes[$0][id(of: box, on: $0)] }
            keys.append(-sets.reduce(1) { $0 * $1.runs.count })
            for set in sets {
                keys.append(-set.runs.count)
                keys.append(set.first)
                keys.append(set.last)
            }
        }
        let width = dimensions * 3 + 1
        let order = (0..<count).sorted { left, right in
            for column in 0..<width where keys[left * width + column] != keys[right * width + column] {
                return keys[left * width + column] < keys[right * width + column]
            }
            return false
        }
        ids = order.flatMap(row)
    }

    /// The quick pass: merges a box with those that follow it at once. Returns whether it merged any.
    private mutating func mergeNeighbours() -> Bool {
        let before = count
        var result: [Int] = []
        var grown = GrowingBox(row(0))
        for box in 1..<before {
            if let axis = mergeableAxis(&grown, with: box) {
                grown.add(id(of: box, on: axis), on: axis, sets: axes[axis])
            } else {
                result.append(contentsOf: finish(&grown))
                grown = GrowingBox(row(box))
            }
        }
        result.append(contentsOf: finish(&grown))
        ids = result
        return count < before
    }

    /// The axis on which the growing box alone differs from another.
    private mutating func mergeableAxis(_ grown: inout GrowingBox, with box: Int) -> Int? {
        var difference: Int?
        for axis in 0..<dimensions where axis != grown.axis && grown.ids[axis] != id(of: box, on: axis) {
            if difference != nil { return nil }
            difference = axis
        }
        guard let growing = grown.axis else { return difference }
        guard let difference else { return growing }
        // The other axis would differ alone if the set that is growing were, by now, the other box's.
        let other = id(of: box, on: growing)
        guard axes[growing][other].hash == grown.hash else { return nil }
        _ = finish(&grown)
        return grown.ids[growing] == other ? difference : nil
    }

    /// The thorough pass: merges each box with any that follow it. Returns whether it merged any.
    private mutating func mergeThoroughly() -> Bool {
        let before = count
        var likeness = BoxLikeness(ids: ids, dimensions: dimensions)
        var result: [Int] = []
        for box in 0..<before where !likeness.isTaken(box) {
            likeness.take(box)
            var grown = GrowingBox(row(box))
            var last = box
            while let (next, axis) = nextMergeable(&grown, after: last, in: &likeness) {
                likeness.take(next)
                grown.add(id(of: next, on: axis), on: axis, sets: axes[axis])
                last = next
            }
            result.append(contentsOf: finish(&grown))
        }
        ids = result
        return count < before
    }

    /// The first box behind `last` that differs from the growing one on one axis alone, and that axis.
    private mutating func nextMergeable(
        _ grown: inout GrowingBox,
        after last: Int,
        in likeness: inout BoxLikeness
    ) -> (box: Int, axis: Int)? {
        // While a set grows into one that no box has, no box can differ on another axis alone.
        if let growing = grown.axis, axes[growing].mayHold(hash: grown.hash) { _ = finish(&grown) }
        var found: (box: Int, axis: Int)?
        for axis in 0..<dimensions where grown.axis ?? axis == axis {
            guard let box = likeness.next(after: last, like: grown.ids, butFor: axis) else { continue }
            if found.map({ box < $0.box }) ?? true { found = (box, axis) }
        }
        return found
    }

    /// Ends the growth on an axis, which gives the grown set its id.
    private mutating func finish(_ grown: inout GrowingBox) -> [Int] {
        if let axis = grown.axis {
            grown.ids[axis] = axes[axis].id(joining: grown.parts, hash: grown.hash)
            grown.axis = nil
        }
        return grown.ids
    }
}

/// A box that others are being merged into. The sets of one axis pile up and are joined at the end only, lest a box
/// of many parts be copied for each.
private struct GrowingBox {
    var ids: [Int]
    var axis: Int?
    private(set) var parts: [Int] = []
    private(set) var hash: UInt64 = 0

    init(_ ids: [Int]) {
        self.ids = ids
    }

    mutating func add(_ id: Int, on axis: Int, sets: AxisSets) {
        if self.axis == nil {
            self.axis = axis
            parts = [ids[axis]]
            hash = sets[ids[axis]].hash
        }
        parts.append(id)
        hash &+= sets[id].hash
    }
}
