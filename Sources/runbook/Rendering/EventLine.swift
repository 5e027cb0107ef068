import Foundation
import Model

/// A run's event as one line of JSON: `type`, `time`, `run`, the node where there is one, and the event's own keys.
struct EventLine {
    let json: String

    init(_ recorded: RecordedEvent) throws {
        let (type, payload) = try Self.parts(of: recorded.event)
        var object = payload
        object["type"] = type
        object["time"] = Self.timestamp(recorded.time)
        object["sequence"] = recorded.sequence
        object["run"] = recorded.run.description
        if let node = recorded.event.node { object["node"] = node }
        json = try JSONOutput(object).text
    }

    /// ISO 8601 in UTC, with milliseconds.
    static func timestamp(_ milliseconds: Int) -> String {
        let date = Date(timeIntervalSince1970: Double(milliseconds) / 1000)
        return date.formatted(
            .iso8601.year().month().day().time(includingFractionalSeconds: true).timeZone(separator: .omitted))
    }

    /// The same of this moment.
    static var now: String { timestamp(Int(Date().timeIntervalSince1970 * 1000)) }

    private static func parts(of event: RunEvent) throws -> (String, [String: Any]) {
        switch event {
        case .runStarted(let header): ("run_started", try JSONOutput.keys(of: header))
        case .phaseChanged(let phase): ("phase_changed", ["phase": phase.rawValue])
        case .resumed(let requester): ("resumed", ["by": try JSONOutput.keys(of: requester)])
        case .stopping(let reason): ("stopping", ["reason": reason])
        case .warning(let text): ("warning", ["text": text])
        case .nodeStateChanged(_, let state): ("node_state_changed", ["state": state.rawValue])
        case .connected(_, let identity): ("connected", ["identity": try JSONOutput.keys(of: identity)])
        case .probeAnswered(_, let answer): ("probe_answered", try JSONOutput.keys(of: answer))
        case .surveyed(_, let survey): ("surveyed", try JSONOutput.keys(of: survey))
        case .planned(let plan): ("planned", try JSONOutput.keys(of: plan))
        case .confirmed(let requester, let digest):
            ("confirmed", ["by": try JSONOutput.keys(of: requester), "plan_digest": digest])
        case .waveStarted(let index, let nodes): ("wave_started", ["wave": index, "nodes": nodes.folded])
        case .waveEnded(let index): ("wave_ended", ["wave": index])
        case .stepIntended(_, let intent): ("step_intended", try JSONOutput.keys(of: intent))
        case .stepStarted(_, let id): ("step_started", ["id": id.description])
        case .captured(_, let step, let capture):
            ("captured", ["step": step, "id": capture.id.description, "digest": capture.digest])
        case .stepEnded(_, let ending): ("step_ended", try JSONOutput.keys(of: ending))
        case .guardArmed(_, let id): ("guard_armed", ["id": id.description])
        case .guardSettled(_, let id, let fired): ("guard_settled", ["id": id.description, "fired": fired])
        case .advised(_, let advice): ("advised", try JSONOutput.keys(of: advice))
        case .verified(_, let verification): ("verified", try JSONOutput.keys(of: verification))
        case .nodeFailing(_, let failure): ("node_failing", try JSONOutput.keys(of: failure))
        case .leased(_, let fence): ("leased", ["fence": fence])
        case .released: ("released", [:])
        case .nodeFinished(_, let outcome): ("node_finished", try JSONOutput.keys(of: outcome))
        case .runFinished(let ending): ("run_finished", try JSONOutput.keys(of: ending))
        }
    }
}
