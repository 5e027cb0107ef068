import Controller
import Foundation
import Glibc
import Model

/// Outputs that are shown once for all nodes that have them: those with the same digests.
private struct SharedOutput: Sendable, Hashable {
    /// One node's streams.
    var records: [OutputRecord]
    var digests: [String]

    static func == (left: Self, right: Self) -> Bool { left.digests == right.digests }

    func hash(into hasher: inout Hasher) { hasher.combine(digests) }
}

/// What steps or probes of one name have printed on one stream.
private struct OutputSection {
    var name: String
    var stream: OutputChunk.Stream
    var gathered = GatheredOutput<SharedOutput>()
    var records: [OutputRecord] = []
}

extension LogReader {
    /// Bytes of one output that are shown, or stand in one JSON object, at most; `writeRaw` has no bound.
    static let mostShown = 1 << 20

    /// Shows outputs gathered: the same of several nodes once, under their node set. With `differences` only the
    /// largest group is shown whole, and the others as what differs from it.
    func showGathered(style: Style, differences: Bool, to show: (String) throws -> Void) async throws {
        try await showGathered(try await records(), style: style, differences: differences, to: show)
    }

    /// The same of some of them.
    func showGathered(
        _ records: [OutputRecord], style: Style, differences: Bool = false, to show: (String) throws -> Void
    ) async throws {
        var sections: [OutputSection] = []
        for record in records where record.bytes > 0 || record.limitReason != nil {
            let name = record.name.isEmpty ? "command" : record.name
            let index = sections.firstIndex { $0.name == name && $0.stream == record.stream }
            let at = index ?? sections.count
            if index == nil { sections.append(OutputSection(name: name, stream: record.stream)) }
            if !isWithheld(record) { sections[at].gathered.add(try await shared([record]), from: record.node) }
            sections[at].records.append(record)
        }
        for section in sections {
            let stream = section.stream == .standardError ? " (standard error)" : ""
            try await showGroups(section.gathered, style: style, differences: differences, to: show) { nodes, other in
                let head = "\(nodes.folded) (\(nodes.count.nodes())): \(section.name)\(stream)\(other)"
                return [style.bold("--- " + SafeText(head).singleLine)]
            }
            for line in missing(in: section.records, style: style) { try show(line) }
        }
    }

    /// Shows what a command printed, node by node, the same once under its node set, as `clush -b` does. With
    /// `differences` only the largest group is shown whole, and the others as what differs from it.
    func showByNode(
        _ names: [String], style: Style, differences: Bool, to show: (String) throws -> Void
    ) async throws {
        let records = Dictionary(grouping: try await records(), by: \.node)
        var gathered = GatheredOutput<SharedOutput>()
        for name in names {
            let printed = records[name, default: []].filter { $0.bytes > 0 && !isWithheld($0) }
            if !printed.isEmpty { gathered.add(try await shared(printed), from: name) }
        }
        let rule = String(repeating: "-", count: 15)
        try await showGroups(gathered, style: style, differences: differences, to: show) { nodes, other in
            [rule, "\(nodes.folded) (\(nodes.count))\(other)", rule]
        }
        for line in missing(in: names.flatMap { records[$0, default: []] }, style: style) { try show(line) }
    }

    /// A line for each reason why what was printed is not there to be shown, with the nodes that it holds for.
    func missing(in records: [OutputRecord], style: Style) -> [String] {
        var reasons = GatheredOutput<String>()
        for record in records {
            if isWithheld(record), record.bytes > 0 {
                reasons.add("\(record.bytes) bytes of a sensitive step, see --sensitive", from: record.node)
            }
            if let reason = record.limitReason { reasons.add(reason, from: record.node) }
        }
        return reasons.groups.map { notAllShown("\($0.nodes.folded): \($0.content)", style: style) }
    }

    /// All stored streams as one array, written an element at a time.
    func showJSONDocument(to show: (String) throws -> Void) async throws {
        try show("[")
        try await showElements(try await records(), to: show)
        try show("]")
    }

    /// One document of `fields` and, as `outputs`, of all stored streams; it too is never in memory as a whole.
    func showJSONDocument(of fields: [String: Any], to show: (String) throws -> Void) async throws {
        let name = "outputs"
        let keys = (fields.keys.filter { $0 != name } + [name]).sorted()
        try show("{")
        for key in keys {
            let comma = key == keys.last ? "" : ","
            if key == name {
                try show("  \"\(name)\" : [")
                try await showElements(try await records(), to: show)
                try show("  ]" + comma)
            } else if let value = fields[key] {
                try show(Self.inside(try JSONOutput([key: value] as [String: Any], pretty: true)) + comma)
            }
        }
        try show("}")
    }

    /// One line of JSON for each stored stream.
    func showJSONLines(to show: (String) throws -> Void) async throws {
        try await showJSONLines(try await records(), to: show)
    }

    /// The same of some of them.
    func showJSONLines(_ records: [OutputRecord], to show: (String) throws -> Void) async throws {
        for record in records { try show(try JSONOutput(try await jsonObject(record)).text) }
    }

    /// Writes all bytes of one stream as they are, a piece at a time. What is not stored is told on standard error.
    func writeRaw(_ stream: OutputChunk.Stream, terminal: Terminal) async throws {
        let records = try await records().filter { $0.stream == stream }
        for record in records {
            var pieces = pieces(of: record)
            while let piece = try await pieces.next() {
                try FileHandle.standardOutput.write(contentsOf: Data(piece))
            }
        }
        for line in missing(in: records, style: terminal.errorStyle) { terminal.complaint(line) }
    }

