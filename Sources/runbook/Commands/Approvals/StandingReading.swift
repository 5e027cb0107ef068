import Controller
import Foundation
import Governance
import Model

/// What the giver of a standing approval reads, and is asked.
struct StandingReading {
    let scope: StandingScope
    let order: StandingDesk.Order
    let terminal: Terminal

    private struct Shown: Encodable {
        let scope: StandingScope
        let digest: String
    }

    /// Shows it as the command's result.
    func show(_ output: OutputFormat) throws {
        switch output {
        case .text: for line in lines(terminal.style) { terminal.result(line) }
        case .json, .jsonl:
            let shown = Shown(scope: scope, digest: scope.digest)
            try terminal.result(ResultObject(thing: "standing_scope", of: shown), as: output)
        }
    }

    /// Shows it and asks, unless its digest was `named`.
    /// - Throws: `RequestError` when it is another, when nobody can be asked, and when the answer is no.
    func confirm(_ named: String?) throws {
        if let named {
            guard scope.digest.hasPrefix(named) else {
                throw RequestError(
                    .refused, "The scope is another by now: \(scope.digest).",
                    hint: "Read that one before you approve it: the same command with --show.")
            }
            return
        }
        for line in lines(terminal.errorStyle) { terminal.complaint(line) }
        try Terminal.ask(
            "give", hint: "Name the scope that you have read: --scope \(scope.digest.prefix(12))",
            refusal: "Nothing was given.")
    }

    private var end: Substring {
        let now = Int(Date().timeIntervalSince1970 * 1000)
        return EventLine.timestamp(now + Int(order.lifetime.components.seconds) * 1000).prefix(16)
    }

    private func lines(_ style: Style) -> [String] {
        let nodes = (try? NodeSet(parsing: scope.nodes, resolver: nil))?.count ?? 0
        var lines = [
            style.bold("Standing approval of runs of \(SafeText(scope.runbook).singleLine)"),
            "  version \(scope.version), files: sha256 \(scope.source.prefix(16))",
            "  on \(nodes.nodes()): \(SafeText(scope.nodes).singleLine)",
        ]
        lines += scope.parameters.sorted { $0.key < $1.key }.map {
            "  parameter \(SafeText($0.key).singleLine): \(SafeText($0.value.text).singleLine)"
        }
        return lines + [
            "  at most \(scope.count) \(scope.count == 1 ? "run" : "runs"), until about \(end) UTC",
            "  reason: \(SafeText(order.reason).singleLine)",
            "  digest of the scope: \(scope.digest)", "",
        ]
    }
}
