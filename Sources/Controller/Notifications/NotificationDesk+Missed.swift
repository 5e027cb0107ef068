import Model

extension NotificationDesk {
    /// Makes the message that a job did not run at its time, for whom its runbook and the inventory name.
    func tellMissed(_ job: String, _ text: String) async throws {
        guard let declared = try workspace.jobs().first(where: { $0.name == job }) else { return }
        let runbook = try workspace.runbook(declared.runbook)
        let notify = try workspace.notifications(of: runbook)
        guard let receivers = notify.receivers[.missed], !receivers.isEmpty else { return }
        let time = WallClock().wallTime()
        let header = RunHeader(
            id: RunService.newRunID(), kind: .apply, runbook: runbook.name, runbookVersion: runbook.version,
            targets: NodeSet(names: []), selector: "", parameters: [:],
            requester: ScheduledJob.requester(job, service: RunService.requester), program: ProgramVersion.text)
        var message = NotificationMessage(
            occasion: .missed, header: header, site: try await journal.site(), time: time)
        message.job = job
        message.reason = text
        try await journal.post(message, to: receivers, key: "job \(job) \(time)")
    }
}
