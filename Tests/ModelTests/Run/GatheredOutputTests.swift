import Testing

@testable import Model

/// The same output of many nodes is shown once.
@Suite struct GatheredOutputTests {
    private let names = (1...2048).map { "n\($0)" }

    @Test func theSameBytesAreOneGroupUnderTheirNodeSet() {
        var output = GatheredOutput<[UInt8]>()
        for name in names { output.add(Array("same\n".utf8), from: name) }
        #expect(output.groups == [.init(nodes: NodeSet(names: names), content: Array("same\n".utf8))])
        #expect(output.groups.first?.nodes.folded == "n[1-2048]")
    }

    @Test func theLargestGroupComesFirstThenWhatCameFirst() {
        var output = GatheredOutput<[UInt8]>()
        let texts = ["n1": "a", "n2": "b", "n3": "c", "n4": "b", "n5": "c ", "n6": ""]
        for name in texts.keys.sorted() { output.add(Array(texts[name, default: ""].utf8), from: name) }
        #expect(output.groups.map(\.nodes.folded) == ["n[2,4]", "n1", "n3", "n5", "n6"])
        #expect(output.groups.map { String(decoding: $0.content, as: UTF8.self) } == ["b", "a", "c", "c ", ""])
    }

    @Test func everyNodeIsInOneGroup() {
        var output = GatheredOutput<[UInt8]>()
        for (index, name) in names.enumerated() { output.add([UInt8(index % 7)], from: name) }
        #expect(output.groups.count == 7)
        #expect(output.groups.reduce(0) { $0 + $1.nodes.count } == names.count)
        #expect(NodeSet(names: output.groups.flatMap(\.nodes.names)) == NodeSet(names: names))
    }
}
