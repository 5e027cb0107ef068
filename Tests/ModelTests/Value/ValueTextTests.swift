import Testing

@testable import Model

@Suite struct ValueTextTests {
    @Test(arguments: [
        ("90s", 90_000), ("500ms", 500), ("15m", 900_000), ("1h30m", 5_400_000), ("2d", 172_800_000),
        ("1w", 604_800_000), ("0s", 0), ("1m500ms", 60_500),
    ])
    func durationsAreRead(text: String, milliseconds: Int) {
        #expect(Duration(parsing: text)?.wholeMilliseconds == milliseconds)
    }

    @Test(arguments: [
        "", "5", "m", "1.5h", "-5s", "5S", "5 s", "1m1h", "5s5s", "99999999999999999999s", "9999999999w", "٣s",
    ])
    func otherTextIsNoDuration(text: String) {
        #expect(Duration(parsing: text) == nil)
    }

    @Test(arguments: [("1h30m", "1h30m"), ("0s", "0s"), ("90s", "1m30s"), ("1w", "7d"), ("500ms", "500ms")])
    func durationsAreWritten(text: String, expected: String) {
        #expect(Duration(parsing: text)?.text == expected)
    }

    @Test(arguments: [
        ("512B", 512), ("10GB", 10_000_000_000), ("2GiB", 2 << 30), ("1.5KiB", 1536), ("0B", 0), ("1kB", 1000),
    ])
    func sizesAreRead(text: String, bytes: Int) {
        #expect(ByteCount.parse(text) == bytes)
    }

    @Test(arguments: ["", "5", "GiB", "-1GiB", "1gib", "1.GiB", ".5GiB", "99999999999PiB", "1e3B", "1.2.3GiB"])
    func otherTextIsNoSize(text: String) {
        #expect(ByteCount.parse(text) == nil)
    }

    @Test(arguments: [("5%", 5.0), ("12.5%", 12.5), ("0%", 0), ("100%", 100)])
    func percentagesAreRead(text: String, expected: Double) {
        #expect(Percentage.parse(text) == expected)
        #expect(Percentage.text(expected) == text)
    }

    @Test(arguments: ["%", "101%", "-1%", "5", "1e1%", "nan%"])
    func otherTextIsNoPercentage(text: String) {
        #expect(Percentage.parse(text) == nil)
    }

    @Test func scriptsFindPlainText() throws {
        #expect(try Value.bool(true).environmentText == "true")
        #expect(try Value.duration(.milliseconds(1500)).environmentText == "1.5")
        #expect(try Value.duration(.seconds(3600)).environmentText == "3600")
        #expect(try Value.size(2 << 30).environmentText == "2147483648")
        #expect(try Value.percent(12.5).environmentText == "12.5")
        #expect(try Value.list([.string("a b"), .int(2), .list([.bool(true)])]).environmentText == "a b\n2\n[true]")
        #expect(
            try Value.map(["b": .string("x\"\n\u{1}"), "a": .size(1024)]).environmentText
                == #"{"a":1024,"b":"x\"\n\u0001"}"#)
        #expect(try Value.null.environmentText == nil)
        #expect(try Value.string("two\nlines").environmentText == "two\nlines")
    }

    @Test(arguments: [
        Value.secret(reference: "file:/x"), .list([.string("a\nb")]), .map(["a": .secret(reference: "file:/x")]),
        .string("a\0b"), .list([.secret(reference: "file:/x")]),
    ])
    func whatWouldLeakOrSplitIsRefused(value: Value) {
        #expect(throws: ExpressionError.self) { try value.environmentText }
        #expect(!value.displayText.contains("file:/x"))
    }

    @Test(arguments: [
        ("1.0", "1.0", 0), ("1.10", "1.9", 1), ("550.163.01", "550.90.07", 1), ("1:2.0", "2.0", 0),
        ("1.0~rc1", "1.0", -1), ("1.0", "1.0.1", -1), ("1.0a", "1.0", 1), ("007", "7", 0), ("", "0", -1),
        ("99999999999999999999999", "99999999999999999999998", 1), ("1.0-2", "1.0-10", -1),
    ])
    func versionsAreOrderedAsPackageManagersDo(left: String, right: String, expected: Int) {
        #expect(VersionOrder.compare(left, right) == expected)
        #expect(VersionOrder.compare(right, left) == -expected)
    }

    @Test(arguments: [
        ("retires", "retries"), ("timout", "timeout"), ("onfailure", "on_failure"), ("detcet", "detect"),
        ("Steps", "steps"),
    ])
    func theNearestWordIsMeant(word: String, expected: String) {
        #expect(Spelling.nearest(to: word, among: ["retries", "timeout", "on_failure", "detect", "steps"]) == expected)
    }

    @Test func aFarWordIsNotMeant() {
        #expect(Spelling.nearest(to: "xyz", among: ["retries", "on", "when"]) == nil)
    }
}
