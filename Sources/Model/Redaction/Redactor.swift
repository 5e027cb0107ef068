/// Hides secrets in bytes that are about to be kept or shown.
///
/// Every secret is looked for as it is, line by line where it has several, and in the forms in which programs commonly
/// print it (see `SecretForms`). What is found becomes asterisks, one for each byte, so that byte offsets stay true.
/// Secrets shorter than four bytes are not looked for: they would be found everywhere.
package struct Redactor: Sendable {
    /// The fewest bytes that are looked for.
    package static let shortest = 4

    let automaton: PatternAutomaton

    /// A redactor for `secrets`; nil when there is nothing to look for.
    package init?(_ secrets: [SecretBytes]) {
        let patterns = secrets.reduce(into: Set<[UInt8]>()) { $0.formUnion(SecretForms.all(of: $1.exposed)) }
        guard !patterns.isEmpty else { return nil }
        automaton = PatternAutomaton(patterns)
    }

    /// `bytes` with every secret hidden.
    package func redact(_ bytes: [UInt8]) -> [UInt8] {
        var stream = Stream(self)
        var clean: [UInt8] = []
        clean.reserveCapacity(bytes.count)
        stream.feed(bytes, into: &clean)
        stream.end(into: &clean)
        return clean
    }

    /// `text` with every secret hidden.
    package func redact(_ text: String) -> String {
        let bytes = Array(text.utf8)
        return finds(bytes) ? String(decoding: redact(bytes), as: UTF8.self) : text
    }

    /// Whether `bytes` hold a secret.
    package func finds(_ bytes: [UInt8]) -> Bool {
        var state = PatternAutomaton.root
        for byte in bytes {
            state = automaton.next(state, byte)
            if automaton.longestMatch(state) > 0 { return true }
        }
        return false
    }

    /// Hides secrets in bytes that come in pieces, wherever the pieces end.
    package struct Stream: Sendable {
        private let automaton: PatternAutomaton
        private var state = PatternAutomaton.root
        /// The end of what came, as far as it could be the beginning of a secret.
        private var held: [UInt8] = []

        package init(_ redactor: Redactor) { automaton = redactor.automaton }

        /// Takes `bytes` and appends what is known to be clean to `clean`. The rest follows with the next piece.
        package mutating func feed(_ bytes: some Sequence<UInt8>, into clean: inout [UInt8]) {
            for byte in bytes {
                state = automaton.next(state, byte)
                held.append(byte)
                let found = automaton.longestMatch(state)
                if found > 0 {
                    for index in held.count - found..<held.count { held[index] = UInt8(ascii: "*") }
                }
            }
            let known = held.count - automaton.depth(state)
            clean.append(contentsOf: held[..<known])
            held.removeFirst(known)
        }

        /// Nothing follows: appends what was held back.
        package mutating func end(into clean: inout [UInt8]) {
            clean.append(contentsOf: held)
            held = []
            state = PatternAutomaton.root
        }
    }
}
