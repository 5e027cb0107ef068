import Foundation
import Model
import Synchronization

/// Shows a run while it goes on: one live screen on a terminal, plain lines elsewhere, JSON Lines where they are asked
/// for.
///
/// `Sendable` because all of its state is behind one mutex.
final class RunPresenter: Sendable {
    private struct Shown {
        var state = RunState()
        var pace = Pace()
        /// Lines of the live screen that stand on the terminal now.
        var drawn = 0
        /// While the operator is asked something.
        var isPaused = false
        /// Warnings that came while the live screen stood, for when it is gone.
        var warnings: [String] = []
    }

    private let terminal: Terminal
    private let format: OutputFormat
    private let hear: @Sendable (RecordedEvent) -> Void
    private let shown = Mutex(Shown())

    /// `hear` gets each event before it is shown.
    init(
        terminal: Terminal, format: OutputFormat, hear: @escaping @Sendable (RecordedEvent) -> Void = { _ in }
    ) {
        self.terminal = terminal
        self.format = format
        self.hear = hear
    }

    /// The run as far as it has been seen.
    var state: RunState { shown.withLock { $0.state } }

    private var isLive: Bool { terminal.isInteractive && format == .text && !terminal.isQuiet }

    /// Takes an event in.
    func observe(_ event: RecordedEvent) {
        hear(event)
        shown.withLock { shown in
            shown.state.apply(event)
            shown.pace.take(event, shown.state)
            switch format {
            case .jsonl:
                if let line = try? EventLine(event).json { terminal.result(line) }
            case .text where !isLive:
                let lines = ProgressLines(style: terminal.errorStyle, verbosity: terminal.verbosity).lines(for: event)
                for line in lines { terminal.note(line) }
            case .text:
                if case .warning = event.event {
                    let lines = ProgressLines(style: terminal.errorStyle, verbosity: terminal.verbosity)
                    shown.warnings += lines.lines(for: event)
                }
            case .json: break
            }
        }
    }

    /// Redraws the live screen until the task is cancelled; returns at once where there is none.
    func animate() async {
        guard isLive else { return }
        while !Task.isCancelled {
            draw()
            try? await Task.sleep(for: .milliseconds(100))
        }
    }

    /// Takes the live screen away, so that what follows stands alone.
    func finish() {
        shown.withLock { shown in
            guard shown.drawn > 0 else { return }
            Terminal.write("\u{1B}[\(shown.drawn)A\u{1B}[J", to: STDERR_FILENO)
            shown.drawn = 0
        }
        for warning in shown.withLock({ shown in
            defer { shown.warnings = [] }
            return shown.warnings
        }) { terminal.note(warning) }
    }

    /// Takes the live screen away and keeps it away, for a question.
    func pause() {
        finish()
        shown.withLock { $0.isPaused = true }
    }

    func goOn() { shown.withLock { $0.isPaused = false } }

    private func draw() {
        shown.withLock { shown in
            guard !shown.isPaused else { return }
            let view = LiveView(
                state: shown.state, pace: shown.pace, style: terminal.errorStyle, columns: terminal.columns,
                rows: terminal.rows, now: Int(Date().timeIntervalSince1970 * 1000))
            let lines = view.lines
            let up = shown.drawn > 0 ? "\u{1B}[\(shown.drawn)A" : ""
            Terminal.write(up + lines.map { "\u{1B}[2K" + $0 + "\n" }.joined() + "\u{1B}[J", to: STDERR_FILENO)
            shown.drawn = lines.count
        }
    }
}
