import Controller
import Foundation
import Glibc
import Model

extension LogReader {
    /// Outputs gathered: the same of several nodes once, under their node set.
    func gathered(style: Style) async throws -> [String] {
        var sections: [(name: String, stream: OutputChunk.Stream, gathered: GatheredOutput, limits: [String])] = []
        for record in try await records() where record.bytes > 0 || record.limitReason != nil {
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

    /// One line of JSON for each stored stream.
    func jsonLines() async throws -> [String] {
        var lines: [String] = []
        for record in try await records() {
            let bytes = try await bytes(of: record)
            var object: [String: Any] = [
                "type": "output", "run": run.description, "node": record.node, "step": record.name,
                "stream": record.stream.rawValue, "attempt": record.id.attempt, "bytes": record.bytes,
            ]
            if isWithheld(record) {
                object["withheld"] = true
            } else if let text = String(validating: bytes, as: UTF8.self) {
                object["text"] = text
            } else {
                object["base64"] = Data(bytes).base64EncodedString()
            }
            if let reason = record.limitReason { object["limit"] = reason }
            lines.append(try JSONOutput(object).text)
        }
        return lines
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

    /// Progress lines until the run has ended.
    func follow(terminal: Terminal) async throws {
        var sequence = 0
        let progress = ProgressLines(style: terminal.style, verbosity: 1)
        while true {
            for event in try await nextEvents(after: sequence) {
                sequence = event.sequence
                for line in progress.lines(for: event) { terminal.result(line) }
                if case .runFinished = event.event { return }
            }
        }
    }
}
