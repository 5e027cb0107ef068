import Foundation
import Rehearsal

/// An event of a test as one line of JSON.
struct RehearsalLine {
    let json: String

    /// Nil for what is no result.
    init?(_ event: RehearsalEvent) {
        var object: [String: Any]
        switch event {
        case .nodesStarting(let runbook, let nodes):
            object = ["type": "nodes_starting", "runbook": runbook, "nodes": nodes]
        case .checked(let runbook, let fault, let check):
            object = [
                "type": "checked", "runbook": runbook, "fault": fault, "step": check.step.rawValue,
                "status": check.status.rawValue, "milliseconds": check.milliseconds,
            ]
            if !check.text.isEmpty { object["text"] = check.text }
            if !check.evidence.isEmpty { object["evidence"] = check.evidence }
        case .ended(let report):
            object = [
                "type": "fault_ended", "runbook": report.runbook, "fault": report.fault, "held": report.held,
                "milliseconds": report.milliseconds, "stand_ins": report.standIns, "second": report.isSecond,
            ]
        case .failed(let runbook, let text): object = ["type": "failed", "runbook": runbook, "text": text]
        case .kept(let runbook, _, let folder): object = ["type": "kept", "runbook": runbook, "folder": folder]
        }
        object["time"] = EventLine.now
        guard let line = try? JSONOutput(object).text else { return nil }
        json = line
    }

    /// The last line.
    static func summary(_ reports: [FaultReport]) throws -> String {
        try JSONOutput([
            "type": "summary", "time": EventLine.now, "faults": reports.count, "held": reports.count { $0.held },
            "milliseconds": reports.reduce(0) { $0 + $1.milliseconds },
        ]).text
    }
}
