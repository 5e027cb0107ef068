import Controller
import Model

/// A run's events and what its steps and probes printed, as they come, until the run has ended.
///
/// What a step has printed is shown when it is over, the same of several nodes once. While few steps go on their lines
/// are shown as they come, each with its node, and one that is very long in parts. One JSON document can only come at the end, and has the outputs alone.
struct LogFollow {
    private struct Stream: Hashable {
        var id: InvocationID
        var stream: OutputChunk.Stream
    }

    /// What was read of a stream while its step went on.
    private struct Told {
        /// Bytes that were read.
        var bytes = 0
        /// Those that are not shown: their line is not over.
        var line: [UInt8] = []
        var isShown = false
    }

    /// Bytes of a line that are waited for.
    private static let longestLine = 64 << 10

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
    /// Streams of steps that go on.
    private var told: [Stream: Told] = [:]

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
        case .json: try await reader.showJSONDocument { [terminal] in terminal.result($0) }
        case .jsonl:
            let result = RunResultObject(state: state, lastLines: try await reader.lastLines(state))
            if let run = state.header?.id { terminal.result(try result.summary(of: run)) }
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
        var known = told[stream] ?? Told()
        var pieces = reader.pieces(of: record, from: known.bytes)
        while let piece = try await pieces.next() {
            known.bytes += piece.count
            known.line += piece
            var end = known.line.lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? 0
            if known.line.count - end > Self.longestLine { end = CutText.wholeCharacters(known.line[...]).endIndex }
            show(end, of: &known, record)
        }
        if toTheEnd {
            show(known.line.count, of: &known, record)
            for line in reader.missing(in: [record], style: terminal.style) { terminal.result(line) }
        }
        told[stream] = toTheEnd ? nil : known
    }

    /// Shows the first `count` bytes that wait.
    private func show(_ count: Int, of told: inout Told, _ record: OutputRecord) {
        guard count > 0 else { return }
        let head = terminal.style.faint(SafeText("\(record.node): \(record.name) |").singleLine)
        var lines = SafeText(bytes: told.line[..<count]).description.split(
            separator: "\n", omittingEmptySubsequences: false)
        if lines.last == "" { lines.removeLast() }
        for line in lines { terminal.result("\(head) \(line)") }
        told.line.removeFirst(count)
        told.isShown = true
    }

    private mutating func show(_ records: [OutputRecord], before event: RecordedEvent?) async throws {
        let new = records.filter { !shown.contains($0.id) }
        shown.formUnion(new.map(\.id))
        switch format {
        case .text:
            var whole: [OutputRecord] = []
            for record in new {
                let stream = Stream(id: record.id, stream: record.stream)
                if told[stream]?.isShown == true {
                    try await showLines(of: record, toTheEnd: true)
                } else {
                    told[stream] = nil
                    whole.append(record)
                }
            }
            try await reader.showGathered(whole, style: terminal.style) { [terminal] in terminal.result($0) }
            for line in event.map(progress.lines) ?? [] { terminal.result(line) }
        case .json: break
        case .jsonl:
            try await reader.showJSONLines(new) { [terminal] in terminal.result($0) }
            if let event { terminal.result(try EventLine(event).json) }
        }
    }
}
