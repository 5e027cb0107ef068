import Model
import Testing

@Suite("Places in node sets")
struct NodeSetPositionTests {
    private static let texts = [
        "n[8-12]", "n[1-3,01-12]", "a,b,n[1-3],x[1-3]y[1-3]", "x[1-3]y[1-4]!x2y2!x3y4", "r[1-4]n[1-3]c[1-2]",
    ]

    @Test("Elements, positions and slices agree with the order", arguments: texts)
    func agree(text: String) throws {
        let set = try NodeSet(parsing: text)
        for (position, name) in set.names.enumerated() {
            #expect(set.element(at: position) == name)
            #expect(set.position(of: name) == position)
        }
        #expect(set.element(at: -1) == nil)
        #expect(set.element(at: set.count) == nil)
        #expect(set.position(of: "other") == nil)
        for start in 0...set.count {
            for end in start...set.count {
                let slice = set.elements(at: start..<end)
                #expect(slice == NodeSet(names: set.names[start..<end]))
            }
        }
        #expect(set.elements(at: 0..<1_000) == set)
    }

    @Test("Parts cover the set, in order and evenly", arguments: texts, [1, 2, 3, 5, 7, 100])
    func splits(text: String, parts: Int) throws {
        let set = try NodeSet(parsing: text)
        let split = set.split(into: parts)
        #expect(split.count == min(parts, set.count))
        #expect(NodeSet(joining: split) == set)
        #expect(split.reduce(0) { $0 + $1.count } == set.count)
        let sizes = split.map(\.count)
        #expect(sizes == sizes.sorted(by: >))
        #expect((sizes.first ?? 0) - (sizes.last ?? 0) <= 1)
    }

    @Test("A senseless number of parts is one, and no set has no parts")
    func splitsOddly() throws {
        #expect(try NodeSet(parsing: "n[1-3]").split(into: 0).map(\.folded) == ["n[1-3]"])
        #expect(NodeSet().split(into: 3).isEmpty)
    }

    @Test("Picking draws so many of the nodes, the same for the same seed and not always the same")
    func picks() throws {
        let set = try NodeSet(parsing: "n[1-100],x[1-3]y[1-3]")
        var seen: Set<NodeSet> = []
        for seed in 0..<20 as Range<UInt64> {
            var generator = SeededGenerator(seed: seed)
            let picked = set.pick(7, using: &generator)
            #expect(picked.count == 7)
            #expect(picked.isSubset(of: set))
            generator = SeededGenerator(seed: seed)
            #expect(set.pick(7, using: &generator) == picked)
            seen.insert(picked)
        }
        #expect(seen.count > 15)
        var generator = SeededGenerator(seed: 1)
        #expect(set.pick(1_000, using: &generator) == set)
        #expect(set.pick(0, using: &generator).isEmpty)
        #expect(set.pick(-1, using: &generator).isEmpty)
    }
}
