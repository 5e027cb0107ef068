import ArgumentParser
import Controller
import Model

/// How many nodes are meant.
struct ExpectOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Refuse unless exactly so many nodes are meant.", valueName: "n"))
    var expect: Int?
}

/// How many nodes are connected to at one time.
struct FanoutOptions: ParsableArguments {
    @Option(help: "Connections in flight at one time.")
    var fanout: Int?

    func validate() throws {
        if let fanout, fanout < 1 { throw ValidationError("--fanout must be at least 1.") }
    }
}

/// Options of every command that works on nodes.
struct ReachOptions: ParsableArguments {
    @OptionGroup var room: FanoutOptions

    @Option(
        help: ArgumentHelp(
            "What to do with host keys that are not recorded: strict, accept-new or off.",
            discussion: "With 'off' no secret, no password and no change is sent."))
    var hostKeys: HostKeyChecking?

    @OptionGroup var number: ExpectOptions

    var expect: Int? { number.expect }
}

extension HostKeyChecking: ExpressibleByArgument {}
extension OutcomeClass: ExpressibleByArgument {}

/// Which nodes: a node set, or those of an earlier run.
struct SelectionOptions: ParsableArguments {
    @Option(
        name: [.short, .long],
        help: ArgumentHelp("Node set: gpu[01-32], @rack:r1, 'a&b', '@gpu!gpu07'.", valueName: "set"),
        completion: .nodeSets)
    var nodes: String?

    @Option(
        help: ArgumentHelp("Take the nodes of this earlier run (its id or 'last').", valueName: "run"),
        completion: .runs)
    var fromRun: String?

    @Option(
        help: ArgumentHelp(
            "With --from-run: only nodes that ended so, as a comma-separated list.", valueName: "classes"))
    var state: String?

    func validate() throws {
        if state != nil && fromRun == nil { throw ValidationError("--state needs --from-run.") }
        if nodes != nil && fromRun != nil { throw ValidationError("--nodes and --from-run exclude each other.") }
        _ = try outcomes
    }

    /// The classes of `--state`; without it those that did not end well.
    private var outcomes: Set<OutcomeClass> {
        get throws {
            guard let state else {
                return Set(OutcomeClass.allCases.filter { $0 != .healthy && $0 != .remediated })
            }
            return try WordList<OutcomeClass>(state, noun: "outcome").words
        }
    }

    var previous: PreviousNodes? {
        get throws { try fromRun.map { PreviousNodes(run: $0, outcomes: try outcomes) } }
    }
}

/// What is collected of nodes that are not healthy.
struct EvidenceOptions: ParsableArguments {
    @Flag(
        name: .customLong("no-evidence"),
        help: "Collect only that evidence which tells causes apart: the rest was collected before.")
    var isLeftOut = false
}

/// `--param k=v`.
struct ParameterOptions: ParsableArguments {
    @Option(
        name: [.short, .customLong("param")],
        help: ArgumentHelp("A parameter's value; may be given several times.", valueName: "name=value"))
    var parameters: [String] = []

    var values: [String: String] {
        get throws {
            var values: [String: String] = [:]
            for text in parameters {
                let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
                guard parts.count == 2, !parts[0].isEmpty else {
                    throw ValidationError("--param takes name=value, not '\(text)'.")
                }
                let name = String(parts[0])
                guard values.updateValue(String(parts[1]), forKey: name) == nil else {
                    throw ValidationError("--param \(name) is given twice.")
                }
            }
            return values
        }
    }

    func validate() throws { _ = try values }
}
