/// A pattern as a nondeterministic automaton (Thompson's construction).
struct PatternProgram: Sendable {
    /// More instructions are refused: they bound the work for each character of a text.
    static let maximumCount = 2000

    enum Instruction: Sendable {
        case take(ScalarSet, next: Int)
        case split(Int, Int)
        case demand(PatternAssertion, next: Int)
        case accept
    }

    private(set) var instructions: [Instruction] = []
    private(set) var start = 0
    private let flags: PatternFlags
    /// How often a part was compiled: repeats of nothing add no instructions, and yet take time.
    private var compiled = 0

    init(_ node: PatternNode, flags: PatternFlags) throws(ExpressionError) {
        self.flags = flags
        let accept = try add(.accept)
        start = try compile(node, next: accept)
    }

    private mutating func add(_ instruction: Instruction) throws(ExpressionError) -> Int {
        guard instructions.count < Self.maximumCount else { throw Self.tooLarge }
        instructions.append(instruction)
        return instructions.count - 1
    }

    private static let tooLarge = ExpressionError(
        .pattern, "the pattern is too large", hint: "use smaller counts in its repeats")

    /// Backwards: each part is compiled with what follows it, so a sequence needs no patching.
    private mutating func compile(_ node: PatternNode, next: Int) throws(ExpressionError) -> Int {
        compiled += 1
        guard compiled < Self.maximumCount * 10 else { throw Self.tooLarge }
        switch node {
        case .set(let set): return try add(.take(flags.ignoresCase ? set.foldingCase : set, next: next))
        case .any:
            return try add(.take(flags.dotMatchesNewline ? .everything : ScalarSet.newline.inverted, next: next))
        case .assertion(let assertion): return try add(.demand(assertion, next: next))
        case .sequence(let items):
            var next = next
            for item in items.reversed() { next = try compile(item, next: next) }
            return next
        case .alternatives(let branches):
            var entry = try compile(branches[branches.count - 1], next: next)
            for branch in branches.dropLast().reversed() {
                entry = try add(.split(try compile(branch, next: next), entry))
            }
            return entry
        case .repeated(let inner, let minimum, let maximum):
            return try compile(repeated: inner, minimum: minimum, maximum: maximum, next: next)
        }
    }

    private mutating func compile(
        repeated inner: PatternNode, minimum: Int, maximum: Int?, next: Int
    ) throws(ExpressionError) -> Int {
        var entry = next
        if let maximum {
            for _ in minimum..<maximum { entry = try add(.split(try compile(inner, next: entry), next)) }
        } else {
            let loop = try add(.split(next, next))
            instructions[loop] = .split(try compile(inner, next: loop), next)
            entry = loop
        }
        for _ in 0..<minimum { entry = try compile(inner, next: entry) }
        return entry
    }
}
