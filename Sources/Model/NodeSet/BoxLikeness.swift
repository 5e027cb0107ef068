/// Finds, among boxes in an order, those that are like a given one but for one axis.
struct BoxLikeness {
    private let ids: [Int]
    private let dimensions: Int
    private var taken: [Bool]

    /// For each axis, the first box with a hash of the other axes.
    private var heads: [[UInt64: Int]]

    /// For each box and axis, the next box with the same hash of the other axes, or -1.
    private var successors: [Int]

    /// The box that the last search on each axis went past, so that the next goes on there.
    private var cursors: [(key: UInt64, box: Int)]

    init(ids: [Int], dimensions: Int) {
        self.ids = ids
        self.dimensions = dimensions
        let count = ids.count / dimensions
        taken = Array(repeating: false, count: count)
        successors = Array(repeating: -1, count: ids.count)
        cursors = Array(repeating: (key: 0, box: -1), count: dimensions)
        var noHeads: [UInt64: Int] = [:]
        noHeads.reserveCapacity(count)
        heads = Array(repeating: noHeads, count: dimensions)
        for box in (0..<count).reversed() {
            let row = ids[box * dimensions..<(box + 1) * dimensions]
            let total = Self.hash(row)
            for (axis, id) in row.enumerated() {
                let key = Self.key(total: total, axis: axis, id: id)
                successors[box * dimensions + axis] = heads[axis].updateValue(box, forKey: key) ?? -1
            }
        }
    }

    func isTaken(_ box: Int) -> Bool { taken[box] }

    /// Removes a box from all later answers.
    mutating func take(_ box: Int) { taken[box] = true }

    /// The first box behind `last`, not taken, that has these ids on all axes but one.
    mutating func next(after last: Int, like wanted: [Int], butFor axis: Int) -> Int? {
        let key = Self.key(total: Self.hash(wanted[...]), axis: axis, id: wanted[axis])
        let cursor = cursors[axis]
        let canGoOn = cursor.key == key && (0...last).contains(cursor.box)
        var box = canGoOn ? cursor.box : firstNotTaken(key, axis)
        while box >= 0 {
            if box > last && !taken[box] && isLike(wanted, box, butFor: axis) { break }
            cursors[axis] = (key, box)
            box = successors[box * dimensions + axis]
        }
        return box < 0 ? nil : box
    }

    /// The first box with this hash of the other axes, forgetting those taken before it.
    private mutating func firstNotTaken(_ key: UInt64, _ axis: Int) -> Int {
        guard let head = heads[axis][key] else { return -1 }
        var box = head
        while box >= 0 && taken[box] { box = successors[box * dimensions + axis] }
        if box != head { heads[axis][key] = box }
        return box
    }

    private func isLike(_ wanted: [Int], _ box: Int, butFor axis: Int) -> Bool {
        (0..<dimensions).allSatisfy { $0 == axis || wanted[$0] == ids[box * dimensions + $0] }
    }

    /// A sum over the axes, from which each can be taken out again.
    private static func hash(_ row: ArraySlice<Int>) -> UInt64 {
        row.enumerated().reduce(0) { $0 &+ part(axis: $1.offset, id: $1.element) }
    }

    private static func key(total: UInt64, axis: Int, id: Int) -> UInt64 {
        total &- part(axis: axis, id: id)
    }

    private static func part(axis: Int, id: Int) -> UInt64 {
        (UInt64(id) << 8 ^ UInt64(axis)).scrambled
    }
}
