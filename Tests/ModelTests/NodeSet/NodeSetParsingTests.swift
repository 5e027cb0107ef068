import Model
import Testing

@Suite("Reading node sets")
struct NodeSetParsingTests {
    private struct Fault: Sendable, CustomTestStringConvertible {
        var text: String
        var kind: NodeSetError.Kind
        var position: Int
        var sentence: String

        init(_ text: String, _ kind: NodeSetError.Kind, _ position: Int, _ sentence: String) {
            self.text = text
            self.kind = kind
            self.position = position
            self.sentence = sentence
        }

        var testDescription: String { text }
    }

    private static let faults = [
        Fault("", .emptySelector, 0, "The node set is empty."),
        Fault("gpu[32-01]", .badRange, 4, "The range runs backwards: 32 is more than 01."),
        Fault("a, b[3-1]", .badRange, 5, "The range runs backwards: 3 is more than 1."),
        Fault(
            "gpu[1-4,01-100]", .badRange, 8,
            "01 and 100 have not the same number of digits, and one has a zero before it."),
        Fault("gpu[1,x2]", .badRange, 6, "'x2' is no number."),
        Fault("gpu[1,,2]", .badRange, 6, "A number is missing."),
        Fault("gpu[]", .badRange, 4, "A number is missing."),
        Fault("gpu[1-]", .badRange, 6, "A number is missing."),
        Fault("gpu[-3]", .badRange, 4, "'-3' has a dash too many: numbers in names are not negative."),
        Fault("gpu[1-9/0]", .badRange, 8, "'0' is no step."),
        Fault("gpu[1-9/]", .badRange, 8, "'' is no step."),
        Fault("gpu[5/2]", .badRange, 5, "A step needs a range."),
        Fault("gpu[1-9/2]5", .badRange, 10, "Digits cannot follow a bracket with steps."),
        Fault("n1[1-12]", .badRange, 1, "The digits '1' belong to numbers of different lengths."),
        Fault("gpu[01-32", .syntax, 3, "This '[' is not closed."),
        Fault("gpu01]", .syntax, 5, "This bracket stands where none can."),
        Fault("gpu[1[2]]", .syntax, 5, "This bracket stands where none can."),
        Fault("n[1][2]", .syntax, 4, "One bracket follows another at once."),
        Fault("a,,b", .syntax, 1, "Nodes are missing beside ','."),
        Fault("a!", .syntax, 1, "Nodes are missing beside '!'."),
        Fault(" ^a", .syntax, 1, "Nodes are missing beside '^'."),
        Fault("gpu01 gpu02", .badName, 5, "A name cannot hold a blank."),
        Fault("gpu01,-x", .badName, 6, "'-' cannot stand here."),
        Fault("gpu01,gpü02", .badName, 8, "\"ü\" cannot stand here."),
        Fault("a,gpu\u{1B}x", .badName, 5, "\"\\u{1B}\" cannot stand here."),
        Fault("a,@gpu", .noInventory, 2, "'@gpu' stands for nodes of an inventory, and there is none here."),
        Fault("a,gpu*", .noInventory, 2, "'gpu*' stands for nodes of an inventory, and there is none here."),
        Fault("n[1-1000001]", .tooLarge, 2, "This stands for more than 1000000 nodes."),
        Fault("n[1-999999999999999999]", .tooLarge, 4, "A number has more than 17 digits."),
    ]

    @Test("A wrong text is refused with a reason, a mend and the place", arguments: faults)
    private func refuses(fault: Fault) throws {
        let error = try #require(throws: NodeSetError.self) { try NodeSet(parsing: fault.text) }
        #expect(error.kind == fault.kind)
        #expect(error.position == fault.position)
        #expect(error.sentence == fault.sentence)
        #expect(error.mend.hasSuffix(".") || error.mend.hasSuffix("?"))
        #expect(error.text == fault.text)
        #expect(error.code == "nodeset." + fault.kind.rawValue)
    }

