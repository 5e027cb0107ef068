import Testing

@testable import Model

@Suite struct ValueTypeTests {
    @Test(arguments: [
        ("string", ValueType.string), ("enum(a, b)", .enumeration(["a", "b"])), ("list<int>", .list(.int)),
        ("map<string,list<size>>", .map(.list(.size))), (" bool ", .bool),
    ])
    func typesAreRead(text: String, expected: ValueType) throws {
        #expect(try ValueType(parsing: text) == expected)
        #expect(try ValueType(parsing: expected.text) == expected)
    }

    @Test(arguments: [
        "", "strng", "list", "list<>", "map<int,int>", "enum()", "enum(a", "enum(a,a)",
        "list<list<list<list<list<int>>>>>",
    ])
    func otherTextIsNoType(text: String) {
        #expect(throws: ValueError.self) { try ValueType(parsing: text) }
    }

    @Test(arguments: [
        ("int", "-5", Value.int(-5)), ("float", "1e3", .float(1000)), ("bool", "true", .bool(true)),
        ("duration", "2h", .duration(.seconds(7200))), ("size", "1GiB", .size(1 << 30)), ("percent", "5%", .percent(5)),
        ("path", "/a/b", .string("/a/b")), ("url", "https://x/y?z", .string("https://x/y?z")),
        ("ip", "2001:db8::1", .string("2001:db8::1")), ("ip", "::ffff:192.0.2.1", .string("::ffff:192.0.2.1")),
        ("cidr", "10.0.0.0/8", .string("10.0.0.0/8")), ("host", "a-b.example", .string("a-b.example")),
        ("host", "192.0.2.7", .string("192.0.2.7")), ("nodeset", "gpu[01-04]", .string("gpu[01-04]")),
        ("secret", "vault:kv/gpu#admin", .secret(reference: "vault:kv/gpu#admin")),
        ("list<int>", "1,2", .list([.int(1), .int(2)])), ("list<string>", "", .list([])),
        ("map<string,int>", "a=1,b=2", .map(["a": .int(1), "b": .int(2)])), ("enum(x, y)", "y", .string("y")),
    ])
    func whatAnOperatorTypesIsRead(type: String, text: String, expected: Value) throws {
        #expect(try ValueType(parsing: type).value(parsing: text) == expected)
    }

    @Test(arguments: [
        ("int", "1.5"), ("int", ""), ("int", " 1"), ("float", "nan"), ("float", "0x10"), ("bool", "yes"),
        ("duration", "5"),
        ("size", "5"), ("percent", "5"), ("path", "a/b"), ("path", "/a/../b"), ("path", "/a\nb"), ("url", "x"),
        ("url", "http://a b"), ("ip", "1.2.3"), ("ip", "01.2.3.4"), ("ip", "1::2::3"), ("ip", "12345::"), ("ip", ":::"),
        ("cidr", "10.0.0.0"), ("cidr", "10.0.0.0/33"), ("cidr", "::/129"), ("host", "-a"), ("host", "a..b"),
        ("host", ""),
        ("secret", "hunter2"), ("secret", "Vault:x"), ("nodeset", " "), ("map<string,int>", "a"), ("enum(x, y)", "z"),
    ])
    func whatDoesNotFitIsRefused(type: String, text: String) throws {
        let type = try ValueType(parsing: type)
        #expect(throws: ValueError.self) { try type.value(parsing: text) }
    }

    @Test func aSecretIsNeverAPlainValue() throws {
        #expect(throws: ValueError.self) { try ValueType.string.value(converting: .secret(reference: "file:/x")) }
        let error = #expect(throws: ValueError.self) { try ValueType.secret.value(parsing: "hunter2") }
        #expect(error?.description.contains("hunter2") == false)
    }

    @Test(arguments: [
        ("7", false), ("8", true), ("5", true), ("4", false), ("9", false),
    ])
    func limitsAreHeld(text: String, isRight: Bool) throws {
        let parameter = Parameter(
            name: "p", type: .int, description: "", defaultValue: nil, isOptional: false, minimum: .int(5),
            maximum: .int(8), pattern: nil, allowedValues: [.int(4), .int(5), .int(8), .int(9)], secretSource: nil,
            position: SourcePosition(file: "f", line: 1, column: 1))
        #expect((try? parameter.value(parsing: text)) == (isRight ? .int(Int(text) ?? 0) : nil))
    }

    @Test func aPatternHoldsForEachItemAndTheWholeOfIt() throws {
        let parameter = Parameter(
            name: "p", type: .list(.string), description: "", defaultValue: nil, isOptional: false, minimum: nil,
            maximum: nil, pattern: "[a-z]+", allowedValues: [], secretSource: nil,
            position: SourcePosition(file: "f", line: 1, column: 1))
        #expect(try parameter.value(parsing: "a,b") == .list([.string("a"), .string("b")]))
        #expect(throws: ValueError.self) { try parameter.value(parsing: "a,b;reboot") }
        #expect(throws: ValueError.self) { try parameter.value(parsing: "a,b\n") }
    }
}
