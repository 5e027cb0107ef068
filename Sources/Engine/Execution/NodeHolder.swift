/// Another run that holds a node, and what a person can do about it.
enum NodeHolder: Sendable, Hashable {
    /// A run of this journal that goes on.
    case running(String)
    /// A run of this journal that no process carries out, while the node has not seen its end.
    case left(String)
    /// A run that this journal does not know.
    case foreign(String)

    var run: String {
        switch self {
        case .running(let run), .left(let run), .foreign(let run): run
        }
    }

    private var short: String { String(run.prefix(8)) }

    /// As the end of a sentence.
    var words: String {
        switch self {
        case .running: "run \(short) holds the node"
        case .left: "run \(short) has not ended on the node"
        case .foreign: "run \(short) of another controller holds the node"
        }
    }

    var sentence: String { words.prefix(1).uppercased() + words.dropFirst() + "." }

    var hint: String {
        switch self {
        case .running:
            "See it with: runbook show \(short). Wait for it, or cancel it: runbook cancel \(short)"
        case .left: "A step of it still runs there. Go on with it: runbook resume \(short)"
        case .foreign:
            "The journal here does not know it. On its controller, see it with: runbook show \(short). Wait for it, "
                + "or cancel it there: runbook cancel \(short)"
        }
    }
}
