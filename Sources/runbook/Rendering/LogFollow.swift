import Controller
import Model

/// A run's events and what its steps and probes printed, as they come, until the run has ended.
struct LogFollow {
    private var reader: LogReader
    private let terminal: Terminal
    private let format: OutputFormat
    private let progress: ProgressLines
    private var state = RunState()
    private var shown: Set<InvocationID> = []

    init(_ reader: LogReader, terminal: Terminal, format: OutputFormat) {
        self.reader = reader
        self.terminal = terminal
        self.format = format
        progress = ProgressLines(style: terminal.style, verbosity: 1)
    }

    mutating func run() async throws {
        while state.ending == nil {
            let events = try await reader.nextEvents(after: state.sequence)
            let finished = try await outputs(for: events)
            for event in events {
                reader.take(event.event)
                state.apply(event)
                guard reader.concerns(event.event) else { continue }
                let ended = event.event.endedInvocation.flatMap { finished[$0] } ?? []
                try await show(ended, before: event)
            }
        }
        try await show(try await reader.records(), before: nil)
        if format != .text, let run = state.header?.id {
            terminal.result(try EventLine.summary(of: state, run: run))
        }
    }

    /// What the invocations that end among `events` have printed.
    private func outputs(for events: [RecordedEvent]) async throws -> [InvocationID: [OutputRecord]] {
        let ends = events.filter { $0.event.endedInvocation != nil && reader.concerns($0.event) }
        guard !ends.isEmpty else { return [:] }
        return Dictionary(
            grouping: try await reader.records(of: Set(ends.compactMap(\.event.node))), by: \.id)
    }

    private mutating func show(_ records: [OutputRecord], before event: RecordedEvent?) async throws {
        let new = records.filter { !shown.contains($0.id) }
        shown.formUnion(new.map(\.id))
        switch format {
        case .text:
            for line in try await reader.gathered(new, style: terminal.style) { terminal.result(line) }
            for line in event.map(progress.lines) ?? [] { terminal.result(line) }
        case .json, .jsonl:
            for line in try await reader.jsonLines(new) { terminal.result(line) }
            if let event { terminal.result(try EventLine(event).json) }
        }
    }
}

extension RunEvent {
    /// The step or probe that is over with it.
    fileprivate var endedInvocation: InvocationID? {
        switch self {
        case .stepEnded(_, let ending): ending.id
        case .probeAnswered(_, let answer): answer.invocation
        default: nil
        }
    }
}
