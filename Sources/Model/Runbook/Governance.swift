/// Who must approve before a change.
package struct Approval: Sendable, Hashable, Codable {
    /// Users, or `role:NAME`.
    package var approvers: [String]
    package var minimum: Int
    package var expires: Duration
    package var allowSelf: Bool
    package var message: String
    /// The least coverage of the dry run, in percent.
    package var coverage: Double?

    package init(
        approvers: [String], minimum: Int = 1, expires: Duration = .seconds(4 * 3600), allowSelf: Bool = false,
        message: String = "", coverage: Double? = nil
    ) {
        self.approvers = approvers
        self.minimum = minimum
        self.expires = expires
        self.allowSelf = allowSelf
        self.message = message
        self.coverage = coverage
    }
}

/// When a runbook's `gate: window` steps may run.
package struct WindowRequirement: Sendable, Hashable, Codable {
    package enum OnClose: String, Sendable, Hashable, Codable, CaseIterable {
        case finishStep = "finish_step", finishWave = "finish_wave", rollback
    }

    package var calendar: String
    package var onClose: OnClose

    package init(calendar: String, onClose: OnClose = .finishWave) {
        self.calendar = calendar
        self.onClose = onClose
    }
}

/// When a runbook runs by itself.
package struct Schedule: Sendable, Hashable, Codable {
    package enum Missed: String, Sendable, Hashable, Codable, CaseIterable { case runOnce = "run_once", skip, alert }
    package enum Overlap: String, Sendable, Hashable, Codable, CaseIterable { case skip, queue, cancel }
    package enum Unattended: String, Sendable, Hashable, Codable, CaseIterable { case detect, standing, wait }

    /// Five fields.
    package var cron: String
    package var timezone: String
    package var jitter: Duration
    /// A node-set expression; nil: the runbook's targets.
    package var nodes: String?
    package var parameters: [String: Value]
    package var missed: Missed
    package var overlap: Overlap
    package var unattended: Unattended

    package init(
        cron: String, timezone: String = "UTC", jitter: Duration = .zero, nodes: String? = nil,
        parameters: [String: Value] = [:], missed: Missed = .runOnce, overlap: Overlap = .skip,
        unattended: Unattended = .detect
    ) {
        self.cron = cron
        self.timezone = timezone
        self.jitter = jitter
        self.nodes = nodes
        self.parameters = parameters
        self.missed = missed
        self.overlap = overlap
        self.unattended = unattended
    }
}

/// Whom to tell, by occasion.
package struct Notifications: Sendable, Hashable, Codable {
    /// What there may be to tell.
    package enum Occasion: String, Sendable, Hashable, Codable, CaseIterable, CodingKeyRepresentable {
        case start, success, failure, approval
        case windowClosing = "window_closing"
        case breakGlass = "break_glass"
        case missed

        /// As a runbook has it.
        package var key: String { "on_" + rawValue }

        /// In words, without a full stop.
        package var meaning: String {
            switch self {
            case .start: "The run has begun"
            case .success: "The run has ended well"
            case .failure: "The run has not ended well"
            case .approval: "The run waits for an approval"
            case .windowClosing: "The change window is about to close, or has closed, while the run goes on"
            case .breakGlass: "Approvals and windows were gone past"
            case .missed: "A job of it did not run at its time"
            }
        }
    }

    /// Names of receivers, by occasion.
    package var receivers: [Occasion: [String]]
    /// Where each name stands first.
    package var positions: [String: SourcePosition]

    package init(_ receivers: [Occasion: [String]] = [:], positions: [String: SourcePosition] = [:]) {
        self.receivers = receivers
        self.positions = positions
    }

    /// These, and what `others` are told of every run.
    package func adding(_ others: [Receiver]) -> Notifications {
        var all = self
        for receiver in others {
            for occasion in receiver.always where all.receivers[occasion]?.contains(receiver.name) != true {
                all.receivers[occasion, default: []].append(receiver.name)
            }
        }
        return all
    }

    /// These and `other`'s.
    package func adding(_ other: Notifications) -> Notifications {
        var all = self
        for (occasion, names) in other.receivers {
            for name in names where all.receivers[occasion]?.contains(name) != true {
                all.receivers[occasion, default: []].append(name)
            }
        }
        all.positions.merge(other.positions) { own, _ in own }
        return all
    }

    /// Whether nobody is to be told anything.
    package var isEmpty: Bool { receivers.allSatisfy { $0.value.isEmpty } }
}
