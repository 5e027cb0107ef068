import Controller
import Foundation
import Glibc
import Model

extension LogReader {
    /// Outputs gathered: the same of several nodes once, under their node set.
    func gathered(style: Style) async throws -> [String] { try await gathered(try await records(), style: style) }

    /// The same of some of them.
    func gathered(_ records: [OutputRecord], style: Style) async throws -> [String] {
        var sections: [(name: String, stream: OutputChunk.Stream, gathered: GatheredOutput, limits: [String])] = []
        for record in records where record.bytes > 0 || record.limitReason != nil {
            let name = record.name.isEmpty ? "command" : record.name
            let index = sections.firstIndex { $0.name == name && $0.stream == record.stream }
            let at = index ?? sections.count
            if index == nil { sections.append((name, record.stream, GatheredOutput(), [])) }
            if isWithheld(record) {
                sections[at].limits.append("\(record.node): \(record.bytes) bytes of a sensitive step, see --sensitive")
            } else {
                sections[at].gathered.add(try await bytes(of: record), from: record.node)
            }
            if let reason = record.limitReason { sections[at].limits.append("\(record.node): \(reason)") }
        }
        return sections.flatMap { section in
            section.gathered.groups.flatMap { group in
                let stream = section.stream == .standardError ? " (standard error)" : ""
                let head = "\(group.nodes.folded) (\(group.nodes.count.nodes())): \(section.name)\(stream)"
                let body = SafeText(bytes: group.bytes).description.split(
                    separator: "\n", omittingEmptySubsequences: false)
                let lines = body.last == "" ? body.dropLast() : body[...]
                return [style.bold("--- " + SafeText(head).singleLine)] + lines.map(String.init)
            } + section.limits.map { style.yellow("not all shown: " + SafeText($0).singleLine) }
        }
    }

    /// All stored streams as one array.
    func jsonDocument() async throws -> String {
        try JSONOutput(try await jsonObjects(try await records()), pretty: true).text
    }

    /// One line of JSON for each stored stream.
    func jsonLines() async throws -> [String] { try await jsonLines(try await records()) }

    /// The same of some of them.
    func jsonLines(_ records: [OutputRecord]) async throws -> [String] {
        try await jsonObjects(records).map { try JSONOutput($0).text }
    }

    /// Each stored stream as an object.
    func jsonObjects(_ records: [OutputRecord]) async throws -> [[String: Any]] {
        var objects: [[String: Any]] = []
        for record in records {
            let bytes = try await bytes(of: record)
            let time = record.time.map { EventLine.timestamp($0) } ?? EventLine.now
            var object: [String: Any] = [
                "type": "output", "run": run.description, "node": record.node, "step": record.name,
                "stream": record.stream.rawValue, "attempt": record.id.attempt, "bytes": record.bytes,
                "time": time,
            ]
            if isWithheld(record) {
                object["withheld"] = true
            } else if let text = String(validating: bytes, as: UTF8.self) {
                object["text"] = text
            } else {
                object["base64"] = Data(bytes).base64EncodedString()
            }
            if let reason = record.limitReason { object["limit"] = reason }
            objects.append(object)
        }
        return objects
    }

    /// The exact bytes of standard output.
    /// - Throws: `RequestError` at a terminal, which must not get what a node printed.
    func writeRaw() async throws {
        guard isatty(STDOUT_FILENO) == 0 else {
            throw RequestError(
                .usage, "What a node printed is not written to a terminal as it is.", hint: "Redirect it: --raw >FILE")
        }
        for record in try await records() where record.stream == .standardOutput {
            try FileHandle.standardOutput.write(contentsOf: Data(try await bytes(of: record)))
        }
    }
}
