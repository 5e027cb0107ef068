import Foundation
import Model

/// What a `gather` probe printed about all nodes: `NODE cause ID [text]`, a line each.
struct GatherAnswer: Sendable {
    private let answer: Answer
    private var causes: [String: [String]] = [:]
    private var texts: [String: [String]] = [:]

    init(_ answer: Answer) {
        self.answer = answer
        for line in answer.outputText.split(separator: "\n") {
            let words = line.split(separator: " ", maxSplits: 3).map(String.init)
            guard words.count >= 3, words[1] == "cause", AnswerLines.isID(words[2]) else { continue }
            causes[words[0], default: []].append(words[2])
            if words.count > 3 { texts[words[0], default: []].append(words[3]) }
        }
    }

    /// What it says of one of the nodes that it was given.
    func judgement(for node: String) -> ProbeJudgement {
        guard answer.exit == 0 else { return ProbeJudgement(verdict: .inconclusive, text: answer.outcome.text) }
        // A cause of it may stand in what is not kept.
        if answer.standardOutputBytes > answer.standardOutput.count { return .cut }
        guard let found = causes[node] else { return ProbeJudgement(verdict: .healthy) }
        return ProbeJudgement(
            verdict: .broken, causes: found, text: texts[node]?.joined(separator: "; ") ?? found.joined(separator: ", ")
        )
    }

    /// One JSON line a node: `node`, `exit`, `stdout`. Nodes that were not asked have no line.
    static func input(_ answers: [(node: String, answer: Answer?)]) -> [UInt8] {
        var bytes: [UInt8] = []
        for (node, answer) in answers {
            guard let answer else { continue }
            let exit = answer.exit.map { CanonicalJSON.int(Int($0)) } ?? .null
            let line = CanonicalJSON.object(["node": .string(node), "exit": exit, "stdout": .string(answer.outputText)])
            bytes += line.bytes + [UInt8(ascii: "\n")]
        }
        return bytes
    }
}
