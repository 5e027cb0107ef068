import Model

/// Holds an audit chain against what stands at one place. Pure: it is given lines and hashes.
struct AnchorCheck: Sendable {
    /// The lines that hold since the last acceptance, which is the first of them where there is one.
    let valid: [Checkpoint]
    /// Lines that are no checkpoints: cut off, or somebody else's.
    let strangers: Int

    init(lines: [String]) {
        let found = lines.map { Checkpoint(line: $0) }
        let known = found.compactMap { $0 }
        valid = known.lastIndex { $0.type == .acceptance }.map { Array(known[$0...]) } ?? known
        strangers = found.count - known.count
    }

    /// The line that counts.
    var newest: Checkpoint? { valid.last }

    /// The acceptance since which they hold.
    var acceptance: Checkpoint? { valid.first.flatMap { $0.type == .acceptance ? $0 : nil } }
}
