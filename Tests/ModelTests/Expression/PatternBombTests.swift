import Glibc
import Testing

@testable import Model

/// Patterns for which an engine that backtracks would need hours, against a mebibyte of text. The automaton looks at
/// each character of the first 64 KiB once: its bound is on the text, and it has none on its steps.
@Suite(.serialized) struct PatternBombTests {
    /// Seconds of this thread's processor time, generous enough for a build without optimization.
    private static let bound = 2.0

    private static let mebibyte = String(repeating: "a", count: 1 << 20)
    /// The most that is looked at, which fits if anything does.
    private static let longest = String(repeating: "a", count: Pattern.searchedBytes)
    /// The longest of which the end is looked at, for which everything before it is tried in vain.
    private static let spoiled = String(repeating: "a", count: Pattern.searchedBytes - 2) + "!"

    private func processorTime() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }

    /// What `body` gives, which it must give soon.
    private func soon<R>(_ what: String, _ body: () throws -> R) rethrows -> R {
        let start = processorTime()
        let result = try body()
        let spent = processorTime() - start
        #expect(spent < Self.bound, "\(what): \(spent) s")
        return result
    }

    /// Whether it is found in a mebibyte, of which the end is not looked at, and in `spoiled`: by what needs neither the
    /// last character nor any at all, it is.
    @Test(arguments: [
        ("(a+)+$", Truth.unknown, Truth.no), ("(a|aa)+$", .unknown, .no), ("(.*a){20}", .yes, .yes),
        ("([a-zA-Z]+)*$", .unknown, .yes),
    ])
    func eachHasItsAnswerSoon(bomb: String, isFound: Truth, isFoundInSpoiled: Truth) throws {
        let pattern = try Pattern(bomb)
        let found = soon("in a mebibyte") { pattern.isFound(in: Self.mebibyte) }
        #expect(found == isFound)
        let foundInSpoiled = soon("in vain") { pattern.isFound(in: Self.spoiled) }
        #expect(foundInSpoiled == isFoundInSpoiled)
        let whole = soon("whole") { pattern.matches(whole: Self.longest) }
        #expect(whole)
        let wholeSpoiled = soon("whole, in vain") { pattern.matches(whole: Self.spoiled) }
        #expect(!wholeSpoiled)
        let wholeMebibyte = soon("whole, too long") { pattern.matches(whole: Self.mebibyte) }
        #expect(!wholeMebibyte)
    }

    @Test(arguments: [
        ("(a+)+$", Truth.unknown), ("(a|aa)+$", .unknown), ("(.*a){20}", .yes), ("([a-zA-Z]+)*$", .unknown),
    ])
    func anExpressionThatAsksForOneIsBoundedToo(bomb: String, expected: Truth) throws {
        let context = EvaluationContext(node: Node(name: "n1"), facts: ["log": Self.mebibyte])
        let expression = try Expression(parsing: "matches(node.facts.log, '\(bomb)')")
        let truth = try soon("matches()") { try expression.truth(in: context) }
        #expect(truth == expected)
        let opposite = try Expression(parsing: "!matches(node.facts.log, '\(bomb)')")
        #expect(try opposite.truth(in: context) == !expected)
    }
}
