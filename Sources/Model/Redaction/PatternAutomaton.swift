/// Finds many patterns in one pass over bytes, however they overlap (Aho and Corasick, 1975).
///
/// Almost every state has one child, which it holds itself; only forks go to a dictionary.
struct PatternAutomaton: Sendable {
    static let root: Int32 = 0

    private struct State {
        var byte: UInt8 = 0
        var child: Int32 = -1
        /// The state of the longest proper suffix that is the beginning of a pattern.
        var fallback: Int32 = 0
        var depth: Int32 = 0
        /// The longest pattern that ends here, in bytes.
        var longest: Int32 = 0
    }

    private var states = [State()]
    private var forks: [Int64: Int32] = [:]
    private var fromRoot = [Int32](repeating: 0, count: 256)

    /// Patterns must not be empty.
    init(_ patterns: Set<[UInt8]>) {
        for pattern in patterns { add(pattern) }
        link()
    }

    /// The state after `byte`.
    func next(_ state: Int32, _ byte: UInt8) -> Int32 {
        var state = state
        while state != Self.root {
            if let child = child(state, byte) { return child }
            state = states[Int(state)].fallback
        }
        return fromRoot[Int(byte)]
    }

    /// The longest pattern that ends in this state, in bytes; 0 for none.
    func longestMatch(_ state: Int32) -> Int { Int(states[Int(state)].longest) }

    /// How many of the last bytes could still become a pattern.
    func depth(_ state: Int32) -> Int { Int(states[Int(state)].depth) }

    private func child(_ state: Int32, _ byte: UInt8) -> Int32? {
        let own = states[Int(state)]
        if own.child >= 0, own.byte == byte { return own.child }
        return forks.isEmpty ? nil : forks[Int64(state) << 8 | Int64(byte)]
    }

    private mutating func add(_ pattern: [UInt8]) {
        var state = Self.root
        for byte in pattern {
            if let child = child(state, byte) {
                state = child
                continue
            }
            let new = Int32(states.count)
            states.append(State(depth: states[Int(state)].depth + 1))
            if states[Int(state)].child < 0 {
                states[Int(state)].byte = byte
                states[Int(state)].child = new
            } else {
                forks[Int64(state) << 8 | Int64(byte)] = new
            }
            state = new
        }
        states[Int(state)].longest = Int32(pattern.count)
    }

    /// Breadth first, so that a state's fallback, which is shorter, is complete before the state.
    private mutating func link() {
        var children = [[(UInt8, Int32)]](repeating: [], count: states.count)
        for (index, state) in states.enumerated() where state.child >= 0 {
            children[index].append((state.byte, state.child))
        }
        for (key, child) in forks { children[Int(key >> 8)].append((UInt8(truncatingIfNeeded: key), child)) }
        var level = children[0].map(\.1)
        for (byte, child) in children[0] { fromRoot[Int(byte)] = child }
        while !level.isEmpty {
            var following: [Int32] = []
            for state in level {
                let fallback = states[Int(state)].fallback
                states[Int(state)].longest = max(states[Int(state)].longest, states[Int(fallback)].longest)
                for (byte, child) in children[Int(state)] {
                    states[Int(child)].fallback = next(fallback, byte)
                    following.append(child)
                }
            }
            level = following
        }
    }
}