    @Test("The excerpt puts a caret under the place and drives no terminal")
    func excerpt() throws {
        let error = try #require(throws: NodeSetError.self) { try NodeSet(parsing: "gpu01,gpu[32-01]") }
        #expect(error.excerpt == "gpu01,gpu[32-01]\n          ^")
        #expect(error.description.contains(error.sentence) && error.description.contains(error.mend))
        let hostile = try #require(throws: NodeSetError.self) { try NodeSet(parsing: "a\u{1B}[2]") }
        #expect(hostile.excerpt == "a·[2]\n ^")
        #expect(!hostile.description.contains("\u{1B}"))
        let long = try #require(throws: NodeSetError.self) {
            try NodeSet(
                parsing: String(repeating: "gpu01,", count: 1_000) + "gpu[" + String(repeating: "1,", count: 1_000))
        }
        let lines = try #require(long.excerpt?.split(separator: "\n"))
        #expect(lines.count == 2)
        #expect(lines[0].count < 120)
        #expect(Array(lines[0])[lines[1].count - 1] == "[")
    }

    private static let inventory = GoldenInventory(sources: [
        "default": ["all": "gpu[01-32],cn[1-8],head01", "gpu": "gpu[01-32]", "none": "head01!head01"],
        "rack": ["r1": "gpu[01-08]", "us-east/1a": "cn1", "host:9100": "cn2"],
    ])

    @Test(
        "Groups, labels and wildcards come from the resolver",
        arguments: [
            ("@gpu", "gpu[01-32]"), ("@rack:r1", "gpu[01-08]"), ("@rack:us-east/1a", "cn1"), ("@rack:host:9100", "cn2"),
            ("@*", "cn[1-8],gpu[01-32],head01"), ("@rack:*", "cn[1-2],gpu[01-08]"), ("gpu?1", "gpu[01,11,21,31]"),
            ("*!@gpu", "cn[1-8],head01"), ("@none,cn1", "cn1"), ("@gpu&cn*", ""), ("c*[7-9]", "cn[7-8]"),
        ])
    func resolves(text: String, folded: String) throws {
        #expect(try NodeSet(parsing: text, resolver: Self.inventory).folded == folded)
    }

    @Test(
        "A selection knows its nodes: no mistyped name passes, not even a subtracted one",
        arguments: [
            ("gpu33", NodeSetError.Kind.unknownNode, 0), ("gpu[30-33]", .unknownNode, 0),
            ("@gpu!gpu1", .unknownNode, 5),
            ("@gpu,dev*", .matchesNothing, 5), ("@gpu!dev*", .matchesNothing, 5), ("@none", .matchesNothing, 0),
            ("gpu01!gpu01", .matchesNothing, 0), ("@gpus", .unknownGroup, 0), ("cn1,@rack:r9", .unknownGroup, 4),
            ("", .emptySelector, 0),
        ])
    func selects(text: String, kind: NodeSetError.Kind, position: Int) throws {
        let error = try #require(throws: NodeSetError.self) { try NodeSet(selecting: text, from: Self.inventory) }
        #expect(error.kind == kind)
        #expect(error.position == position)
        #expect(error.text == text)
    }

    @Test("An unknown node is named, with the one that may have been meant")
    func suggests() throws {
        let one = try #require(throws: NodeSetError.self) { try NodeSet(selecting: "@gpu!gpu7", from: Self.inventory) }
        #expect(one.sentence == "There is no node 'gpu7' in the inventory.")
        #expect(one.mend == "Did you mean 'gpu07'?")
        let many = try #require(throws: NodeSetError.self) {
            try NodeSet(selecting: "gpu[30-35]", from: Self.inventory)
        }
        #expect(many.sentence == "3 nodes are not in the inventory: 'gpu[33-35]'.")
    }

    @Test("A selection of known nodes is the set itself")
    func selectsKnown() throws {
        #expect(try NodeSet(selecting: "@gpu!gpu[02-31],head*", from: Self.inventory).folded == "gpu[01,32],head01")
        #expect(try NodeSet(selecting: "cn[1-8]", from: Self.inventory).count == 8)
    }

    @Test("A resolver that fails says so, at the group")
    func resolverFails() throws {
        struct Broken: NodeSetResolver {
            struct Failure: Error {}
            var allNodes: NodeSet { get throws { throw Failure() } }
            func members(ofGroup name: String, source: String?) throws(NodeSetError) -> NodeSet {
                throw .resolverFailed("the plugin exited with 1")
            }
        }
        for text in ["a,@gpu", "a,@*", "a,gpu*"] {
            let error = try #require(throws: NodeSetError.self) { try NodeSet(parsing: text, resolver: Broken()) }
            #expect(error.kind == .resolverFailed)
            #expect(error.position == 2)
        }
    }

    @Test("A wildcard takes a time that is bounded by the lengths", .timeLimit(.minutes(1)))
    func wildcardTime() throws {
        let inventory = GoldenInventory(sources: ["default": ["all": String(repeating: "a", count: 250)]])
        let mask = String(repeating: "*a", count: 120) + "*b"
        #expect(try NodeSet(parsing: mask, resolver: inventory).isEmpty)
    }

    @Test("Addresses are sets that may hold colons, in an order that matches nodes'")
    func addresses() throws {
        let addresses = try NodeSet(parsingAddresses: "2001:db8::[8-11]")
        #expect(addresses.names == ["2001:db8::8", "2001:db8::9", "2001:db8::10", "2001:db8::11"])
        #expect(addresses.folded == "2001:db8::[8-11]")
        #expect(try NodeSet(parsingAddresses: "192.0.2.[11-26]").element(at: 15) == "192.0.2.26")
        #expect(try NodeSet(parsingAddresses: "::1").names == ["::1"])
        #expect(throws: NodeSetError.self) { try NodeSet(parsing: "2001:db8::1") }
        #expect(throws: NodeSetError.self) { try NodeSet(parsingAddresses: "fe80::1%eth0") }
    }
}
