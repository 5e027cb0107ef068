import Model

/// Progress where there is no terminal: a line for each thing that happens to a run or ends on a node.
struct ProgressLines {
    private let style: Style
    private let verbosity: Int

    init(style: Style, verbosity: Int) {
        self.style = style
        self.verbosity = verbosity
    }

    /// The lines for `recorded`, none where it says nothing to a person.
    func lines(for recorded: RecordedEvent) -> [String] {
        switch recorded.event {
        case .phaseChanged(let phase) where verbosity > 0: ["run is \(phase.rawValue)"]
        case .stopping(let reason) where !reason.hasPrefix("Approval"):
            [style.yellow("stopping: \(SafeText(reason).singleLine)")]
        case .warning(let text): [style.yellow("warning: \(SafeText(text).singleLine)")]
        case .waveStarted(let index, let nodes): ["wave \(index + 1): \(nodes.folded) (\(nodes.count.nodes()))"]
        case .surveyed(let node, let survey) where survey.verdict != .healthy || verbosity > 0:
            [
                "\(node): \(survey.verdict.rawValue)"
                    + (survey.causes.isEmpty ? "" : " (\(survey.causes.joined(separator: ", ")))")
                    + (survey.text.isEmpty ? "" : ": " + SafeText(survey.text).singleLine)
            ]
        case .stepEnded(let node, let ending)
        where verbosity > 0 || ending.status == .failed || ending.status == .unknown:
            [
                "\(node): \(SafeText(ending.name).singleLine): \(ending.status.rawValue)"
                    + (ending.text.isEmpty ? "" : ": " + SafeText(ending.text).singleLine)
            ]
        case .nodeFinished(let node, let outcome) where outcome.outcome != .healthy || verbosity > 0:
            [
                outcome.outcome.styled(
                    "\(node): \(outcome.outcome.rawValue)"
                        + (outcome.text.isEmpty ? "" : ": " + SafeText(outcome.text).singleLine), style)
            ]
        default: []
        }
    }
}
