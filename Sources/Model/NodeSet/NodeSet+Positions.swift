extension NodeSet {
    /// The node at a place of the order, counted from 0; nil when there is none.
    package func element(at position: Int) -> String? {
        guard position >= 0 else { return nil }
        var rest = position
        for entry in entries {
            if let codes = entry.grid.combination(at: rest) { return entry.pattern.name(codes) }
            rest -= entry.grid.count
        }
        return nil
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
        let places = places.clamped(to: 0..<count)
        return places.isEmpty ? NodeSet() : slices([places])[0]
    }

    /// The set in parts of consecutive nodes, as `nodeset --split` makes them: sizes differ by one at most, larger
    /// parts first, none empty.
    /// - Parameter parts: how many at most; less than one counts as one.
    package func split(into parts: Int) -> [NodeSet] {
        let parts = Swift.min(Swift.max(parts, 1), count)
        var start = 0
        return slices(
            (0..<parts).map { part in
                let end = start + count / parts + (part < count % parts ? 1 : 0)
                defer { start = end }
                return start..<end
            })
    }

    /// The nodes at places of the order, all found in one walk.
    /// - Parameter places: ascending, without overlap, none empty, all inside the set.
    private func slices(_ places: [Range<Int>]) -> [NodeSet] {
        var slices: [[Entry]] = Array(repeating: [], count: places.count)
        var before = 0
        var first = 0
        for entry in entries {
            let own = before..<before + entry.grid.count
            before = own.upperBound
            while first < places.count, places[first].upperBound <= own.lowerBound { first += 1 }
            let shared = places[first...].prefix { $0.lowerBound < own.upperBound }
            if shared.isEmpty { continue }
            let cuts = shared.map { cut in
                let part = cut.clamped(to: own)
                return part.lowerBound - own.lowerBound..<part.upperBound - own.lowerBound
            }
            for (slice, grid) in zip(shared.indices, entry.grid.slices(cuts)) {
                slices[slice].append(Entry(pattern: entry.pattern, grid: grid))
            }
        }
        return slices.map(NodeSet.init(entries:))
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
