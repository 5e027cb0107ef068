import Foundation
import Model

extension Matcher {
    /// Whether `answer` surely fits every part.
    func fits(_ answer: Answer, in context: EvaluationContext) throws(ExpressionError) -> Bool {
        try truth(of: answer, in: context) == .yes
    }

    /// Whether `answer` fits every part; unknown where an output was cut and what is sought may stand behind the cut. A
    /// condition on what was not asked counts as one that does not hold.
    func truth(of answer: Answer, in context: EvaluationContext) throws(ExpressionError) -> Truth {
        guard let status = answer.exit else { return .no }
        if !exit.isEmpty && !exit.contains(status) { return .no }
        var truth = Truth.yes
        if let standardOutput { truth = try standardOutput.fits(answer.outputText, in: context) }
        if truth != .no, let standardError { truth = try truth && standardError.fits(answer.errorText, in: context) }
        guard truth != .no, let condition else { return truth }
        switch try condition.truth(in: context) {
        case .yes: return truth
        case .no: return .no
        case .unknown: return try condition.hangsOnCut(in: context) ? .unknown : .no
        }
    }
}

extension TextMatcher {
    /// Whether `text`, without its trailing newlines, fits every part; unknown where it was cut and what is missing
    /// decides.
    func fits(_ text: String, in context: EvaluationContext) throws(ExpressionError) -> Truth {
        if let equals, try equals.string(in: context) != text { return .no }
        if let empty, text.allSatisfy(\.isWhitespace) != empty { return .no }
        let number = Double(text.trimmingCharacters(in: .whitespaces))
        guard try Self.isBetween(atLeast, atMost, number, in: context) else { return .no }
        let isCut = text.utf8.count >= Answer.keptBytes
        let otherwise: Truth = isCut ? .unknown : .no
        var truth = Truth.yes
        if let contains {
            guard let part = try contains.string(in: context) else { return .no }
            if !text.contains(part) { truth = otherwise }
        }
        if let matches {
            guard let source = try matches.string(in: context) else { return .no }
            truth = try truth && Pattern(source).isFound(in: text)
        }
        if let lines {
            let count = text.isEmpty ? 0 : text.split(separator: "\n", omittingEmptySubsequences: false).count
            guard case .known(let value, _) = try lines.evaluate(in: context), let wanted = value.number else {
                return .no
            }
            if wanted < Double(count) || !isCut && wanted != Double(count) { return .no }
            if isCut { truth = truth && .unknown }
        }
        if let json, try !json.fits(text, in: context) { truth = truth && otherwise }
        return truth
    }

    static func isBetween(
        _ atLeast: Template?, _ atMost: Template?, _ number: Double?, in context: EvaluationContext
    ) throws(ExpressionError) -> Bool {
        for (bound, isLower) in [(atLeast, true), (atMost, false)] {
            guard let bound else { continue }
            guard let number, case .known(let value, _) = try bound.evaluate(in: context), let limit = value.number
            else { return false }
            if isLower ? number < limit : number > limit { return false }
        }
        return true
    }
}

extension JSONMatcher {
    func fits(_ text: String, in context: EvaluationContext) throws(ExpressionError) -> Bool {
        guard let value = JSONPath(path).value(in: text) else { return false }
        if let equals {
            guard case .known(let wanted, _) = try equals.evaluate(in: context), value.equals(wanted) else {
                return false
            }
        }
        return try TextMatcher.isBetween(atLeast, atMost, value.number, in: context)
    }
}

extension Value {
    /// Its size as a number: a duration in seconds, a size in bytes, text that is one.
    var number: Double? {
        switch self {
        case .int(let value): Double(value)
        case .float(let value): value
        case .percent(let value): value
        case .size(let value): Double(value)
        case .duration(let value): Double(value.wholeMilliseconds) / 1000
        case .string(let text): Double(text)
        default: nil
        }
    }
}
