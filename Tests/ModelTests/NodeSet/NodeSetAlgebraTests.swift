import Model
import Testing

@Suite("Node set algebra")
struct NodeSetAlgebraTests {
    /// Names that meet in every way: several patterns, lengths, paddings, one to three numbers.
    private static func names(_ generator: inout SeededGenerator) -> [String] {
        (0..<Int.random(in: 0...60, using: &generator)).map { _ in
            let number = Int.random(in: 0...12, using: &generator)
            let other = Int.random(in: 0...3, using: &generator)
            switch Int.random(in: 0...6, using: &generator) {
            case 0: return "head"
            case 1: return "n\(number)"
            case 2: return "n0\(number)"
            case 3: return "r\(other)n\(number)"
            case 4: return "r\(other)n0\(number)"
            case 5: return "r\(other)n\(number % 3)-\(number)"
            default: return "n\(number)-ib"
            }
        }
    }

    @Test("Every operation is that of plain sets of names", arguments: 0..<200 as Range<UInt64>)
    func modelled(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let (left, right) = (Self.names(&generator), Self.names(&generator))
        let (a, b) = (Set(left), Set(right))
        let (x, y) = (NodeSet(names: left), NodeSet(names: right))
        #expect(Set(x.names) == a)
        #expect(x.count == a.count)
        #expect(x.isEmpty == a.isEmpty)
        #expect(Set(x.union(y).names) == a.union(b))
        #expect(Set(x.intersection(y).names) == a.intersection(b))
        #expect(Set(x.subtracting(y).names) == a.subtracting(b))
        #expect(Set(x.symmetricDifference(y).names) == a.symmetricDifference(b))
        #expect(x.isSubset(of: y) == a.isSubset(of: b))
        #expect(x.isSuperset(of: y) == a.isSuperset(of: b))
        #expect(x.isDisjoint(with: y) == a.isDisjoint(with: b))
        #expect((x == y) == (a == b))
        for name in a.union(b) {
            #expect(x.contains(name) == a.contains(name))
            #expect(x.position(of: name) == x.names.firstIndex(of: name))
        }
    }

    @Test("The algebra's laws hold, to the folded letter", arguments: 0..<100 as Range<UInt64>)
    func laws(seed: UInt64) {
        var generator = SeededGenerator(seed: seed &+ 1_000)
        let x = NodeSet(names: Self.names(&generator))
        let y = NodeSet(names: Self.names(&generator))
        let z = NodeSet(names: Self.names(&generator))
        #expect(x.union(y) == y.union(x))
        #expect(x.union(y).union(z) == NodeSet(joining: [x, y, z]))
        #expect(x.intersection(y.union(z)) == x.intersection(y).union(x.intersection(z)))
        #expect(x.subtracting(y).union(x.intersection(y)) == x)
        #expect(x.symmetricDifference(y) == x.union(y).subtracting(x.intersection(y)))
        #expect(x.symmetricDifference(y).symmetricDifference(y) == x)
        #expect(x.subtracting(y).isDisjoint(with: y))
        #expect(x.intersection(y).isSubset(of: x))
        #expect(x.symmetricDifference(x).isEmpty)
        #expect(x.union(x) == x && x.union(NodeSet()) == x && x.intersection(NodeSet()).isEmpty)
        #expect(x.union(y).folded == NodeSet(names: (y.names + x.names).shuffled(using: &generator)).folded)
        #expect(x.union(y).hashValue == y.union(x).hashValue)
    }

    @Test("Operations in place are those that return a set")
    func inPlace() throws {
        let start = try NodeSet(parsing: "n[1-10]")
        let other = try NodeSet(parsing: "n[5-15]")
        var set = start
        set.formUnion(other)
        #expect(set.folded == "n[1-15]")
        set = start
        set.formIntersection(other)
        #expect(set.folded == "n[5-10]")
        set = start
        set.subtract(other)
        #expect(set.folded == "n[1-4]")
        set = start
        set.formSymmetricDifference(other)
        #expect(set.folded == "n[1-4,11-15]")
    }

    @Test("A subset is not one of a set that only has as many nodes")
    func subsets() throws {
        let all = try NodeSet(parsing: "rack[1-4]n[1-8]!rack2n3")
        #expect(try NodeSet(parsing: "rack2n[1-2,4-8]").isSubset(of: all))
        #expect(try !NodeSet(parsing: "rack2n3").isSubset(of: all))
        #expect(try !NodeSet(parsing: "rack02n1").isSubset(of: all))
        #expect(NodeSet().isSubset(of: NodeSet()))
    }
}
