extension NodeSet {
    /// The node at a place of the order, counted from 0; nil when there is none.
    package func element(at position: Int) -> String? {
        (0..<count).contains(position) ? elements(at: position..<position + 1).first : nil
    }

    /// How many nodes come before this one; nil when it is not in the set. Two sets of equal size are matched by it:
    /// `addresses.element(at: position)`.
    package func position(of name: String) -> Int? {
        var codes: [Int] = []
        let pattern = NodePattern(of: name, codes: &codes)
        let place = entries.borderIndex { $0.pattern < pattern }
        guard place < entries.count, entries[place].pattern == pattern,
            let position = entries[place].grid.position(of: codes)
        else { return nil }
        return entries[..<place].reduce(position) { $0 + $1.grid.count }
    }

    /// The nodes at these places of the order; places past the end are left out.
    package func elements(at places: Range<Int>) -> NodeSet {
        var result: [Entry] = []
        var before = 0
        for entry in entries {
            let part = places.clamped(to: before..<before + entry.grid.count)
            if !part.isEmpty {
                let grid = entry.grid.slice(part.lowerBound - before..<part.upperBound - before)
                result.append(Entry(pattern: entry.pattern, grid: grid))
            }
            before += entry.grid.count
        }
        return NodeSet(entries: result)
    }

    /// The set in parts of consecutive nodes, as `nodeset --split` makes them: sizes differ by one at most, larger
    /// parts first, none empty.
    /// - Parameter parts: how many at most; less than one counts as one.
    package func split(into parts: Int) -> [NodeSet] {
        let parts = Swift.min(Swift.max(parts, 1), count)
        var start = 0
        return (0..<parts).map { part in
            let size = count / parts + (part < count % parts ? 1 : 0)
            defer { start += size }
            return elements(at: start..<start + size)
        }
    }

    /// Some of the nodes, drawn at random; all of them when there are no more than asked for.
    /// - Parameters:
    ///   - number: how many; less than none counts as none.
    ///   - generator: a seeded one makes the choice repeatable.
    package func pick(_ number: Int, using generator: inout some RandomNumberGenerator) -> NodeSet {
        if number >= count { return self }
        var names = names
        for place in 0..<Swift.max(number, 0) {
            names.swapAt(place, Int.random(in: place..<names.count, using: &generator))
        }
        return NodeSet(names: names.prefix(Swift.max(number, 0)))
    }
}
