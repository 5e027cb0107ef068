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
        type = event.typeName
        node = event.node
        body = try JournalCoding.encode(event)
    }

    /// Whether it is still kept when the disk is full: all but what begins something new on a node.
    var importance: Importance {
        switch event {
        case .runStarted, .resumed, .planned, .confirmed, .waveStarted, .guardArmed: .ordinary
        case .stepIntended(_, let intent): intent.purpose == .undo || intent.purpose == .always ? .ending : .ordinary
        default: .ending
        }
    }
}

extension RunEvent {
    /// The event's name as the `type` column has it.
    var typeName: String {
        switch self {
        case .runStarted: "run_started"
        case .phaseChanged: "phase_changed"
        case .resumed: "resumed"
        case .stopping: "stopping"
        case .warning: "warning"
        case .nodeStateChanged: "node_state_changed"
        case .connected: "connected"
        case .probeAnswered: "probe_answered"
        case .surveyed: "surveyed"
        case .planned: "planned"
        case .confirmed: "confirmed"
        case .waveStarted: "wave_started"
        case .waveEnded: "wave_ended"
        case .stepIntended: "step_intended"
        case .stepStarted: "step_started"
        case .captured: "captured"
        case .stepEnded: "step_ended"
        case .guardArmed: "guard_armed"
        case .guardSettled: "guard_settled"
        case .advised: "advised"
        case .verified: "verified"
        case .nodeFailing: "node_failing"
        case .leased: "leased"
        case .released: "released"
        case .nodeFinished: "node_finished"
        case .runFinished: "run_finished"
        }
    }
}
