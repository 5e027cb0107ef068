import Model
import Testing

@testable import Catalog

@Suite struct YAMLParserTests {
    private func parse(_ bytes: [UInt8], limits: YAMLLimits = YAMLLimits()) -> (node: YAMLNode?, problems: [String]) {
        let bag = DiagnosticBag()
        let result = YAMLParser.parse(bytes, path: "f.yaml", limits: limits, bag: bag)
        return (result?.node, bag.sorted.map(\.headline))
    }

    private func parse(_ text: String, limits: YAMLLimits = YAMLLimits()) -> (node: YAMLNode?, problems: [String]) {
        parse(Array(text.utf8), limits: limits)
    }

    @Test(arguments: [
        ("yes", Value.string("yes")), ("no", .string("no")), ("on", .string("on")), ("off", .string("off")),
        ("true", .bool(true)), ("False", .bool(false)), ("null", .null), ("~", .null), ("", .null), ("12", .int(12)),
        ("-3", .int(-3)), ("1.5", .float(1.5)), ("550.90", .string("550.90")), ("007", .string("007")),
        ("0x1F", .string("0x1F")), ("1_000", .string("1_000")), ("12:30", .string("12:30")), ("+5", .string("+5")),
        ("\"12\"", .string("12")), ("'true'", .string("true")), ("1e3", .string("1e3")),
        ("2026-11-25", .string("2026-11-25")),
        (".inf", .string(".inf")), ("99999999999999999999", .string("99999999999999999999")),
    ])
    func scalarsFollowTheCoreSchemaAndNumbersKeepTheirForm(text: String, expected: Value) {
        #expect(parse("a: \(text)\n").node?["a"]?.value == expected)
    }

    @Test func everyKeyAndValueHasItsPlace() throws {
        let node = try #require(parse("a: 1\nbé: {c: [x, 'y']}\n").node)
        let entries = try #require(node.entries)
        #expect(entries[1].keyMark == YAMLMark(line: 1, column: 0))
        #expect(entries[1].value.mark == YAMLMark(line: 1, column: 4))
        #expect(node["bé"]?["c"]?.items?[1].mark == YAMLMark(line: 1, column: 12))
    }

    @Test(arguments: [
        ("a: 1\nb: 2\na: 3\n", "f.yaml:3:1: error: the key 'a' is there twice (the first is on line 1)"),
        ("a: !!str 1\n", "f.yaml:1:4: error: tags are not used here (put text in quotes instead of tagging it)"),
        (
            "a: 1\n---\nb: 2\n",
            "f.yaml:2:1: error: a file holds one document only (put what follows into a file of its own)"
        ),
        ("", "f.yaml:1:1: error: the file is empty"),
        ("# only a comment\n", "f.yaml:1:1: error: the file is empty"),
        ("a: &x [1]\nb: {<<: *x}\n", "f.yaml:2:5: error: YAML 1.2 has no merge keys (repeat the keys)"),
        ("a: *x\n", "f.yaml:1:4: error: there is no anchor '&x' before this"),
        ("a: &x [*x]\n", "f.yaml:1:8: error: the alias '*x' stands inside itself"),
        ("[a]: 1\n", "f.yaml:1:1: error: a key must be plain text"),
        (
            "a: b: c\n",
            "f.yaml:1:5: error: mapping values are not allowed in this context (put text that holds ': ' in quotes)"
        ),
        (
            "a: @b\n",
            "f.yaml:1:4: error: found character that cannot start any token (while scanning for the next token) (indent with spaces, and put text that begins with @ or ` in quotes)"
        ),
        ("a: \"open\n", "f.yaml:1:4: error: found unexpected end of stream (while scanning a quoted scalar)"),
        ("a: x\u{7}y\n", "f.yaml:1:5: error: control characters are not allowed"),
    ])
    func whatIsWrongIsShownAtItsPlace(text: String, expected: String) {
        #expect(parse(text).problems == [expected])
    }

    private static let turning: [UInt32] =
        Array(0x202A...0x202E) + Array(0x2066...0x2069) + [0x200E, 0x200F, 0x061C]

