import Engine
import Governance
import Model

extension ScheduledJob {
    /// When it comes.
    /// - Throws: `GovernanceError`.
    package var timing: JobTiming {
        get throws(GovernanceError) { try JobTiming(job: name, schedule: schedule) }
    }

    /// What its times depend on: where that is written otherwise than before, nothing was missed.
    var definition: String { "\(schedule.cron) \(schedule.timezone) \(schedule.jitter.wholeMilliseconds)" }

    /// Its parameters as an operator types them.
    var parameterTexts: [String: String] { schedule.parameters.mapValues(\.typedText) }

    /// Who asks for its runs: the service, with the job's name.
    static func requester(_ job: String, service: Requester) -> Requester {
        Requester(user: prefix + job, userID: service.userID, sudoUser: nil, host: service.host, sshClient: nil)
    }

    private static let prefix = "schedule:"

    /// The order for a run of it.
    func order(_ runbook: Runbook, requester: Requester, id: RunID) -> RunOrder {
        var selector = schedule.nodes
        if selector == nil, case .nodes(let all) = runbook.targets { selector = all }
        var order = RunOrder(
            kind: schedule.unattended == .detect ? .diagnose : .apply, runbook: self.runbook, selector: selector,
            parameters: parameterTexts)
        order.requester = requester
        order.id = id
        order.unattended = schedule.unattended
        return order
    }
}

extension Value {
    /// As an operator types it: a list as `a,b`, a map as `k=v,k=v`.
    fileprivate var typedText: String {
        switch self {
        case .list(let items): items.map(\.typedText).joined(separator: ",")
        case .map(let entries):
            entries.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value.typedText)" }.joined(separator: ",")
        default: displayText
        }
    }
}
