/// Runs a program over a text, every possibility at once. States that were met are kept as a deterministic automaton,
/// so that most characters cost one look in a table; the table is bounded, and emptied when it is full.
struct PatternMatcher {
    private static let maximumStates = 512
    /// So many instructions are looked at for one text at most, which takes an optimized build a fraction of a second.
    static let budget = 8_000_000

    /// What stands before or behind a place; behind a cut it is not known.
    private enum Context: UInt8, Hashable { case textStart, newline, word, other, textEnd, cut }

    /// Instructions that are waiting for the next character, and what came before it.
    private struct State: Hashable {
        var instructions: [Int]
        var before: Context
    }

    private static let unknown: Int32 = -1
    private static let accepted: Int32 = -2

    private let program: PatternProgram
    private let isWhole: Bool
    private var states: [State] = []
    private var numbers: [State: Int] = [:]
    /// For each state 128 followers, by ASCII character.
    private var table: [Int32] = []
    private var marks: [Int]
    private var generation = 0
    /// Instructions that were looked at, since the table had no answer.
    private(set) var work = 0
    private let budget: Int

    init(_ program: PatternProgram, isWhole: Bool, budget: Int = Self.budget) {
        self.program = program
        self.isWhole = isWhole
        self.budget = budget
        marks = [Int](repeating: 0, count: program.instructions.count)
    }

    /// Whether it fits; nil where that takes more work than the budget. Where `text` was cut it is unknown if what was cut
    /// off could decide it.
    mutating func matches(_ text: String.UnicodeScalarView, isCut: Bool = false) -> Truth? {
        var current = number(of: State(instructions: [program.start], before: .textStart))
        for scalar in text {
            let value = scalar.value
            let slot = current * 128 + Int(value)
            var next = value < 128 ? table[slot] : Self.unknown
            if next == Self.unknown {
                guard work < budget else { return nil }
                let follower = follower(of: states[current], value)
                if let follower {
                    let isFull = states.count >= Self.maximumStates && numbers[follower] == nil
                    if isFull { forget() }
                    next = Int32(number(of: follower))
                    if value < 128, !isFull { table[slot] = next }
                } else {
                    next = Self.accepted
                    if value < 128 { table[slot] = next }
                }
            }
            if next == Self.accepted { return .yes }
            current = Int(next)
            if states[current].instructions.isEmpty { return .no }
        }
        let last = states[current]
        if closure(of: last, after: isCut ? .cut : .textEnd).isAccepted { return .yes }
        return isCut && canGoOn(from: last) ? .unknown : .no
    }

    /// Whether some text could follow `state` with which the pattern fits.
    private mutating func canGoOn(from state: State) -> Bool {
        var beginnings = [state]
        if !isWhole {
            beginnings += [Context.newline, .word, .other].map { State(instructions: [program.start], before: $0) }
        }
        for beginning in beginnings {
            for after in [Context.newline, .word, .other, .textEnd] {
                let (waiting, isAccepted) = closure(of: beginning, after: after)
                if isAccepted || !waiting.isEmpty { return true }
            }
        }
        return false
    }

    private mutating func number(of state: State) -> Int {
        if let number = numbers[state] { return number }
        let number = states.count
        states.append(state)
        numbers[state] = number
        table.append(contentsOf: repeatElement(Self.unknown, count: 128))
        return number
    }

    private mutating func forget() {
        states.removeAll(keepingCapacity: true)
        numbers.removeAll(keepingCapacity: true)
        table.removeAll(keepingCapacity: true)
    }

    /// The state after `value`; nil where the pattern already fits before it.
    private mutating func follower(of state: State, _ value: UInt32) -> State? {
        let context = Self.context(of: value)
        let (waiting, isAccepted) = closure(of: state, after: context)
        if isAccepted, !isWhole { return nil }
        generation += 1
        var next: [Int] = []
        func add(_ instruction: Int) {
            guard marks[instruction] != generation else { return }
            marks[instruction] = generation
            next.append(instruction)
        }
        work += waiting.count
        for index in waiting {
            if case .take(let set, let follower) = program.instructions[index], set.contains(value) { add(follower) }
        }
        if !isWhole { add(program.start) }
        next.sort()
        return State(instructions: next, before: context)
    }

    /// The instructions that take a character, reached without taking one, between `state` and what follows.
    private mutating func closure(of state: State, after: Context) -> (waiting: [Int], isAccepted: Bool) {
        generation += 1
        var waiting: [Int] = []
        var isAccepted = false
        var stack = state.instructions
        while let index = stack.popLast() {
            work += 1
            guard marks[index] != generation else { continue }
            marks[index] = generation
            switch program.instructions[index] {
            case .take: waiting.append(index)
            case .accept: isAccepted = true
            case .split(let first, let second):
                stack.append(second)
                stack.append(first)
            case .demand(let assertion, let next):
                if Self.holds(assertion, before: state.before, after: after) { stack.append(next) }
            }
        }
        if isWhole, after != .textEnd { isAccepted = false }
        return (waiting, isAccepted)
    }

    private static func context(of value: UInt32) -> Context {
        if value == 0x0A { return .newline }
        return ScalarSet.word.contains(value) ? .word : .other
    }

    private static func holds(_ assertion: PatternAssertion, before: Context, after: Context) -> Bool {
        switch assertion {
        case .textStart: before == .textStart
        case .textEnd: after == .textEnd
        case .lineStart: before == .textStart || before == .newline
        case .lineEnd: after == .textEnd || after == .newline
        case .wordEdge: after != .cut && (before == .word) != (after == .word)
        case .noWordEdge: after != .cut && (before == .word) == (after == .word)
        }
    }
}
