import Foundation
import Model
import Testing

@Suite("Node sets of names")
struct NodeSetNamesTests {
    @Test(
        "Names from outside are checked",
        arguments: [
            ("", 0), ("a b", 1), ("gpu01,gpu02", 5), ("gpu[1-2]", 3), ("-oProxyCommand=x", 0), ("..", 0), ("a/../b", 1),
            ("a\n", 1), ("n\u{0660}", 1),
        ])
    func validates(name: String, position: Int) throws {
        let error = try #require(throws: NodeSetError.self) { try NodeSet(validating: ["gpu01", name]) }
        #expect(error.kind == .badName)
        #expect(error.text == name)
        #expect(error.position == position)
    }

    @Test("Names of up to 255 characters are names")
    func length() throws {
        let longest = String(repeating: "n", count: 255)
        #expect(try NodeSet(validating: [longest]).names == [longest])
        #expect(try NodeSet(parsing: longest).names == [longest])
        let error = try #require(throws: NodeSetError.self) { try NodeSet(validating: [longest + "n"]) }
        #expect(error.kind == .tooLarge)
    }

    @Test(
        "A string that is no name stays one node and is never taken for others",
        arguments: [
            "gpu01,head01", "gpu[1-9]", "@gpu", "a\"b", "", "n%1", "gpu*",
        ])
    func foreign(name: String) throws {
        let set = NodeSet(names: ["gpu01", name])
        #expect(Set(set) == ["gpu01", name])
        #expect(set.contains(name))
        #expect(set.position(of: name) == set.names.firstIndex(of: name))
        #expect(set.folded.contains(name.debugDescription))
        #expect(throws: NodeSetError.self) { try NodeSet(parsing: set.folded) }
        let encoded = try JSONEncoder().encode(set)
        #expect(throws: DecodingError.self) { try JSONDecoder().decode(NodeSet.self, from: encoded) }
    }

    @Test(
        "Sets are encoded as their folded text", arguments: ["", "gpu[01-32]", "rack[1-4]n[01-08],x[1,3]y[1,3],x2y2"])
    func codable(text: String) throws {
        let set = try text.isEmpty ? NodeSet() : NodeSet(parsing: text)
        let encoded = try JSONEncoder().encode([set])
        #expect(String(decoding: encoded, as: UTF8.self) == "[\"\(set.folded)\"]")
        #expect(try JSONDecoder().decode([NodeSet].self, from: encoded) == [set])
    }

    @Test("A text that is no set is not decoded", arguments: ["gpu[", "@gpu", "gpu*", " ", "n[1-2000000]"])
    func undecodable(text: String) throws {
        let encoded = try JSONEncoder().encode([text])
        #expect(throws: DecodingError.self) { try JSONDecoder().decode([NodeSet].self, from: encoded) }
    }

    @Test("Zeros count, and long runs of digits are text")
    func digits() throws {
        #expect(try NodeSet(parsing: "gpu[1-3]").isDisjoint(with: NodeSet(parsing: "gpu[01-03]")))
        let serials = ["s1234567890123456781", "s1234567890123456782"]
        #expect(NodeSet(names: serials).names == serials)
        #expect(NodeSet(names: serials).folded == serials.joined(separator: ","))
        #expect(
            NodeSet(names: ["s12345678901234567", "s12345678901234568"]).folded
                == "s[12345678901234567-12345678901234568]")
        #expect(try NodeSet(parsing: "s[99999999999999998-99999999999999999]").count == 2)
    }

    @Test("Membership is by the exact name")
    func membership() throws {
        let set = try NodeSet(parsing: "head,gpu[08-12],x[1-2]y[1-2]!x2y2")
        for name in ["head", "gpu08", "gpu12", "x1y2", "x2y1"] { #expect(set.contains(name)) }
        for name in ["hea", "head1", "gpu8", "gpu008", "gpu13", "gpu", "x2y2", "x1", "x01y1", ""] {
            #expect(!set.contains(name))
        }
        #expect(set.first == "gpu08")
        #expect(NodeSet().first == nil)
    }

    @Test("Filtering keeps the names that pass")
    func filtering() throws {
        let set = try NodeSet(parsing: "gpu[01-10],x[1-3]y[1-3]")
        #expect(set.filter { $0.hasSuffix("1") }.folded == "gpu01,x[1-3]y1")
    }
}
