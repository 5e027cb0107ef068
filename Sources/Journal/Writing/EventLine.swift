import Foundation
import Model

/// An event in the form in which it is stored, made before it waits for its transaction.
struct EventLine: Sendable {
    /// Without the bytes of a capture.
    var event: RunEvent
    var type: String
    var node: String?
    var body: String
    /// A capture's bytes.
    var blob: Blob?

    /// - Throws: when a capture's digest is not that of its bytes.
    init(_ event: RunEvent, redactor: Redactor?) throws {
        var event = redactor.map { $0.redacted(event) } ?? event
        if case .captured(let node, let step, var capture) = event {
            guard Digest.of(capture.bytes) == capture.digest else {
                throw JournalError(.misuse, "A captured state of \(node) has another digest than its bytes.")
            }
            if redactor?.finds(capture.bytes) != true { blob = try Blob(capture.bytes, digest: capture.digest) }
            capture.bytes = []
            event = .captured(node: node, step: step, capture)
        }
        self.event = event
        (type, node) = event.typeAndNode
        body = try JournalCoding.encode(event)
    }

    /// Whether it is still kept when the disk is full: all but what begins something new on a node.
    var importance: Importance {
        switch event {
        case .runStarted, .planned, .confirmed, .waveStarted: .ordinary
        case .stepIntended(_, let intent): intent.purpose == .undo || intent.purpose == .always ? .ending : .ordinary
        default: .ending
        }
    }
}

extension RunEvent {
    /// The event's name as the `type` column has it, and the node that it is about.
    var typeAndNode: (String, String?) {
        switch self {
        case .runStarted: ("run_started", nil)
        case .phaseChanged: ("phase_changed", nil)
        case .resumed: ("resumed", nil)
        case .stopping: ("stopping", nil)
        case .warning: ("warning", nil)
        case .nodeStateChanged(let node, _): ("node_state_changed", node)
        case .connected(let node, _): ("connected", node)
        case .probeAnswered(let node, _): ("probe_answered", node)
        case .surveyed(let node, _): ("surveyed", node)
        case .planned: ("planned", nil)
        case .confirmed: ("confirmed", nil)
        case .waveStarted: ("wave_started", nil)
        case .waveEnded: ("wave_ended", nil)
        case .stepIntended(let node, _): ("step_intended", node)
        case .stepStarted(let node, _): ("step_started", node)
        case .captured(let node, _, _): ("captured", node)
        case .stepEnded(let node, _): ("step_ended", node)
        case .guardArmed(let node, _): ("guard_armed", node)
        case .guardSettled(let node, _, _): ("guard_settled", node)
        case .advised(let node, _): ("advised", node)
        case .verified(let node, _): ("verified", node)
        case .nodeFailing(let node, _): ("node_failing", node)
        case .leased(let node, _): ("leased", node)
        case .released(let node): ("released", node)
        case .nodeFinished(let node, _): ("node_finished", node)
        case .runFinished: ("run_finished", nil)
        }
    }
}
