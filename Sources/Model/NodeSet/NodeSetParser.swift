/// Reads a text operand by operand, from left to right, and works the set out on the way.
struct NodeSetParser {
    /// How many names the operands and the sets between them may have in all. It bounds the time that a hostile text
    /// can take.
    private static let budget = 10 * NodeSet.maximumCount

    private let text: SelectorText
    private let resolver: (any NodeSetResolver)?
    private let alphabet: NodeAlphabet
    private let mustKnowNodes: Bool

    private var known: NodeSet?
    private var knownNames: [String]?
    private var spent = 0

    private var result = NodeSet()
    /// Operands not yet brought into the result; several with the same operator are gathered, which is much faster.
    private var pending = NodeSetBuilder()
    private var pendingOperation = SetOperation.union

    init(
        text: String,
        resolver: (any NodeSetResolver)?,
        alphabet: NodeAlphabet = .nodes,
        mustKnowNodes: Bool = false
    ) {
        self.text = SelectorText(text)
        self.resolver = resolver
        self.alphabet = alphabet
        self.mustKnowNodes = mustKnowNodes
    }

    mutating func parse() throws(NodeSetError) -> NodeSet {
        guard let start = text.bytes.firstIndex(where: { !$0.isBlank }) else {
            throw text.error(.emptySelector, at: 0)
        }
        var sign = start
        var operand = try text.operand(from: start)
        while true {
            if operand.isEmpty {
                let beside = text.bytes[min(sign, text.bytes.count - 1)]
                throw text.error(.missingOperand(beside: Character(UnicodeScalar(beside))), at: sign)
            }
            try add(operand)
            sign = operand.end
            guard sign < text.bytes.count else { break }
            try begin(text.bytes[sign])
            operand = try text.operand(from: sign + 1)
        }
        try settle()
        return result
    }

    /// Takes the operator of the next operand.
    private mutating func begin(_ sign: UInt8) throws(NodeSetError) {
        let operation = SelectorText.operation(sign) ?? .union
        let isGathered = operation == .union || operation == .subtraction
        if operation != pendingOperation || !isGathered { try settle() }
        pendingOperation = operation
    }

    /// Brings the pending operands into the result.
    private mutating func settle() throws(NodeSetError) {
        try spend(result.count + pending.weight, at: 0)
        result = result.combined(with: pending.build(), by: pendingOperation)
        pending = NodeSetBuilder()
        if result.count > NodeSet.maximumCount { throw text.error(.tooManyNodes, at: 0) }
    }

    private mutating func spend(_ names: Int, at place: Int) throws(NodeSetError) {
        spent += names
        if spent > Self.budget { throw text.error(.tooMuchWork, at: place) }
    }

    private mutating func add(_ operand: SelectorText.Operand) throws(NodeSetError) {
        if text.bytes[operand.start] == UInt8(ascii: "@") {
            try addGroups(operand)
        } else if text.hasWildcard(operand) {
            try addMatches(operand)
        } else {
            try addNodes(operand)
        }
        if pending.weight > 2 * NodeSet.maximumCount { try settle() }
    }

    private mutating func addNodes(_ operand: SelectorText.Operand) throws(NodeSetError) {
        let (pattern, axes) = try text.names(operand, in: alphabet)
        if mustKnowNodes { try check(pattern, axes, at: operand.start) }
        if operand.brackets.isEmpty {
            pending.add(pattern, codes: axes.compactMap { $0.first?.code })
        } else {
            pending.add(pattern, box: IndexBox(axes: axes))
        }
    }

    /// Refuses nodes that the inventory does not have.
    private mutating func check(_ pattern: NodePattern, _ axes: [IndexRuns], at place: Int) throws(NodeSetError) {
        let known = try allNodes(at: place)
        var grid = IndexGrid(folded: [IndexBox(axes: axes)])
        if let there = known.grid(of: pattern) { grid = grid.combined(with: there, by: .subtraction) }
        if grid.isEmpty { return }
        let unknown = NodeSet(entries: [.init(pattern: pattern, grid: grid)])
        let near = unknown.count == 1 ? Spelling.nearest(to: unknown.folded, among: known) : nil
        throw text.error(.unknownNodes(unknown, near: near), at: place)
    }

    private mutating func addGroups(_ operand: SelectorText.Operand) throws(NodeSetError) {
        guard let resolver else {
            throw text.error(.noInventory(for: text.string(operand.range)), at: operand.start)
        }
        let written = text.string(operand.range).dropFirst()
        if written == "*" {
            pending.add(try allNodes(at: operand.start))
            return
        }
        for group in try groupNames(operand, written) {
            let parts = group.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            guard let name = parts.last, !name.isEmpty else { throw text.error(.badName(nil), at: operand.end) }
            do {
                let source = parts.count > 1 ? String(parts[0]) : nil
                let members = try resolver.members(ofGroup: String(name), source: source)
                try spend(members.count + 1, at: operand.start)
                pending.add(members)
            } catch {
                throw text.error(error, at: operand.start)
            }
        }
    }

    /// The names of groups, without `@`: `@rack:*` as it stands, others with their numbers written out.
    private func groupNames(_ operand: SelectorText.Operand, _ written: Substring) throws(NodeSetError) -> [String] {
        if written.hasSuffix(":*"), NodeAlphabet.groups.isName(written.dropLast(2).utf8) { return [String(written)] }
        let (pattern, axes) = try text.names(operand.dropFirst(), in: .groups)
        return NodeSet(entries: [.init(pattern: pattern, grid: IndexGrid(folded: [IndexBox(axes: axes)]))]).names
    }

    private mutating func addMatches(_ operand: SelectorText.Operand) throws(NodeSetError) {
        let (pattern, axes) = try text.names(operand, in: .wildcards)
        guard resolver != nil else {
            throw text.error(.noInventory(for: text.string(operand.range)), at: operand.start)
        }
        if knownNames == nil { knownNames = try allNodes(at: operand.start).names }
        let candidates = knownNames ?? []
        let masks = NodeSet(entries: [.init(pattern: pattern, grid: IndexGrid(folded: [IndexBox(axes: axes)]))])
        var isMatched = false
        for mask in masks {
            try spend(candidates.count, at: operand.start)
            let wildcard = Wildcard(mask)
            for name in candidates where wildcard.matches(name) {
                pending.add(name: name)
                isMatched = true
            }
        }
        if mustKnowNodes && !isMatched {
            throw text.error(.matchesNothing(text.string(operand.range)), at: operand.start)
        }
    }

    private mutating func allNodes(at place: Int) throws(NodeSetError) -> NodeSet {
        if let known { return known }
        do {
            let nodes = try resolver?.allNodes ?? NodeSet()
            known = nodes
            return nodes
        } catch let error as NodeSetError {
            throw text.error(error, at: place)
        } catch {
            throw text.error(.resolverFailed("\(error)"), at: place)
        }
    }
}
