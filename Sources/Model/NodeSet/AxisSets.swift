/// The sets of numbers that occur on one axis while boxes are merged, each known by an id.
struct AxisSets {
    struct Member {
        let runs: IndexRuns
        /// The sum of the numbers' hashes, so that the hash of disjoint sets joined is the sum of theirs.
        let hash: UInt64
        /// `textOrder` of the lowest number.
        let first: Int
        /// `textOrder` of the highest number.
        let last: Int
    }

    private var members: [Member]
    private var idsOfJoined: [UInt64: [Int]] = [:]

    /// The ids are the places in `singles`.
    init(singles: [NodeIndex]) {
        members = singles.map { index in
            let hash = UInt64(bitPattern: Int64(index.code)).scrambled
            return Member(runs: IndexRuns(index), hash: hash, first: index.textOrder, last: index.textOrder)
        }
    }

    subscript(id: Int) -> Member { members[id] }

    /// Whether a set of two or more numbers with this hash has an id.
    func mayHold(hash: UInt64) -> Bool { idsOfJoined[hash] != nil }

    /// The id of the union of two or more sets.
    /// - Parameter hash: the sum of the sets' hashes.
    mutating func id(joining parts: [Int], hash: UInt64) -> Int {
        let runs = IndexRuns(joining: parts.flatMap { members[$0].runs.runs })
        if let id = idsOfJoined[hash]?.first(where: { members[$0].runs == runs }) { return id }
        let first = runs.first?.textOrder ?? 0
        let last = runs.last?.textOrder ?? 0
        members.append(Member(runs: runs, hash: hash, first: first, last: last))
        idsOfJoined[hash, default: []].append(members.count - 1)
        return members.count - 1
    }
}

extension UInt64 {
    /// Spreads the bits over all places (the finalizer of SplitMix64), always in the same way.
    var scrambled: UInt64 {
        var bits = self &+ 0x9E37_79B9_7F4A_7C15
        bits = (bits ^ (bits >> 30)) &* 0xBF58_476D_1CE4_E5B9
        bits = (bits ^ (bits >> 27)) &* 0x94D0_49BB_1331_11EB
        return bits ^ (bits >> 31)
    }
}
