/// Where two texts differ, line by line, with some of what is around it, as `diff -u` tells it.
///
/// The changes are as few as can be (E. W. Myers, "An O(ND) Difference Algorithm and Its Variations", 1986). Texts of
/// which more than `mostChanges` lines would change differ in all of their middle: what a node prints must not cost
/// time that grows with its square.
package struct LineDifferences<Line: Equatable & Sendable>: Sendable {
    /// What becomes of a line on the way from the old text to the new one.
    package enum Edit: Sendable, Equatable {
        case kept(Line)
        case removed(Line)
        case added(Line)

        var isChange: Bool { if case .kept = self { false } else { true } }

        var isAddition: Bool { if case .added = self { true } else { false } }
    }

    /// Changes that are near each other.
    package struct Hunk: Sendable, Equatable {
        /// The lines of each text, counted from 0.
        package var old: Range<Int>
        package var new: Range<Int>
        package var edits: [Edit]
    }

    /// In the order of the texts; none where they are the same.
    package let hunks: [Hunk]

    /// Finds the changes from `old` to `new`, each with `context` lines around it.
    package init(from old: [Line], to new: [Line], context: Int = 3, mostChanges: Int = 1000) {
        let head = zip(old, new).prefix { $0 == $1 }.count
        let tail = zip(old[head...].reversed(), new[head...].reversed()).prefix { $0 == $1 }.count
        let removed = Array(old[head..<old.count - tail])
        let added = Array(new[head..<new.count - tail])
        let middle =
            Self.fewest(from: removed, to: added, mostChanges) ?? removed.map(Edit.removed) + added.map(Edit.added)
        let edits = old.prefix(head).map(Edit.kept) + Self.removedFirst(middle) + old.suffix(tail).map(Edit.kept)
        hunks = Self.hunks(edits, context)
    }

    /// The shortest way, or nil where it has more than `most` changes.
    private static func fewest(from old: [Line], to new: [Line], _ most: Int) -> [Edit]? {
        // By changes, how far into the old text each diagonal leads; the diagonals go from -changes to changes.
        var reached: [[Int]] = []
        for changes in 0...min(most, old.count + new.count) {
            var row = [Int](repeating: 0, count: 2 * changes + 1)
            for diagonal in stride(from: -changes, through: changes, by: 2) {
                var at = start(on: diagonal, changes, reached)
                while at < old.count, at - diagonal < new.count, old[at] == new[at - diagonal] { at += 1 }
                row[diagonal + changes] = at
                if at == old.count, at - diagonal == new.count {
                    return way(from: old, to: new, changes, reached)
                }
            }
            reached.append(row)
        }
        return nil
    }

    /// Whether the last of so many changes that end on `diagonal` is an added line.
    private static func comesByAddition(_ diagonal: Int, _ changes: Int, _ reached: [[Int]]) -> Bool {
        guard diagonal != -changes else { return true }
        guard diagonal != changes else { return false }
        let before = reached[changes - 1]
        return before[diagonal + changes - 2] < before[diagonal + changes]
    }

    /// Where, after the last of so many changes, the old text goes on.
    private static func start(on diagonal: Int, _ changes: Int, _ reached: [[Int]]) -> Int {
        guard changes > 0 else { return 0 }
        let before = reached[changes - 1]
        return comesByAddition(diagonal, changes, reached)
            ? before[diagonal + changes] : before[diagonal + changes - 2] + 1
    }

    /// The edits, found from the end.
    private static func way(from old: [Line], to new: [Line], _ changes: Int, _ reached: [[Int]]) -> [Edit] {
        var edits: [Edit] = []
        var (x, y) = (old.count, new.count)
        for changes in stride(from: changes, through: 0, by: -1) {
            let diagonal = x - y
            let start = start(on: diagonal, changes, reached)
            while x > start {
                edits.append(.kept(old[x - 1]))
                (x, y) = (x - 1, y - 1)
            }
            guard changes > 0 else { break }
            if comesByAddition(diagonal, changes, reached) {
                edits.append(.added(new[y - 1]))
                y -= 1
            } else {
                edits.append(.removed(old[x - 1]))
                x -= 1
            }
        }
        return edits.reversed()
    }

    private static func hunks(_ edits: [Edit], _ context: Int) -> [Hunk] {
        var hunks: [Hunk] = []
        var (old, new, last) = (0, 0, 0)
        for (index, edit) in edits.enumerated() {
            if edit.isChange {
                if let open = hunks.indices.last, index - last <= 2 * context + 1 {
                    hunks[open].edits += edits[(last + 1)...index]
                } else {
                    if let open = hunks.indices.last { hunks[open].edits += edits[(last + 1)...].prefix(context) }
                    let before = edits[..<index].suffix(context)
                    let (oldStart, newStart) = (old - before.count, new - before.count)
                    hunks.append(
                        Hunk(old: oldStart..<oldStart, new: newStart..<newStart, edits: Array(before) + [edit]))
                }
                last = index
            }
            if case .added = edit {} else { old += 1 }
            if case .removed = edit {} else { new += 1 }
        }
        if let open = hunks.indices.last { hunks[open].edits += edits[(last + 1)...].prefix(context) }
        return hunks.map(withRanges)
    }

    private static func withRanges(_ hunk: Hunk) -> Hunk {
        var hunk = hunk
        let added = hunk.edits.count { $0.isAddition }
        let removed = hunk.edits.count { $0.isChange && !$0.isAddition }
        hunk.old = hunk.old.lowerBound..<hunk.old.lowerBound + hunk.edits.count - added
        hunk.new = hunk.new.lowerBound..<hunk.new.lowerBound + hunk.edits.count - removed
        return hunk
    }

    /// In each run of changes what is removed ahead of what is added.
    private static func removedFirst(_ edits: [Edit]) -> [Edit] {
        var (ordered, added) = ([Edit](), [Edit]())
        for edit in edits {
            if edit.isAddition {
                added.append(edit)
            } else {
                if !edit.isChange {
                    ordered += added
                    added = []
                }
                ordered.append(edit)
            }
        }
        return ordered + added
    }
}
