import Crypto
import Foundation
import Model

/// Checks an export's files against its manifest, and finds the record where they first differ.
struct ExportContents {
    typealias Fault = ExportVerifier.Fault

    let manifest: ExportManifest
    let read: (String) throws -> Data

    /// - Throws: `Fault`.
    func check() throws {
        let lines = try self.lines(ExportManifest.recordsName)
        let hashes = try self.lines(of: ExportManifest.hashesName)
        if !isIntact(hashes.data, ExportManifest.hashesName) { throw hashesFault(hashes.lines, lines) }
        let expected = hashes.lines.map(Self.parsed)
        try compare(lines, expected)
        let records = try chain(lines)
        try checkTable(records)
        try checkEvents(records)
        for name in manifest.files.keys.sorted() where !isIntact(try read(name), name) {
            throw Fault(file: name, sequence: nil, message: "\(name) was altered: it has another digest.")
        }
    }

    private func lines(_ name: String) throws -> [Substring] { try lines(of: name).lines }

    private func lines(of name: String) throws -> (data: Data, lines: [Substring]) {
        let data = try read(name)
        let text = String(decoding: data, as: UTF8.self)
        var lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        if lines.last?.isEmpty == true { lines.removeLast() }
        return (data, lines)
    }

    private func isIntact(_ data: Data, _ name: String) -> Bool {
        guard let file = manifest.files[name] else { return false }
        return data.count == file.bytes && Self.digest(data) == file.sha256
    }

    static func digest(_ data: Data) -> String {
        SHA256.hash(data: data).map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
    }

    private static func digest(_ line: Substring) -> String { digest(Data(line.utf8)) }

    private static func parsed(_ line: Substring) -> (hash: String, sequence: Int) {
        let words = line.split(separator: " ")
        return (words.first.map(String.init) ?? "", words.last.flatMap { Int($0) } ?? 0)
    }

    /// The list of hashes itself was altered: the first line that is not the hash of its record.
    private func hashesFault(_ hashes: [Substring], _ lines: [Substring]) -> Fault {
        let name = ExportManifest.hashesName
        for (index, line) in lines.enumerated() {
            let record = AuditRecord(canonical: String(line))
            if index >= hashes.count || hashes[index] != "\(Self.digest(line))  \(record?.sequence ?? 0)" {
                return Fault(
                    file: name, sequence: record?.sequence ?? manifest.records.first,
                    message: "Line \(index + 1) of \(name) was altered.")
            }
        }
        return Fault(file: name, sequence: manifest.records.last, message: "\(name) was altered behind its last line.")
    }

    /// Finds the first record that is not the one that was written.
    private func compare(_ lines: [Substring], _ expected: [(hash: String, sequence: Int)]) throws {
        let name = ExportManifest.recordsName
        for (index, line) in lines.enumerated() {
            let digest = Self.digest(line)
            guard index < expected.count else {
                throw Fault(
                    file: name, sequence: expected.last?.sequence,
                    message: "A record was put in after the last, \(expected.last?.sequence ?? 0).")
            }
            guard digest != expected[index].hash else { continue }
            let sequence = expected[index].sequence
            let what: String
            if index > 0, digest == expected[index - 1].hash {
                what = "A record was put in before it: record \(expected[index - 1].sequence) stands there twice."
            } else if let other = expected.firstIndex(where: { $0.hash == digest }) {
                let isDropped = index + 1 == other && lines.count < expected.count
                what =
                    isDropped
                    ? "It is missing." : "Record \(expected[other].sequence) stands in its place: records were moved."
            } else {
                what = "It was altered: it has another hash."
            }
            throw Fault(file: name, sequence: sequence, message: "Record \(sequence): \(what)")
        }
        if lines.count < expected.count {
            let sequence = expected[lines.count].sequence
            throw Fault(file: name, sequence: sequence, message: "Record \(sequence) and what follows is missing.")
        }
    }

    /// Whether the records follow one another as the manifest says.
    private func chain(_ lines: [Substring]) throws -> [AuditRecord] {
        let name = ExportManifest.recordsName
        var records: [AuditRecord] = []
        for (index, line) in lines.enumerated() {
            guard let record = AuditRecord(canonical: String(line)) else {
                throw Fault(
                    file: name, sequence: records.last.map { $0.sequence + 1 } ?? manifest.records.first,
                    message: "Line \(index + 1) is no record.")
            }
            let before = records.last
            let follows =
                switch before {
                case nil: record.previous == manifest.records.previous && record.sequence == manifest.records.first
                case let before? where before.sequence + 1 == record.sequence: record.previous == before.hash
                case let before?: !manifest.records.complete && record.sequence > before.sequence
                }
            guard follows else {
                throw Fault(
                    file: name, sequence: record.sequence,
                    message: "Record \(record.sequence) does not follow what stands before it.")
            }
            records.append(record)
        }
        guard records.count == manifest.records.count, records.last?.hash == manifest.records.hash,
            records.last?.sequence == manifest.records.last
        else {
            throw Fault(
                file: name, sequence: manifest.records.last, message: "The records are not those of the manifest.")
        }
        return records
    }

    private func checkTable(_ records: [AuditRecord]) throws {
        let name = ExportManifest.tableName
        let text = String(decoding: try read(name), as: UTF8.self)
        let expected = [AuditCSV.header] + records.map(AuditCSV.row)
        if text == expected.joined() { return }
        var rest = Substring(text)
        for (index, row) in expected.enumerated() {
            guard rest.hasPrefix(row) else {
                let sequence = index == 0 ? nil : records[index - 1].sequence
                throw Fault(
                    file: name, sequence: sequence,
                    message: sequence.map { "The row of record \($0) was altered, moved or taken out." }
                        ?? "The row of headings was altered.")
            }
            rest = rest.dropFirst(row.count)
        }
        throw Fault(file: name, sequence: records.last?.sequence, message: "Rows were put in after the last.")
    }

    /// Whether the events are those that the records cover.
    private func checkEvents(_ records: [AuditRecord]) throws {
        var events: [RunID: [Substring]] = [:]
        var covering: [RunID: Int] = [:]
        for record in records where record.entry.action == .runEvents {
            guard let run = record.entry.run, manifest.files[ExportManifest.eventsName(run)] != nil else { continue }
            let name = ExportManifest.eventsName(run)
            let all = try events[run] ?? self.lines(name)
            events[run] = all
            covering[run] = record.sequence
            let detail = record.entry.detail
            guard let first = detail["first"].flatMap({ Int($0) }), let last = detail["last"].flatMap({ Int($0) }),
                first >= 1, last >= first, all.count >= last
            else {
                throw Fault(
                    file: name, sequence: record.sequence,
                    message: "Events that record \(record.sequence) covers are missing.")
            }
            let covered = all[(first - 1)..<last].map { $0 + "\n" }.joined()
            guard Self.digest(Data(covered.utf8)) == detail["digest"] else {
                throw Fault(
                    file: name, sequence: record.sequence,
                    message: "Events \(first) to \(last) are not those that record \(record.sequence) covers.")
            }
        }
        // What stands behind the last covered event: of a run that went on, or put in.
        for (run, sequence) in covering.sorted(by: { $0.value < $1.value }) {
            let name = ExportManifest.eventsName(run)
            guard !isIntact(try read(name), name) else { continue }
            throw Fault(
                file: name, sequence: sequence,
                message: "Behind the events that record \(sequence) covers, events were altered, put in or taken out.")
        }
    }
}
