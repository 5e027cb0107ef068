import Controller
import Model

/// A run's events and what its steps and probes printed, as they come, until the run has ended.
///
/// What a step has printed is shown when it is over, the same of several nodes once. While few steps go on their lines
/// are shown as they come, each with its node. One JSON document can only come at the end, and has the outputs alone.
struct LogFollow {
    private struct Stream: Hashable {
        var id: InvocationID
        var stream: OutputChunk.Stream
    }

    /// Lines of more steps at one time nobody could read.
    private static let mostAtOnce = 16

    private var reader: LogReader
    private let terminal: Terminal
    private let format: OutputFormat
    private let progress: ProgressLines
    private var state = RunState()
    private var shown: Set<InvocationID> = []
    /// Nodes of steps that go on.
    private var running: [InvocationID: String] = [:]
    /// Bytes that were shown of steps that go on.
    private var told: [Stream: Int] = [:]

    init(_ reader: LogReader, terminal: Terminal, format: OutputFormat) {
        self.reader = reader
        self.terminal = terminal
        self.format = format
        progress = ProgressLines(style: terminal.style, verbosity: 1)
    }

    mutating func run() async throws {
        while state.ending == nil {
            let events = try await reader.nextEvents(after: state.sequence, within: .seconds(1))
            let finished = try await outputs(for: events)
            for event in events {
                reader.take(event.event)
                state.apply(event)
                guard reader.concerns(event.event) else { continue }
                if case .stepIntended(let node, let intent) = event.event { running[intent.id] = node }
                let id = event.event.endedInvocation
                if let id { running[id] = nil }
                try await show(id.flatMap { finished[$0] } ?? [], before: event)
            }
            try await showLines()
        }
        try await show(try await reader.records(), before: nil)
        switch format {
        case .text: break
        case .json: terminal.result(try await reader.jsonDocument())
        case .jsonl: if let run = state.header?.id { terminal.result(try EventLine.summary(of: state, run: run)) }
        }
    }

    /// What the invocations that end among `events` have printed.
    private func outputs(for events: [RecordedEvent]) async throws -> [InvocationID: [OutputRecord]] {
        let ends = events.filter { $0.event.endedInvocation != nil && reader.concerns($0.event) }
        guard !ends.isEmpty else { return [:] }
        return Dictionary(
            grouping: try await reader.records(of: Set(ends.compactMap(\.event.node))), by: \.id)
    }

    /// Whole lines that steps have printed meanwhile.
    private mutating func showLines() async throws {
        guard format == .text, !running.isEmpty, running.count <= Self.mostAtOnce else { return }
        for record in try await reader.records(of: Set(running.values)) where running[record.id] != nil {
            try await showLines(of: record, toTheEnd: false)
        }
    }

    private mutating func showLines(of record: OutputRecord, toTheEnd: Bool) async throws {
        let stream = Stream(id: record.id, stream: record.stream)
        let bytes = try await reader.bytes(of: record, from: told[stream] ?? 0)
        let end = toTheEnd ? bytes.endIndex : bytes.lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? 0
        guard end > 0 else { return }
        told[stream, default: 0] += end
        let head = terminal.style.faint(SafeText("\(record.node): \(record.name) |").singleLine)
        var lines = SafeText(bytes: bytes[..<end]).description.split(separator: "\n", omittingEmptySubsequences: false)
        if lines.last == "" { lines.removeLast() }
        for line in lines { terminal.result("\(head) \(line)") }
    }

    private mutating func show(_ records: [OutputRecord], before event: RecordedEvent?) async throws {
        let new = records.filter { !shown.contains($0.id) }
        shown.formUnion(new.map(\.id))
        switch format {
        case .text:
            let begun = new.filter { told[Stream(id: $0.id, stream: $0.stream)] != nil }
            for record in begun { try await showLines(of: record, toTheEnd: true) }
            let whole = new.filter { told[Stream(id: $0.id, stream: $0.stream)] == nil }
            for line in try await reader.gathered(whole, style: terminal.style) { terminal.result(line) }
            for line in event.map(progress.lines) ?? [] { terminal.result(line) }
        case .json: break
        case .jsonl:
            for line in try await reader.jsonLines(new) { terminal.result(line) }
            if let event { terminal.result(try EventLine(event).json) }
        }
    }
}
