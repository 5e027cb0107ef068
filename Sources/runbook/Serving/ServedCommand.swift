import ArgumentParser

/// A command that the service can carry out for its users. All others work on what belongs to who calls them.
protocol ServedCommand: ParsableCommand {
    var global: GlobalOptions { get }
    /// Options, as they were given, that only whoever keeps the service may decide on.
    var reserved: [String] { get }
}

extension ServedCommand {
    var reserved: [String] { [] }

    var ownPlaces: [String] { global.ownPlaces }
}

extension GlobalOptions {
    /// Options that name somebody's own inventory, runbooks or database.
    var ownPlaces: [String] {
        (inventory.isEmpty ? [] : ["--inventory"]) + (runbooks == nil ? [] : ["--runbooks"])
            + (db == nil ? [] : ["--db"])
    }
}

extension ReachOptions {
    /// Which keys are believed is written into the service's own records.
    fileprivate var reserved: [String] { hostKeys == nil ? [] : ["--host-keys"] }
}

extension ApplyCommand: ServedCommand {
    var reserved: [String] { reach.reserved + (plan == nil ? [] : ["--plan"]) }
}

extension PlanCommand: ServedCommand {
    var reserved: [String] { reach.reserved + (file == nil ? [] : ["-o"]) }
}

extension ReportCommand: ServedCommand {
    var reserved: [String] { file == nil ? [] : ["-o"] }
}

extension DiagnoseCommand: ServedCommand {
    var reserved: [String] { reach.reserved }
}

extension ExecCommand: ServedCommand {
    var reserved: [String] { reach.reserved }
}

extension NodesPing: ServedCommand {
    var reserved: [String] { reach.reserved }
}

extension RollbackCommand: ServedCommand {
    var reserved: [String] { reach.reserved }
}

extension ResumeCommand: ServedCommand {
    var reserved: [String] { reach.reserved }
}

extension CancelCommand: ServedCommand {}
extension RunsCommand: ServedCommand {}
extension MetricsCommand: ServedCommand {}
extension ShowCommand: ServedCommand {}
extension LogsCommand: ServedCommand {}
extension ListCommand: ServedCommand {}
extension DescribeCommand: ServedCommand {}
extension CasesCommand: ServedCommand {}
extension NodesList: ServedCommand {}
extension NodesGroups: ServedCommand {}
extension NodesShow: ServedCommand {}
extension AuditList: ServedCommand {}
extension AuditShow: ServedCommand {}
extension WindowList: ServedCommand {}
extension WindowNext: ServedCommand {}
extension WindowCheck: ServedCommand {}
extension ScheduleList: ServedCommand {}
extension ScheduleNext: ServedCommand {}
extension ScheduleHistory: ServedCommand {}
extension SchedulePause: ServedCommand {}
extension NotifyList: ServedCommand {}

extension NotifyOutbox: ServedCommand {
    var reserved: [String] { deliver ? ["--deliver"] : [] }
}

extension ScheduleResume: ServedCommand {}

extension ScheduleRun: ServedCommand {
    var reserved: [String] { reach.reserved }
}

extension ApprovalsList: ServedCommand {}
extension ApprovalsExchange: ServedCommand {}
extension StandingList: ServedCommand {}
extension StandingRevoke: ServedCommand {}
extension StandingExchange: ServedCommand {}
extension AccessCheck: ServedCommand {}

extension AuditExportCommand: ServedCommand {
    var reserved: [String] { folder == "-" ? [] : ["-o FOLDER"] }
}

extension AuditVerify: ServedCommand {
    var reserved: [String] {
        [export.map { _ in "FOLDER" }, signers.map { _ in "--signers" }, anchors.map { _ in "--anchors" }].compactMap(
            \.self)
    }
}
