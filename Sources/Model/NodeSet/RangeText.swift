/// What stands in one bracket, and the digits that touch the bracket outside and belong to its numbers.
struct RangeText {
    let source: SelectorText
    /// Behind `[` up to `]`.
    let inside: Range<Int>
    /// Digits right before `[`.
    let before: Range<Int>
    /// Digits right behind `]`.
    let after: Range<Int>

    /// One range: first, last, step; `digits` when it is padded.
    private struct Element {
        var first: Int
        var last: Int
        var step: Int
        var digits: Int?

        var count: Int { (last - first) / step + 1 }
    }

    private var bytes: [UInt8] { source.bytes }

    /// The set of numbers.
    func runs() throws(NodeSetError) -> IndexRuns {
        var runs: [IndexRuns.Run] = []
        var steps = 0
        var start = inside.lowerBound
        while start <= inside.upperBound {
            let end = bytes[start..<inside.upperBound].firstIndex(of: UInt8(ascii: ",")) ?? inside.upperBound
            let element = try self.element(start..<end)
            if element.step > 1 || !after.isEmpty { steps += element.count }
            if element.count > NodeSet.maximumCount || steps > 2 * NodeSet.maximumCount {
                throw source.error(.tooManyNodes, at: start)
            }
            append(element, to: &runs)
            start = end + 1
        }
        let inner = IndexRuns(joining: runs)
        if before.isEmpty { return inner }
        // ClusterShell would count on from the first number to the last with the digits before both: n1[1-12] would
        // have 102 nodes.
        if inner.growsInLength { throw source.error(.growsBesideDigits(source.string(before)), at: before.lowerBound) }
        return prefixed(inner)
    }

    private func element(_ range: Range<Int>) throws(NodeSetError) -> Element {
        let slash = bytes[range].firstIndex(of: UInt8(ascii: "/"))
        let bounds = trimmed(range.lowerBound..<(slash ?? range.upperBound))
        let dashes = bounds.filter { bytes[$0] == UInt8(ascii: "-") }
        let step = try slash.map { slash throws(NodeSetError) in try self.step(slash + 1..<range.upperBound) } ?? 1
        if dashes.count > 1 || dashes.first == bounds.lowerBound {
            throw source.error(.tooManyDashes(source.string(bounds)), at: bounds.lowerBound)
        }
        if dashes.isEmpty && step != 1 { throw source.error(.stepWithoutRange, at: slash ?? range.lowerBound) }
        let first = try number(bounds.lowerBound..<(dashes.first ?? bounds.upperBound))
        let last =
            try dashes.first.map { dash throws(NodeSetError) in try number(dash + 1..<bounds.upperBound) } ?? first
        return try checked(first, last, step: step, at: bounds)
    }

    private func checked(
        _ first: Range<Int>,
        _ last: Range<Int>,
        step: Int,
        at bounds: Range<Int>
    ) throws(NodeSetError) -> Element {
        let element = Element(
            first: value(first),
            last: value(last),
            step: step,
            digits: first.count > 1 && bytes[first.lowerBound] == UInt8(ascii: "0") ? first.count : nil
        )
        let (from, to) = (source.string(first), source.string(last))
        if element.first > element.last { throw source.error(.backwards(from, to), at: bounds.lowerBound) }
        let isLastPadded = last.count > 1 && bytes[last.lowerBound] == UInt8(ascii: "0") && element.last > 0
        // A lone 0 becomes padded by a digit behind it: n[0-10]5 would have n05 and n105.
        let isFirstPadded = element.digits != nil || (!after.isEmpty && element.first == 0)
        if isFirstPadded || isLastPadded, first.count != last.count {
            throw source.error(.paddingDiffers(from, to), at: bounds.lowerBound)
        }
        return element
    }

    private func step(_ range: Range<Int>) throws(NodeSetError) -> Int {
        if !after.isEmpty { throw source.error(.stepBesideDigits, at: after.lowerBound) }
        let digits = trimmed(range)
        let widest = NodeIndex.powersOfTen[NodeIndex.maximumDigits]
        let step = min(Int(source.string(digits)) ?? widest, widest)
        guard !digits.isEmpty, bytes[digits].allSatisfy(\.isDigit), step > 0 else {
            throw source.error(.badStep(source.string(digits)), at: digits.lowerBound)
        }
        return step
    }

    /// The digits of a number, blanks around them left out.
    private func number(_ range: Range<Int>) throws(NodeSetError) -> Range<Int> {
        let digits = trimmed(range)
        if digits.isEmpty { throw source.error(.emptyRange, at: digits.lowerBound) }
        // With a digit behind the bracket, a blank behind the number would come to stand inside it.
        let checked = after.isEmpty ? digits : digits.lowerBound..<range.upperBound
        if let bad = bytes[checked].firstIndex(where: { !$0.isDigit }) {
            throw source.error(.notNumber(source.string(checked)), at: bad)
        }
        if before.count + digits.count + after.count > NodeIndex.maximumDigits {
            throw source.error(.numberTooLong, at: digits.lowerBound)
        }
        return digits
    }

    private func trimmed(_ range: Range<Int>) -> Range<Int> {
        var (start, end) = (range.lowerBound, range.upperBound)
        while start < end, bytes[start].isBlank { start += 1 }
        while start < end, bytes[end - 1].isBlank { end -= 1 }
        return start..<end
    }

    private func value(_ digits: Range<Int>) -> Int {
        bytes[digits].reduce(0) { $0 * 10 + Int($1 - UInt8(ascii: "0")) }
    }

    /// Appends a range's numbers, each with the digits behind the bracket.
    private func append(_ element: Element, to runs: inout [IndexRuns.Run]) {
        let shift = NodeIndex.powersOfTen[after.count]
        let end = value(after)
        for (digits, values) in lengths(of: element) {
            let digits = digits + after.count
            if element.step == 1 && after.isEmpty {
                let lower = NodeIndex(value: values.lowerBound, digits: digits)
                let upper = NodeIndex(value: values.upperBound, digits: digits)
                runs.append(.init(lower: lower.code, upper: upper.code))
                continue
            }
            let offset = (values.lowerBound - element.first) % element.step
            let first = values.lowerBound + (offset == 0 ? 0 : element.step - offset)
            for value in stride(from: first, through: values.upperBound, by: element.step) {
                let code = NodeIndex(value: value * shift + end, digits: digits).code
                runs.append(.init(lower: code, upper: code))
            }
        }
    }

    /// The parts of a range whose numbers are written with the same number of digits.
    private func lengths(of element: Element) -> [(digits: Int, values: ClosedRange<Int>)] {
        if let digits = element.digits { return [(digits, element.first...element.last)] }
        return (1...NodeIndex.maximumDigits).compactMap { digits in
            let lower = max(element.first, digits == 1 ? 0 : NodeIndex.powersOfTen[digits - 1])
            let upper = min(element.last, NodeIndex.powersOfTen[digits] - 1)
            return lower <= upper ? (digits, lower...upper) : nil
        }
    }

    /// The numbers with the digits before the bracket.
    private func prefixed(_ inner: IndexRuns) -> IndexRuns {
        let start = value(before)
        let moved = inner.runs.map { run in
            let (lower, upper) = (NodeIndex(code: run.lower), NodeIndex(code: run.upper))
            let base = start * NodeIndex.powersOfTen[lower.digits]
            let digits = lower.digits + before.count
            return IndexRuns.Run(
                lower: NodeIndex(value: base + lower.value, digits: digits).code,
                upper: NodeIndex(value: base + upper.value, digits: digits).code
            )
        }
        return IndexRuns(joining: moved)
    }
}