    /// - Throws: `RequestError` at a terminal, which must not get what a node printed.
    static func refuseTerminal() throws {
        guard isatty(STDOUT_FILENO) == 0 else {
            throw RequestError(
                .usage, "What a node printed is not written to a terminal as it is.", hint: "Redirect it: --raw >FILE")
        }
    }

    private func shared(_ records: [OutputRecord]) async throws -> SharedOutput {
        var digests: [String] = []
        for record in records { digests.append(try await digest(of: record)) }
        return SharedOutput(records: records, digests: digests)
    }

    /// Shows each group under the `head` of its nodes, with `differences` all but the first one as what differs from that.
    private func showGroups(
        _ gathered: GatheredOutput<SharedOutput>, style: Style, differences: Bool, to show: (String) throws -> Void,
        head: (_ nodes: NodeSet, _ other: String) -> [String]
    ) async throws {
        let groups = gathered.groups
        var difference: OutputDifference?
        if differences, groups.count > 1 {
            difference = OutputDifference(from: try await beginnings(of: groups[0].content))
        }
        for (index, group) in groups.enumerated() {
            guard index > 0, let difference else {
                for line in head(group.nodes, "") { try show(line) }
                try await showText(of: group.content, style: style, to: show)
                continue
            }
            for line in head(group.nodes, ", where it differs from \(groups[0].nodes.folded)") { try show(line) }
            let bytes = try await beginnings(of: group.content)
            for line in difference.lines(to: bytes, style: style) { try show(line) }
            for record in group.content.records + groups[0].content.records where record.bytes > Self.mostShown {
                let reason = "only its first MiB is compared; all of it: \(command(for: record))"
                try show(notAllShown(reason, style: style))
            }
        }
    }

    /// Shows streams one behind the other, of each as much as is shown of one, and how to see what is left out.
    private func showText(of output: SharedOutput, style: Style, to show: (String) throws -> Void) async throws {
        var bytes: [UInt8] = []
        for record in output.records {
            let part = try await beginning(of: record)
            bytes += part
            let more = record.bytes - part.count
            guard more > 0 else { continue }
            try Self.showText(bytes, to: show)
            bytes = []
            try show(notAllShown("\(more) more bytes; all of it: \(command(for: record))", style: style))
        }
        try Self.showText(bytes, to: show)
    }

    private static func showText(_ bytes: [UInt8], to show: (String) throws -> Void) throws {
        guard let last = bytes.last else { return }
        try show(SafeText(bytes: bytes.dropLast(last == UInt8(ascii: "\n") ? 1 : 0)).description)
    }

    /// As much of `record` as is shown, without a part of a character at its end.
    private func beginning(of record: OutputRecord) async throws -> ArraySlice<UInt8> {
        var pieces = pieces(of: record, upTo: Self.mostShown)
        var bytes: [UInt8] = []
        while let piece = try await pieces.next() { bytes += piece }
        return bytes.count < record.bytes ? CutText.wholeCharacters(bytes[...]) : bytes[...]
    }

    private func beginnings(of output: SharedOutput) async throws -> [UInt8] {
        var bytes: [UInt8] = []
        for record in output.records { bytes += try await beginning(of: record) }
        return bytes
    }

    /// What writes all of `record`.
    private func command(for record: OutputRecord) -> String {
        func quoted(_ text: String) -> String { "'" + text.replacing("'", with: #"'\''"#) + "'" }
        return "runbook logs \(run.short) --nodes \(quoted(record.node))"
            + (record.name.isEmpty ? "" : " --step \(quoted(record.name))") + (showsSensitive ? " --sensitive" : "")
            + " --raw" + (record.stream == .standardError ? " --stderr" : "") + " >FILE"
    }

    private func notAllShown(_ reason: String, style: Style) -> String {
        style.yellow("not all shown: " + SafeText(reason).singleLine)
    }

    private func showElements(_ records: [OutputRecord], to show: (String) throws -> Void) async throws {
        for (index, record) in records.enumerated() {
            let element = try JSONOutput([try await jsonObject(record)], pretty: true)
            try show(Self.inside(element) + (index < records.count - 1 ? "," : ""))
        }
    }

    /// What stands between a document's outer brackets.
    private static func inside(_ document: JSONOutput) -> String {
        String(document.text.dropFirst().dropLast()).trimmingCharacters(in: .newlines)
    }

    /// A stored stream as an object.
    private func jsonObject(_ record: OutputRecord) async throws -> [String: Any] {
        let time = record.time.map { EventLine.timestamp($0) } ?? EventLine.now
        var object: [String: Any] = [
            "type": "output", "run": run.description, "node": record.node, "step": record.name,
            "stream": record.stream.rawValue, "attempt": record.id.attempt, "bytes": record.bytes,
            "time": time,
        ]
        if isWithheld(record) {
            object["withheld"] = true
        } else {
            let bytes = try await beginning(of: record)
            if let text = String(validating: bytes, as: UTF8.self) {
                object["text"] = text
            } else {
                object["base64"] = Data(bytes).base64EncodedString()
            }
            if bytes.count < record.bytes { object["omitted_bytes"] = record.bytes - bytes.count }
        }
        if let reason = record.limitReason { object["limit"] = reason }
        return object
    }
}
