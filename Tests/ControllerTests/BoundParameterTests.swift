import Model
import Testing

@Suite struct BoundParameterTests {
    @Test func whatDiffersIsKeptByNodeAndTheRestOnce() {
        let bound = BoundParameters([
            "a": ["version": .string("1"), "drain": .bool(true)], "b": ["version": .string("2"), "drain": .bool(true)],
        ])
        #expect(bound.common == ["drain": .bool(true)])
        #expect(bound.values(on: "a") == ["version": .string("1"), "drain": .bool(true)])
        #expect(bound.values(on: "b") == ["version": .string("2"), "drain": .bool(true)])
    }

    @Test func aSecretIsKeptByItsReference() throws {
        let bound = BoundParameters(["a": ["token": .secret(reference: "env:TOKEN")]])
        #expect(bound.values(on: "a") == ["token": .secret(reference: "env:TOKEN")])
        #expect(BoundParameters([:]).values(on: "a").isEmpty)
    }
}
