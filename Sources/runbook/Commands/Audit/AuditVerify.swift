import ArgumentParser
import Controller
import Foundation
import Model

/// Checks the chain, or an export.
struct AuditVerify: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract: "Check that no audit record was changed, removed, moved or added.",
        discussion: """
            Without a folder the database is checked: every record, the events that they cover, and the places outside \
            where the chain was anchored. With the folder of an export only that is read; it needs no database.

            Examples:
              runbook audit verify
              runbook audit verify --anchors from-the-log-server.txt
              runbook audit verify change-4711 --signers signers
            """)

    @OptionGroup var global: GlobalOptions
    @Argument(help: ArgumentHelp("The folder of an export, or its manifest.", valueName: "folder"), completion: .file())
    var export: String?
    @Option(
        help: ArgumentHelp(
            "Whose signatures hold: OpenSSH's allowed signers, with the principal 'controller'.", valueName: "file"),
        completion: .file())
    var signers: String?
    @Option(
        help: ArgumentHelp("Anchors that were collected elsewhere, such as lines of a log server.", valueName: "file"),
        completion: .file())
    var anchors: String?
    @Flag(help: "End with 1 unless the chain is anchored where the database's owner can't write.")
    var requireAnchor = false

    func validate() throws {
        if export != nil, anchors != nil || requireAnchor {
            throw ValidationError("--anchors and --require-anchor are about the database, not about an export.")
        }
    }

    func run() async throws {
        if let export {
            try await verify(export)
        } else {
            try await verifyJournal()
        }
    }

    private func verify(_ export: String) async throws {
        let finding = try await ExportVerifier(path: export, signers: signers).verify()
        switch global.output {
        case .text:
            if let fault = finding.fault {
                let place = fault.sequence.map { "\(fault.file), record \($0)" } ?? fault.file
                global.terminal.result("\(SafeText(place).singleLine): \(SafeText(fault.message).singleLine)")
            } else {
                let gaps = finding.complete ? ", without a gap" : ", chosen ones"
                global.terminal.result(
                    "\(finding.records) records (\(finding.first) to \(finding.last)\(gaps)), as they were signed by \(finding.key)."
                )
                if !finding.isKeyKnown {
                    global.terminal.result(
                        "That key came with the export. Compare it with what you know of the controller, or give --signers."
                    )
                }
            }
        case .json, .jsonl:
            try global.terminal.result(ResultObject(thing: "export_verification", of: finding), as: global.output)
        }
        if finding.fault != nil { throw ExitCode(1) }
    }

    private func verifyJournal() async throws {
        let settings = try global.settings
        let journal = try await Workspace(settings).journal()
        try await AccessGuard(Workspace(settings), journal).require(.read)
        let collected = try anchors.map { path in
            guard let data = FileManager.default.contents(atPath: path) else {
                throw RequestError(.usage, "\(path) can't be read.")
            }
            return (
                name: path, lines: String(decoding: data, as: UTF8.self).split(separator: "\n").map(String.init)
            )
        }
        let result = try await AuditAnchoring(settings, journal: journal).verify(
            collected: collected, signers: signers)
        try await journal.close()
        switch global.output {
        case .text: for line in Self.lines(result) { global.terminal.result(SafeText(line).singleLine) }
        case .json, .jsonl:
            try global.terminal.result(ResultObject(thing: "audit_verification", of: result), as: global.output)
        }
        if !result.isIntact || requireAnchor && result.anchoring != .anchored { throw ExitCode(1) }
    }

    static func lines(_ result: AnchoredVerification) -> [String] {
        var lines: [String] = []
        if let fault = result.chain.fault { lines.append("Record \(fault.sequence): \(fault.message)") }
        for place in result.places {
            if let fault = place.fault { lines.append("\(place.name): \(fault)") }
        }
        if result.isIntact {
            let chain = "\(result.chain.records) records, chain intact."
            switch result.anchoring {
            case .anchored: lines.append("\(chain) Anchored, but for the last \(result.uncovered).")
            case .rewritable:
                lines.append(
                    "\(chain) Anchored only where the owner of the database can write too: for them it is unanchored.")
            case .unanchored:
                lines.append("\(chain) Unanchored: a chain rewritten as a whole can't be told from a true one.")
            }
        }
        for place in result.places {
            var parts: [String] = []
            if place.fault == nil, let sequence = place.sequence, let time = place.time {
                parts.append(
                    "holds record \(sequence), \(UTCText.seconds(time)) UTC"
                        + (place.isIndependent ? "" : ", which this user could rewrite"))
            } else if place.fault == nil, place.note == nil {
                parts.append("holds nothing yet")
            }
            if let note = place.note { parts.append(note) }
            if !parts.isEmpty { lines.append("  \(place.name): \(parts.joined(separator: "; "))") }
        }
        return lines
    }
}
