import Model

/// What a step's read-only question printed of what the step would do.
struct PredictionReport: Sendable, Hashable {
    var kind: Prediction.Kind
    var reason = ""
    var before: String?
    var after: String?
    var beforeDigest: String?
    var afterDigest: String?
    var diff: String?
    var grade: UndoGrade?
    var undoText: String?

    init(_ answer: Answer) {
        switch answer.outcome {
        case .exited(0): kind = .noChange
        case .exited(let status) where (1...125).contains(status): kind = .change
        case .exited:
            kind = .unknown
            reason = answer.lastLine.isEmpty ? "its check \(answer.outcome.text)" : answer.lastLine
        default:
            kind = .unknown
            reason = "its check \(answer.outcome.text)"
        }
        var lines = answer.outputText.split(separator: "\n", omittingEmptySubsequences: false)[...]
        while let line = lines.popFirst() {
            if line == "diff" {
                diff = lines.joined(separator: "\n")
                break
            }
            let words = line.split(separator: " ", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            let rest = words.count > 1 ? words[1] : ""
            switch words.first {
            case "before": before = rest
            case "after": after = rest
            case "before-digest": beforeDigest = rest
            case "after-digest": afterDigest = rest
            case "undo":
                let parts = rest.split(separator: " ", maxSplits: 1).map(String.init)
                grade = parts.first.flatMap(UndoGrade.init(rawValue:))
                undoText = parts.count > 1 ? parts[1] : nil
            default: continue
            }
        }
    }
}
