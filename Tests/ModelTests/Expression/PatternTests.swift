import Testing

@testable import Model

@Suite struct PatternTests {
    @Test(arguments: [
        ("GPU 0", "GPU 0: NVIDIA H100", true), ("^GPU", "a GPU", false), ("^GPU", "GPU", true), ("0$", "GPU 0", true),
        ("0$", "GPU 0\n", false), ("(?m)^b$", "a\nb\nc", true), ("^b$", "a\nb\nc", false), ("a.c", "a\nc", false),
        ("(?s)a.c", "a\nc", true), ("(?i)nvidia", "NVIDIA", true), ("(?i)[a-c]x", "BX", true), ("(?i)é", "É", true),
        ("colou?r", "color", true), ("a{3}", "aa", false), ("a{3}", "aaa", true), ("^a{2,3}$", "aaaa", false),
        ("^a{,2}$", "aa", true), ("a{x}", "a{x}", true), ("(ab|cd)+e", "abcde", true), ("(?:ab)*?c", "c", true),
        (#"\bcat\b"#, "a cat.", true), (#"\bcat\b"#, "concat", false), (#"\Bcat"#, "concat", true),
        (#"^\d+\.\d+$"#, "550.163", true), (#"[^\s]+"#, "  ", false), ("[[:alpha:]_]+", "9_", true),
        ("[]x]", "]", true), ("[a-]", "-", true), (#"[\]]"#, "]", true), (#"\x41\u0042\x{43}"#, "ABC", true),
        ("ä.ü", "äöü", true), ("[α-ω]+", "λ", true), ("", "", true), ("", "abc", true), ("a||b", "", true),
        ("(?<name>x)", "x", true), ("(a*)*b", "aab", true), (#"\.\*"#, ".*", true), ("x$|^y", "yz", true),
        (#"\A\d\z"#, "5", true), ("[^a]", "a", false), ("a+?b", "aab", true), ("|", "q", true),
    ])
    func isFoundWhereItFits(pattern: String, text: String, expected: Bool) throws {
        #expect(try Pattern(pattern).isFound(in: text) == (expected ? .yes : .no))
    }

    @Test(arguments: [
        ("[0-9]+", "123", true), ("[0-9]+", "123\n", false), ("[0-9]+", "x123", false), ("a|ab", "ab", true),
        ("a*", "", true), ("(?m)^a$", "a\nb", false), ("[0-9]+(\\.[0-9]+){1,2}", "550.163.01", true),
        ("[0-9]+(\\.[0-9]+){1,2}", "550.163.01; reboot", false), (".*", "a\nb", false),
    ])
    func wholeMeansEveryCharacter(pattern: String, text: String, expected: Bool) throws {
        #expect(try Pattern(pattern).matches(whole: text) == expected)
    }

    @Test(arguments: [
        "(", ")", "[", "[a", "a**", "*a", "(?=a)", "(?<!a)", "a++", #"(a)\1"#, #"\p{L}"#, "[b-a]", "a{5,2}",
        "a{5000}", "(?x)a", "(?>a)", "\\", "((a{1000}){1000})", "^*", "[[:nope:]]", #"\x{110000}"#, #"\q"#,
        String(repeating: "(", count: 100) + String(repeating: ")", count: 100),
        String(repeating: "(", count: 60) + String(repeating: "){1000}", count: 60),
    ])
    func whatCannotRunInLinearTimeIsRefused(pattern: String) {
        #expect(throws: ExpressionError.self) { try Pattern(pattern) }
    }

    @Test(arguments: ["(a+)+$", "(a|a)*b", "(a|aa)+$", "(.*a){20}$", "([a-z]+)*=", "(x+x+)+y"])
    func hostileTextTakesLinearTime(pattern: String) throws {
        let text = String(repeating: "a", count: 60_000) + "!"
        #expect(try Pattern(pattern).isFound(in: text) == .no)
        #expect(try Pattern(pattern).isFound(in: text + String(repeating: "!", count: 1 << 20)) == .unknown)
    }

    @Test func onlyTheFirst64KiBAreSearched() throws {
        let end = try Pattern("end")
        #expect(try end.isFound(in: String(repeating: "x", count: Pattern.searchedBytes - 4) + "end") == .yes)
        #expect(try end.isFound(in: String(repeating: "x", count: Pattern.searchedBytes - 4) + "enx") == .no)
        #expect(try end.isFound(in: String(repeating: "x", count: Pattern.searchedBytes) + "end") == .unknown)
        #expect(try !Pattern("x*").matches(whole: String(repeating: "x", count: Pattern.searchedBytes + 1)))
    }

    /// Of a text that is 64 KiB long, and was perhaps cut there, and of a longer one.
    @Test(arguments: [
        ("x", Truth.yes), ("^x", .yes), (#"xy\b"#, .yes), ("(?m)y$", .yes), (#"x\Bx"#, .yes), ("", .yes),
        ("x$", .unknown), (#"x\z"#, .unknown), (#"[^y]x\b"#, .unknown), (#"xz\B"#, .unknown), ("(?m)z$", .unknown),
        ("x*$", .unknown), ("$", .unknown), ("no", .unknown), ("(?m)^no", .unknown), ("no|x$", .unknown),
        ("(?s)^x.*$", .unknown), ("^no", .no), (#"\Ano$"#, .no), ("^(a|b)+$", .no), ("^x*$", .no),
    ])
    func whereATextWasCutNothingEnds(pattern: String, expected: Truth) throws {
        let beginning = "xy\n" + String(repeating: "x", count: Pattern.searchedBytes - 5)
        #expect(try Pattern(pattern).isFound(in: beginning + "zx") == expected)
        #expect(try Pattern(pattern).isFound(in: beginning + "zx" + String(repeating: "x", count: 70_000)) == expected)
    }

    /// The bytes of a character that was cut are none of another one.
    @Test(arguments: 0..<4) func aCharacterThatWasCutIsNotSearched(missing: Int) throws {
        let filler = String(repeating: "x", count: Pattern.searchedBytes - 4 + missing)
        #expect(try Pattern("[^x]").isFound(in: filler + "\u{10348}") == .unknown)
        let cut = String(decoding: (filler + "\u{10348}").utf8.prefix(Pattern.searchedBytes), as: UTF8.self)
        #expect(try Pattern("[^x]").isFound(in: cut) == .unknown)
    }

    @Test func aFullTableOfStatesForgetsAndStaysRight() throws {
        // Each of 2^12 histories is its own state: the table overflows several times.
        let pattern = try Pattern("^(?:a|b)*a(?:a|b){12}c$")
        var random = SeededGenerator(seed: 7)
        let letters = (0..<20_000).map { _ in Bool.random(using: &random) ? "a" : "b" }
        let text = letters.joined()
        #expect(try pattern.isFound(in: text + "c") == (letters[letters.count - 13] == "a" ? .yes : .no))
        let other = letters.dropLast().joined()
        #expect(try pattern.isFound(in: other + "c") == (letters[letters.count - 14] == "a" ? .yes : .no))
    }

    /// Compares with a backtracking matcher that is too simple to be wrong.
    @Test func randomPatternsAgreeWithASimpleMatcher() throws {
        var random = SeededGenerator(seed: 42)
        var positives = 0
        for _ in 0..<3000 {
            let node = Reference.random(depth: 3, using: &random)
            let pattern = try Pattern(node.text)
            for _ in 0..<4 {
                let length = Int.random(in: 0...6, using: &random)
                let text = (0..<length).map { _ in "ab".randomElement(using: &random) ?? "a" }
                let expected = node.ends(Array(text), from: 0).contains(text.count)
                if expected { positives += 1 }
                #expect(
                    pattern.matches(whole: String(text)) == expected, "pattern \(node.text), text \(String(text))")
                let found = (0...text.count).contains { !node.ends(Array(text), from: $0).isEmpty }
                let isFound = try pattern.isFound(in: String(text)) == .yes
                #expect(isFound == found, "pattern \(node.text), text \(String(text))")
            }
        }
        #expect(positives > 500)
    }
}

/// A pattern whose matches are computed as sets of ends, straight from the definition.
private indirect enum Reference {
    case letter(Character)
    case any
    case both(Reference, Reference)
    case either(Reference, Reference)
    case times(Reference, Int, Int)
    case star(Reference)

    static func random(depth: Int, using random: inout SeededGenerator) -> Reference {
        switch depth == 0 ? Int.random(in: 0...1, using: &random) : Int.random(in: 0...6, using: &random) {
        case 0: return .letter(Bool.random(using: &random) ? "a" : "b")
        case 1: return .any
        case 2, 3:
            return .both(.random(depth: depth - 1, using: &random), .random(depth: depth - 1, using: &random))
        case 4: return .either(.random(depth: depth - 1, using: &random), .random(depth: depth - 1, using: &random))
        case 5:
            let low = Int.random(in: 0...2, using: &random)
            let high = Int.random(in: low...3, using: &random)
            return .times(.random(depth: depth - 1, using: &random), low, high)
        default: return .star(.random(depth: depth - 1, using: &random))
        }
    }

    var text: String {
        switch self {
        case .letter(let letter): String(letter)
        case .any: "."
        case .both(let left, let right): left.text + right.text
        case .either(let left, let right): "(\(left.text)|\(right.text))"
        case .times(let inner, let low, let high): "(\(inner.text)){\(low),\(high)}"
        case .star(let inner): "(\(inner.text))*"
        }
    }

    func ends(_ text: [Character], from start: Int) -> Set<Int> {
        switch self {
        case .letter(let letter): return start < text.count && text[start] == letter ? [start + 1] : []
        case .any: return start < text.count ? [start + 1] : []
        case .both(let left, let right):
            return left.ends(text, from: start).reduce(into: []) { $0.formUnion(right.ends(text, from: $1)) }
        case .either(let left, let right):
            return left.ends(text, from: start).union(right.ends(text, from: start))
        case .times(let inner, let low, let high):
            var all: Set<Int> = low == 0 ? [start] : []
            var current: Set<Int> = [start]
            for count in 1...max(1, high) where count <= high {
                current = current.reduce(into: []) { $0.formUnion(inner.ends(text, from: $1)) }
                if count >= low { all.formUnion(current) }
            }
            return all
        case .star(let inner):
            var all: Set<Int> = [start]
            var fresh = all
            while !fresh.isEmpty {
                let next: Set<Int> = fresh.reduce(into: []) { $0.formUnion(inner.ends(text, from: $1)) }
                fresh = next.subtracting(all)
                all.formUnion(next)
            }
            return all
        }
    }
}
