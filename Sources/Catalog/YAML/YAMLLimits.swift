/// What a file may ask for, so that none can exhaust memory or the stack.
struct YAMLLimits: Sendable {
    var fileBytes = 8 << 20
    var scalarBytes = 1 << 20
    var depth = 64
    /// All nodes of the file, aliases counted once.
    var nodes = 1_000_000
    var aliases = 1000
    /// Nodes that aliases stand for, all together.
    var expandedNodes = 20_000
}
