import Foundation
import Model

/// Reads the keys of a schedule, in a runbook or in an inventory.
struct ScheduleKeys {
    /// Says what is wrong with a value.
    let report: (_ node: YAMLNode, _ message: String, _ hint: String?) -> Void

    func schedule(_ node: YAMLNode, parameters: [String: Value]) -> Schedule {
        if let cron = node["cron"], let text = cron.scalar?.text, let problem = CronSyntax.problem(with: text) {
            report(cron, problem.message, problem.hint)
        }
        checkZone(node["timezone"])
        if let nodes = node["nodes"], let text = nodes.scalar?.text, let fault = SelectorSyntax.fault(in: text) {
            report(nodes, fault.message, fault.hint)
        }
        return Schedule(
            cron: node.text("cron") ?? "", timezone: node.text("timezone") ?? "UTC",
            jitter: node.duration("jitter") ?? .zero, nodes: node.text("nodes"), parameters: parameters,
            missed: node.choice("missed", Schedule.Missed.self) ?? .runOnce,
            overlap: node.choice("overlap", Schedule.Overlap.self) ?? .skip,
            unattended: node.choice("unattended", Schedule.Unattended.self) ?? .detect)
    }

    func checkZone(_ zone: YAMLNode?) {
        guard let zone, let text = zone.scalar?.text, TimeZone(identifier: text) == nil else { return }
        let near = Spelling.nearest(to: text, among: TimeZone.knownTimeZoneIdentifiers)
        report(
            zone, "there is no time zone '\(SafeText(text).singleLine)'",
            near.map { "did you mean '\($0)'?" } ?? "for example Europe/Berlin")
    }
}
