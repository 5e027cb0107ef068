import Model
import Testing

/// The time limits only guard against a hang.
@Suite("Large node sets", .timeLimit(.minutes(3)))
struct NodeSetScaleTests {
    @Test("100 000 names fold, on one number or several")
    func folds() {
        var generator = SeededGenerator(seed: 7)
        let line = (1...100_000).map { "n\($0)" }.shuffled(using: &generator)
        #expect(NodeSet(names: line).folded == "n[1-100000]")
        let grid = (1...100).flatMap { rack in (1...1_000).map { "rack\(rack)n\($0)" } }.shuffled(using: &generator)
        #expect(NodeSet(names: grid).folded == "rack[1-100]n[1-1000]")
        let holed = NodeSet(names: grid).subtracting(NodeSet(names: ["rack50n500"]))
        #expect(holed.folded == "rack[1-49,51-100]n[1-1000],rack50n[1-499,501-1000]")
    }

    @Test("Scattered names fold and lose none")
    func scattered() throws {
        var generator = SeededGenerator(seed: 8)
        let names = (0..<50_000).map { "s\($0 * 7)-r\(Int.random(in: 0..<10, using: &generator))" }
        let set = NodeSet(names: names)
        #expect(set.count == names.count)
        #expect(Set(set) == Set(names))
        #expect(try NodeSet(parsing: set.folded) == set)
        #expect(set.split(into: 1_000_000).count == 50_000)
    }

    @Test("A million nodes are taken, one more is not")
    func limit() throws {
        #expect(try NodeSet(parsing: "n[1-1000000]").count == NodeSet.maximumCount)
        #expect(try NodeSet(parsing: "a[1-1000]b[1-1000]").count == NodeSet.maximumCount)
        let error = try #require(throws: NodeSetError.self) { try NodeSet(parsing: "n[1-1000000],m") }
        #expect(error.kind == .tooLarge)
    }

    /// A text many times over, and what is to stand between.
    private static let bombs: [(part: String, times: Int, separator: String)] = [
        ("n[0-99999999999999999]", 1, ""),
        ("n[1-500000],m[1-500001]", 1, ""),
        ("[0-9]", 40, "a"),
        ("n[1-999999/2]", 100, ","),
        ("n[0-999999/2,0-999999/3,0-999999/2,1-999999/2,0-999999/2]", 1, ""),
        ("a[1-1000]b[1-1000]", 100, ","),
        ("n[0-99999]m[0-99]", 1, ""),
        ("1a", 100_000, ""),
    ]

    @Test("A bomb is refused before it is expanded", arguments: bombs)
    func refuses(part: String, times: Int, separator: String) throws {
        let text = Array(repeating: part, count: times).joined(separator: separator)
        let error = try #require(throws: NodeSetError.self) { try NodeSet(parsing: text) }
        #expect(error.kind == .tooLarge)
    }

    @Test("Long texts of small parts are no bombs")
    func longTexts() throws {
        let names = (0..<20_000).map { "a\($0 % 100)b\($0 / 100)" }
        #expect(try NodeSet(parsing: names.joined(separator: ",")).folded == "a[0-99]b[0-199]")
        #expect(try NodeSet(parsing: "n[" + String(repeating: "1,", count: 100_000) + "2]").folded == "n[1-2]")
        #expect(throws: NodeSetError.self) { try NodeSet(parsing: String(repeating: "[", count: 100_000)) }
    }
}
