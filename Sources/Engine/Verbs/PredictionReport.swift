import Model

/// What a step's `predict` said of a node.
///
/// A typed verb's script prints, a line each, `before TEXT`, `after TEXT`, `before-digest SHA256`,
/// `after-digest SHA256`, `undo GRADE TEXT`, `reason TEXT`, and after a line `diff` the difference.
package struct PredictionReport: Sendable, Hashable {
    /// `change`, `noChange` or `unknown`.
    package var kind: Prediction.Kind
    /// Why it is unknown.
    package var reason: String
    package var grade: UndoGrade
    /// How it would be undone on this very node, where that differs from the step's own words.
    package var undo: String?
    package var before: String?
    package var after: String?
    package var beforeDigest: String?
    package var afterDigest: String?
    package var diff: String?

    /// Reads what `predict` of `program` printed. Bytes that are not UTF-8 are replaced.
    package init(of program: StepProgram, standardOutput: [UInt8], outcome: InvocationOutcome) {
        self.init(grade: program.grade)
        if program.predictsInLines { read(String(decoding: standardOutput, as: UTF8.self)) }
        switch outcome {
        case .exited(0): kind = .noChange
        case .exited(1...125): kind = .change
        case .exited(let status): unknown("its question ended with status \(status)")
        case .timedOut: unknown("its question took too long")
        case .cancelled: unknown("its question was cancelled")
        case .outputLimitExceeded: unknown("its question printed too much")
        case .notStarted(let why), .lost(let why): unknown(why)
        }
        if kind == .noChange { grade = .none }
    }

    /// The report of a step that is not asked: it changes something.
    package init(unasked program: StepProgram) { self.init(grade: program.grade) }

    /// As a plan has it.
    package func prediction(programDigest: String?) -> Prediction {
        Prediction(
            kind, reason: reason, grade: grade, before: before, after: after, diff: diff, beforeDigest: beforeDigest,
            afterDigest: afterDigest, programDigest: programDigest)
    }

    private init(grade: UndoGrade) {
        kind = .change
        reason = ""
        self.grade = grade
    }

    private mutating func unknown(_ why: String) {
        kind = .unknown
        if reason.isEmpty { reason = why }
    }

    private mutating func read(_ text: String) {
        var rest = Substring(text)
        while !rest.isEmpty {
            let end = rest.firstIndex(of: "\n") ?? rest.endIndex
            let line = rest[..<end]
            rest = end == rest.endIndex ? "" : rest[rest.index(after: end)...]
            if line == "diff" {
                if !rest.isEmpty { diff = String(rest) }
                return
            }
            take(line)
        }
    }

    private mutating func take(_ line: Substring) {
        let (word, rest) = line.cut(at: " ")
        switch word {
        case "before": before = String(rest)
        case "after": after = String(rest)
        case "before-digest": beforeDigest = String(rest)
        case "after-digest": afterDigest = String(rest)
        case "reason": reason = String(rest)
        case "undo":
            let (name, text) = rest.cut(at: " ")
            guard let told = UndoGrade(rawValue: String(name)) else { return }
            grade = Self.weaker(of: grade, and: told)
            if !text.isEmpty { undo = String(text) }
        default: break
        }
    }

    /// A node may only lower what the step is worth.
    private static func weaker(of one: UndoGrade, and other: UndoGrade) -> UndoGrade {
        let order: [UndoGrade] = [.irreversible, .compensating, .exact, .none]
        return order.first { $0 == one || $0 == other } ?? .irreversible
    }
}

extension Substring {
    /// What comes before the first `separator` and what comes after it.
    fileprivate func cut(at separator: Character) -> (Substring, Substring) {
        guard let place = firstIndex(of: separator) else { return (self, "") }
        return (self[..<place], self[index(after: place)...])
    }
}
