import Model
import Testing

/// Compares with what the real ClusterShell 1.10.1 printed; `clustershell-golden.py` wrote it down.
@Suite("Node sets are ClusterShell's")
struct GoldenTests {
    @Test(
        "Sets fold, expand and split as ClusterShell's do, and are refused where its are", arguments: GoldenCase.files)
    func agrees(path: String) throws {
        let cases = try GoldenCase.read(path)
        #expect(!cases.isEmpty)
        for (golden, inventory) in cases {
            if golden.error == true {
                #expect(throws: NodeSetError.self, "\(golden)") { try golden.set(inventory) }
                continue
            }
            let set = try #require(try? golden.set(inventory), "refused: \(golden)")
            if let parts = golden.parts {
                #expect(set.split(into: golden.into ?? 1).map(\.folded) == parts, "\(golden)")
                continue
            }
            let names = set.names
            #expect(set.folded == golden.folded, "\(golden)")
            #expect(set.count == golden.count, "\(golden)")
            #expect(names.count == golden.count, "\(golden)")
            if let order = golden.order {
                #expect(fnv1a(names) == order, "\(golden)")
            } else {
                #expect(names == golden.names, "\(golden)")
            }
            // Folding does not depend on how the set came about, and loses nothing.
            #expect(NodeSet(names: names.reversed()) == set, "\(golden)")
            if !set.isEmpty { #expect(try NodeSet(parsing: set.folded) == set, "\(golden)") }
        }
    }

    @Test("There is a golden file of each kind")
    func complete() {
        let names = GoldenCase.files.compactMap { $0.split(separator: "/").last }
        for kind in ["errors", "glued", "grids", "groups", "lines", "mixed", "names-only", "splits", "table"] {
            #expect(names.contains("\(kind).jsonl"))
        }
    }

    /// What ClusterShell takes and NodeSet refuses, all of it; with the reason given. See `init(parsing:resolver:)`.
    private static let deviations: [String: NodeSetError.Kind] = [
        "": .emptySelector,
        " ": .emptySelector,
        // Names that could come to mean something else in a command, a file or a pattern.
        "a b": .badName,
        "n[1-2] m[1]": .badName,
        "-n1": .badName,
        "_n1": .badName,
        ".n1": .badName,
        "n%1": .badName,
        "n;reboot": .badName,
        "n$(id)": .badName,
        "né": .badName,
        String(repeating: "n", count: 256): .tooLarge,
        // Groups and wildcards without an inventory, which ClusterShell takes for names.
        "@gpu": .noInventory,
        "gpu*": .noInventory,
        "gpu?1": .noInventory,
        // The names of groups as nodes.
        "@@rack": .badName,
        // Negative numbers, and what Python alone reads as a number.
        "n[-5]": .badRange,
        "n[-5--1]": .badRange,
        "n[1-2-3]": .badRange,
        "n[+1]": .badRange,
        "n[1_0]": .badRange,
        "n[1-9/+2]": .badRange,
        "n[123456789012345678]": .tooLarge,
        "n12345678901234567[1-2]": .tooLarge,
        // Digits before numbers of different lengths, of which ClusterShell makes n[11-112] and the like.
        "n1[1-12]": .badRange,
        "n1[9,10]": .badRange,
        "n9[98-100]": .badRange,
        "n[1-1000001]": .tooLarge,
        "a[1-1000]b[1-1001]": .tooLarge,
    ]

    @Test("What ClusterShell takes and we refuse is known and complete")
    func deviates() throws {
        let cases = try GoldenCase.read(GoldenCase.folder + "/deviations.jsonl")
        #expect(Set(cases.map(\.case.description)) == Set(Self.deviations.keys))
        for (golden, inventory) in cases {
            #expect(golden.folded != nil, "ClusterShell refuses it, too: \(golden)")
            let error = #expect(throws: NodeSetError.self, "\(golden)") { try golden.set(inventory) }
            #expect(error?.kind == Self.deviations[golden.description], "\(golden)")
        }
    }

    @Test("A huge range with a huge step is taken, though ClusterShell refuses it")
    func hugeStep() throws {
        #expect(try NodeSet(parsing: "n[0-2000000000/1000000000]").names == ["n0", "n1000000000", "n2000000000"])
        #expect(try NodeSet(parsing: "n[1-9/99999999999999999999999]").names == ["n1"])
    }

    /// The 64-bit FNV-1a hash of the names, each followed by a newline, in 16 hexadecimal digits.
    private func fnv1a(_ names: [String]) -> String {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for name in names {
            for byte in name.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
            hash = (hash ^ 10) &* 0x100_0000_01B3
        }
        let digits = String(hash, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }
}
