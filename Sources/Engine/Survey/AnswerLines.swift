/// What a probe with `answer: lines` printed: `healthy`, `cause ID [text]`, `fact NAME VALUE`, `inconclusive [text]`.
/// Other lines say nothing.
struct AnswerLines: Sendable, Hashable {
    var isHealthy = false
    var causes: [String] = []
    var facts: [String: String] = [:]
    /// The text of the first `inconclusive` line; nil where there is none.
    var inconclusive: String?
    /// Texts of causes, joined.
    var text = ""

    init(_ output: String) {
        var texts: [String] = []
        for line in output.split(separator: "\n") {
            let words = line.split(separator: " ", maxSplits: 2, omittingEmptySubsequences: true).map(String.init)
            guard let word = words.first else { continue }
            switch word {
            case "healthy" where words.count == 1: isHealthy = true
            case "cause" where words.count > 1 && Self.isID(words[1]):
                if !causes.contains(words[1]) { causes.append(words[1]) }
                texts.append(words.count > 2 ? words[2] : words[1])
            case "fact" where words.count > 1: facts[words[1]] = words.count > 2 ? words[2] : ""
            case "inconclusive":
                if inconclusive == nil { inconclusive = words.dropFirst().joined(separator: " ") }
            default: continue
            }
        }
        text = texts.joined(separator: "; ")
    }

    /// A cause's id: letters, digits, `-`, `_` and `.`, at most 64.
    static func isID(_ text: String) -> Bool {
        text.utf8.count <= 64
            && text.unicodeScalars.allSatisfy {
                $0.isASCII
                    && ($0.properties.isAlphabetic || $0.properties.numericType != nil
                        || "-_.".unicodeScalars.contains($0))
            }
    }
}
