/// A set of numbers as they stand at one place of a name: sorted runs of `NodeIndex` codes.
///
/// All operations are linear in the number of runs. (The standard library's `RangeSet` inserts one range after
/// another, which is quadratic for scattered numbers.)
struct IndexRuns: Hashable, Sendable {
    /// Consecutive codes from `lower` to `upper`, both included.
    struct Run: Hashable, Sendable {
        var lower: Int
        var upper: Int

        var count: Int { upper - lower + 1 }
    }

    /// Ascending, with a gap between any two.
    private(set) var runs: [Run]
    private(set) var count: Int

    init() {
        runs = []
        count = 0
    }

    init(_ index: NodeIndex) {
        runs = [Run(lower: index.code, upper: index.code)]
        count = 1
    }

    /// Joins runs given in any order, which may overlap.
    init(joining unordered: [Run]) {
        self.init()
        for run in unordered.sorted(by: { $0.lower < $1.lower }) {
            append(run)
        }
    }

    /// Joins single codes given in any order, which may repeat.
    init(joining codes: [Int]) {
        self.init()
        for code in codes.sorted() {
            append(Run(lower: code, upper: code))
        }
    }

    var isEmpty: Bool { runs.isEmpty }

    /// The lowest number, nil when empty.
    var first: NodeIndex? { runs.first.map { NodeIndex(code: $0.lower) } }

    /// The highest number, nil when empty.
    var last: NodeIndex? { runs.last.map { NodeIndex(code: $0.upper) } }

    /// Every code, ascending.
    var codes: [Int] {
        var all: [Int] = []
        all.reserveCapacity(count)
        for run in runs {
            all.append(contentsOf: run.lower...run.upper)
        }
        return all
    }

    /// How many numbers come before this one; nil when the set does not hold it.
    func position(of code: Int) -> Int? {
        var before = 0
        for run in runs where run.lower <= code {
            if code <= run.upper { return before + code - run.lower }
            before += run.count
        }
        return nil
    }

    func contains(_ code: Int) -> Bool {
        var low = 0
        var high = runs.count
        while low < high {
            let middle = (low + high) / 2
            if runs[middle].upper < code { low = middle + 1 } else { high = middle }
        }
        return low < runs.count && runs[low].lower <= code
    }

    /// The code at a place of the ascending order, which exists.
    func code(at place: Int) -> Int {
        var rest = place
        for run in runs {
            if rest < run.count { return run.lower + rest }
            rest -= run.count
        }
        preconditionFailure("place \(place) of \(count)")
    }

    /// The numbers at places of the ascending order.
    /// - Parameter places: ascending, without overlap.
    func slices(_ places: [Range<Int>]) -> [IndexRuns] {
        var rest = runs[...]
        var before = 0
        return places.map { places in
            var slice = IndexRuns()
            while let run = rest.first, before < places.upperBound {
                let from = max(places.lowerBound - before, 0)
                let to = min(places.upperBound - before, run.count)
                if from < to { slice.append(Run(lower: run.lower + from, upper: run.lower + to - 1)) }
                if to < run.count { break }
                before += run.count
                rest.removeFirst()
            }
            return slice
        }
    }

    /// Walks over the borders of both sets' runs at once.
    func combined(with other: IndexRuns, by operation: SetOperation) -> IndexRuns {
        var result = IndexRuns()
        var left = 0
        var right = 0
        var start = 0
        var isInside = false
        while left < 2 * runs.count || right < 2 * other.runs.count {
            let ours = border(left)
            let theirs = other.border(right)
            let border = min(ours, theirs)
            if ours == border { left += 1 }
            if theirs == border { right += 1 }
            let staysInside = operation.keeps(left: left % 2 == 1, right: right % 2 == 1)
            if staysInside && !isInside { start = border }
            if isInside && !staysInside { result.append(Run(lower: start, upper: border - 1)) }
            isInside = staysInside
        }
        return result
    }

    /// The code at which membership changes for the `number`th time, odd ones leaving the set; past all codes
    /// when there is none.
    private func border(_ number: Int) -> Int {
        guard number / 2 < runs.count else { return .max }
        let run = runs[number / 2]
        return number % 2 == 0 ? run.lower : run.upper + 1
    }

    /// Adds a run that starts no earlier than the last one.
    private mutating func append(_ run: Run) {
        guard let last = runs.last, run.lower <= last.upper + 1 else {
            runs.append(run)
            count += run.count
            return
        }
        if run.upper > last.upper {
            count += run.upper - last.upper
            runs[runs.count - 1].upper = run.upper
        }
    }
}