    @Test(arguments: turning)
    func whatTurnsTheReadingOrderRoundIsRefusedWhereverItStands(code: UInt32) throws {
        let character = String(try #require(Unicode.Scalar(code)))
        let digits = (code < 0x1000 ? "0" : "") + String(code, radix: 16, uppercase: true)
        for (text, place) in [
            ("a: 1\n# x*y\n", "2:4"), ("*a: 1\n", "1:1"), ("a: |\n  echo *rm\n", "2:8"), ("a: 'b*'\n", "1:6"),
            ("a: \"é\tb*\"\n", "1:8"), ("a: [b, c*]\n", "1:9"),
        ] {
            let result = parse(text.replacing("*", with: character))
            #expect(result.node == nil, "\(text)")
            let message = "U+\(digits) has the text read in another order than it stands"
            let mend = "delete it, or write \\u\(digits) in double quotes where it is meant"
            #expect(result.problems == ["f.yaml:\(place): error: \(message) (\(mend))"])
        }
        let escaped = parse("a: \"\\u\(digits)\"\n")
        #expect(escaped.problems == [] && escaped.node?["a"]?.value == .string(character))
    }

    @Test(arguments: ["שלום עולם", "مرحبا بالعالم", "پیام، نیم‌فاصله", "ok 👩‍👩‍👧"])
    func lettersFromRightToLeftAreText(words: String) {
        let result = parse("# \(words)\na: \(words)\n")
        #expect(result.problems == [] && result.node?["a"]?.value == .string(words))
    }

    @Test func invalidUTF8IsShownAtItsPlace() {
        #expect(
            parse(Array("a: 1\nb: ".utf8) + [0xFF, 0x0A]).problems
                == ["f.yaml:2:4: error: the text is not valid UTF-8 (save the file as UTF-8)"])
        #expect(parse([0xFE, 0xFF, 0x00, 0x61]).problems.count == 1)
    }

    @Test func aliasesStandForWhatTheyName() {
        #expect(parse("a: &x {k: 1}\nb: *x\n").node?["b"]?["k"]?.value == .int(1))
    }

    @Test(arguments: [
        // Each level stands for nine of the one before: a billion laughs.
        (0..<9).map {
            "l\($0): &l\($0) [\($0 == 0 ? "x" : Array(repeating: "*l\($0 - 1)", count: 9).joined(separator: ","))]\n"
        }
        .joined(),
        "a: &x [1]\nb: [" + Array(repeating: "*x", count: 2000).joined(separator: ",") + "]\n",
        "a: " + String(repeating: "[", count: 100_000),
        "a: " + String(repeating: "{b: ", count: 100_000),
        (0..<1000).map { String(repeating: " ", count: $0) + "k:\n" }.joined(),
        "a: \"" + String(repeating: "x", count: 2 << 20) + "\"\n",
        "a: |\n" + String(repeating: "  xxxxxxxxxxxxxxxxxxxx\n", count: 100_000),
        String(repeating: "- ", count: 50_000),
        "a: " + String(repeating: "&a ", count: 1000) + "x\n",
        String(repeating: "? ", count: 50_000),
    ])
    func bombsAreErrors(text: String) {
        let result = parse(text)
        #expect(result.node == nil)
        #expect(result.problems.count == 1)
    }

    @Test func aDeepAliasOfADeepAliasCountsItsDepth() {
        let levels = (0..<40).map { "l\($0): &l\($0) {k: \($0 == 0 ? "x" : "*l\($0 - 1)")}\n" }.joined()
        #expect(parse(levels).problems == [])
        let more = (0..<70).map { "l\($0): &l\($0) {k: \($0 == 0 ? "x" : "*l\($0 - 1)")}\n" }.joined()
        #expect(parse(more).problems.count == 1)
    }

    @Test func offsetsInsideScalarsAreFoundAgain() throws {
        let text =
            "a: plain text\nb: 'it''s here'\nc: |\n    first\n    second\nd: \"q\\tuoted\"\ne: >-\n  folded\n  here\n"
        let bag = DiagnosticBag()
        let (node, source) = try #require(YAMLParser.parse(Array(text.utf8), path: "f", bag: bag))
        func mark(_ key: String, _ word: String) throws -> YAMLMark {
            let scalar = try #require(node[key])
            let text = try #require(scalar.scalar?.text)
            let range = try #require(text.firstRange(of: word))
            return source.mark(of: text.distance(from: text.startIndex, to: range.lowerBound), in: scalar)
        }
        #expect(try mark("a", "text") == YAMLMark(line: 0, column: 9))
        #expect(try mark("b", "here") == YAMLMark(line: 1, column: 10))
        #expect(try mark("c", "second") == YAMLMark(line: 4, column: 4))
        #expect(try mark("d", "uoted") == YAMLMark(line: 5, column: 7))
        #expect(try mark("e", "here") == YAMLMark(line: 8, column: 2))
    }
}
