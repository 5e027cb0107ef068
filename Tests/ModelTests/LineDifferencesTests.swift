import Testing

@testable import Model

/// Two texts' differences lead from one to the other, are as few as can be, and show what is around them.
@Suite struct LineDifferencesTests {
    private typealias Differences = LineDifferences<Int>

    private static func texts(_ seed: Int) -> (old: [Int], new: [Int]) {
        var generator = SeededGenerator(seed: UInt64(seed))
        func text(_ most: Int) -> [Int] {
            (0..<Int.random(in: 0...most, using: &generator)).map { _ in Int.random(in: 0...4, using: &generator) }
        }
        let old = text(40)
        // A changed copy, or a text of its own.
        guard seed % 3 > 0 else { return (old, text(40)) }
        let new = old.flatMap { line -> [Int] in
            switch Int.random(in: 0...9, using: &generator) {
            case 0: []
            case 1: [line, 9]
            case 2: [7]
            default: [line]
            }
        }
        return (old, new)
    }

    /// Lines that stay at most, found in another way: a table of all beginnings.
    private static func mostKept(_ old: [Int], _ new: [Int]) -> Int {
        var row = [Int](repeating: 0, count: new.count + 1)
        for line in old {
            var next = row
            for (index, other) in new.enumerated() {
                next[index + 1] = line == other ? row[index] + 1 : max(row[index + 1], next[index])
            }
            row = next
        }
        return row[new.count]
    }

    @Test func theyLeadFromTheOldTextToTheNewOneAndAreAsFewAsCanBe() {
        for seed in 0..<600 {
            let (old, new) = Self.texts(seed)
            var made: [Int] = []
            var (at, changes) = (0, 0)
            for hunk in Differences(from: old, to: new, context: seed % 4).hunks {
                made += old[at..<hunk.old.lowerBound]
                #expect(made.count == hunk.new.lowerBound, "\(seed)")
                at = hunk.old.lowerBound
                for edit in hunk.edits {
                    switch edit {
                    case .kept(let line), .removed(let line):
                        #expect(old[at] == line, "\(seed)")
                        at += 1
                    case .added: break
                    }
                    switch edit {
                    case .kept(let line), .added(let line): made.append(line)
                    case .removed: break
                    }
                    changes += edit.isChange ? 1 : 0
                }
                #expect(at == hunk.old.upperBound && made.count == hunk.new.upperBound, "\(seed)")
            }
            #expect(made + old[at...] == new, "\(seed)")
            #expect(changes == old.count + new.count - 2 * Self.mostKept(old, new), "\(seed)")
        }
    }

    @Test func changesThatAreNearEachOtherAreToldTogether() {
        let old = Array(1...40)
        var new = old
        new[9] = 0
        new.insert(-1, at: 16)
        new.remove(at: 36)
        let hunks = Differences(from: old, to: new).hunks
        #expect(hunks.map(\.old) == [6..<19, 32..<39])
        #expect(hunks.map(\.new) == [6..<20, 33..<39])
        #expect(Array(hunks[0].edits[3...4]) == [.removed(10), .added(0)])
        #expect(hunks[1].edits.filter(\.isChange) == [.removed(36)])
    }

    @Test func theSameTextHasNone() {
        #expect(Differences(from: [], to: []).hunks.isEmpty)
        #expect(Differences(from: [1, 2, 3], to: [1, 2, 3]).hunks.isEmpty)
    }

    @Test func whereMoreWouldChangeTheWholeMiddleDoes() {
        let old = [1] + Array(100..<140) + [2, 3]
        let new = [1] + Array(100..<140).reversed() + [2, 3]
        let hunk = Differences(from: old, to: new, context: 1, mostChanges: 20).hunks
        #expect(hunk.count == 1)
        #expect(hunk.first?.edits.count == 82)
        #expect(hunk.first?.edits.first == .kept(1) && hunk.first?.edits.last == .kept(2))
    }
}
