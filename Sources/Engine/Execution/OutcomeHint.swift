import Model

extension InvocationOutcome {
    /// What to do about a step or a command that ended so; nil where what it printed has to say it.
    func hint(_ purpose: StepIntent.Purpose) -> String? {
        switch self {
        case .timedOut where purpose == .exec:
            "A command has 10 minutes. Write what takes longer as a runbook, whose steps have a `timeout:`."
        case .timedOut: "What it printed says how far it came. If it only takes longer, raise its `timeout:`."
        case .outputLimitExceeded:
            "What it printed until then is kept. Have it print less, or write to a file on the node."
        case .exited, .cancelled, .notStarted, .lost: nil
        }
    }

    /// What to do where a step's former state could not be kept because the script that prints it ended so.
    var captureHint: String? {
        switch self {
        case .timedOut, .outputLimitExceeded: Self.largeCaptureHint
        case .exited, .cancelled, .notStarted, .lost: nil
        }
    }

    static let largeCaptureHint =
        "A former state may have 16 MiB, and 2 minutes to be read. Change less in one step, or have `capture:` print "
        + "only what `undo:` needs."
}
