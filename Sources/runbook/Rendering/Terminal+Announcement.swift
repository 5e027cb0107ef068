import Model

extension Terminal {
    /// Says which nodes a command is about, before it touches any, and what has to be known first.
    func announce(_ nodes: NodeSet, warnings: [String]) {
        note("\(nodes.folded) (\(nodes.count.nodes()))")
        for warning in warnings { note("warning: \(SafeText(warning).singleLine)") }
    }
}
