/// A stretch of time with what it is called: from `start` up to but without `end`, in milliseconds since 1970.
package struct Interval: Sendable, Hashable, Codable {
    package var start: Int
    package var end: Int
    package var label: String

    package init(start: Int, end: Int, label: String) {
        self.start = start
        self.end = end
        self.label = label
    }

    func contains(_ moment: Int) -> Bool { start <= moment && moment < end }

    /// In order; those that overlap or meet are one, named after the first of them.
    static func joined(_ intervals: [Interval]) -> [Interval] {
        var joined: [Interval] = []
        for interval in intervals.sorted(by: { ($0.start, $0.end) < ($1.start, $1.end) })
        where interval.start < interval.end {
            if let last = joined.last, interval.start <= last.end {
                joined[joined.count - 1].end = max(last.end, interval.end)
            } else {
                joined.append(interval)
            }
        }
        return joined
    }

    /// What is left of `intervals`, which are in order and apart, without `others`, which are too.
    static func subtract(_ others: [Interval], from intervals: [Interval]) -> [Interval] {
        var left: [Interval] = []
        for interval in intervals {
            var rest = interval
            for other in others where other.end > rest.start && other.start < rest.end {
                if other.start > rest.start {
                    left.append(Interval(start: rest.start, end: other.start, label: rest.label))
                }
                rest.start = max(rest.start, other.end)
            }
            if rest.start < rest.end { left.append(rest) }
        }
        return left
    }
}
