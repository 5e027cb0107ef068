import Testing

@testable import Model

/// Patterns for which an engine that backtracks would need hours, against a mebibyte of text.
///
/// What is counted is the work that the table of states does not save: a processor's time depends on the build.
@Suite struct PatternBombTests {
    private static let mebibyte = String(repeating: "a", count: 1 << 20)
    /// The most that is looked at, which fits if anything does.
    private static let longest = String(repeating: "a", count: Pattern.searchedBytes)
    /// The longest of which the end is looked at, for which everything before it is tried in vain.
    private static let spoiled = String(repeating: "a", count: Pattern.searchedBytes - 2) + "!"

    private static func program(_ text: String) throws -> PatternProgram {
        var parser = PatternParser(text)
        let node = try parser.parse()
        return try PatternProgram(node, flags: parser.flags)
    }

    /// Whether it is found in a mebibyte, of which the end is not looked at, and in `spoiled`: by what needs neither the
    /// last character nor any at all, it is.
    @Test(arguments: [
        ("(a+)+$", Truth.unknown, Truth.no), ("(a|aa)+$", .unknown, .no), ("(.*a){20}", .yes, .yes),
        ("([a-zA-Z]+)*$", .unknown, .yes),
    ])
    func eachHasItsAnswerForFarLessWorkThanTheTextIsLong(
        bomb: String, isFound: Truth, isFoundInSpoiled: Truth
    ) throws {
        let pattern = try Pattern(bomb)
        #expect(try pattern.isFound(in: Self.mebibyte) == isFound)
        #expect(try pattern.isFound(in: Self.spoiled) == isFoundInSpoiled)
        #expect(pattern.matches(whole: Self.longest))
        #expect(!pattern.matches(whole: Self.spoiled))
        #expect(!pattern.matches(whole: Self.mebibyte))
        let program = try Self.program(bomb)
        for isWhole in [false, true] {
            for text in [Self.longest, Self.spoiled] {
                var matcher = PatternMatcher(program, isWhole: isWhole)
                let truth = matcher.matches(text.unicodeScalars)
                #expect(truth != nil)
                #expect(matcher.work < Pattern.searchedBytes / 8, "\(matcher.work)")
            }
        }
    }

    @Test(arguments: [
        ("(a+)+$", Truth.unknown), ("(a|aa)+$", .unknown), ("(.*a){20}", .yes), ("([a-zA-Z]+)*$", .unknown),
    ])
    func anExpressionThatAsksForOneHasItsAnswerToo(bomb: String, expected: Truth) throws {
        let context = EvaluationContext(node: Node(name: "n1"), facts: ["log": Self.mebibyte])
        let expression = try Expression(parsing: "matches(node.facts.log, '\(bomb)')")
        #expect(try expression.truth(in: context) == expected)
        let opposite = try Expression(parsing: "!matches(node.facts.log, '\(bomb)')")
        #expect(try opposite.truth(in: context) == !expected)
    }

    /// Each history of 500 letters is a state of its own, so the table saves nothing.
    @Test func oneThatTakesTooMuchWorkIsGivenUpAndNotTakenForNotFound() throws {
        let bomb = "(a|b)*a(a|b){500}c"
        var random = SeededGenerator(seed: 3)
        let text = (0..<60_000).map { _ in Bool.random(using: &random) ? "a" : "b" }.joined()
        let program = try Self.program(bomb)
        for isWhole in [false, true] {
            var matcher = PatternMatcher(program, isWhole: isWhole, budget: 100_000)
            let truth = matcher.matches(text.unicodeScalars)
            #expect(truth == nil)
            // One more character may cost as much as the program is long, twice.
            #expect(matcher.work < 100_000 + 4 * PatternProgram.maximumCount, "\(matcher.work)")
        }
        let error = #expect(throws: ExpressionError.self) { try Pattern(bomb).isFound(in: text) }
        #expect(error?.message.contains("takes too long") == true)
        #expect(error?.hint != nil)
    }
}
