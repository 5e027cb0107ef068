import Foundation
import Model

extension InventoryReader {
    /// Calendars by name; the same name twice is an error that names both places.
    func readCalendars(_ root: YAMLNode) {
        for entry in root["windows"]?.entries ?? [] where isName(entry, of: "a calendar") {
            let position = position(entry.keyMark)
            if let former = draft.calendars.first(where: { $0.name == entry.key }) {
                report(
                    entry.keyMark, "the calendar '\(entry.key)' is set twice",
                    hint: "the first is at \(former.position)")
                continue
            }
            scheduleKeys.checkZone(entry.value["timezone"])
            draft.calendars.append(
                CalendarDeclaration(
                    name: entry.key, description: entry.value.text("description") ?? "",
                    timezone: entry.value.text("timezone") ?? "UTC",
                    windows: entry.value.list("open").map(span), blackouts: entry.value.list("blackouts").map(span),
                    feeds: entry.value.list("ics").map(feed), position: position))
        }
    }

    private func span(_ node: YAMLNode) -> CalendarDeclaration.Span {
        CalendarDeclaration.Span(
            label: node.text("name") ?? node.text("start") ?? "", start: node.text("start") ?? "",
            end: node.text("end"), duration: node.duration("duration"), rule: node.text("rrule"),
            position: position(node.mark))
    }

    private func feed(_ node: YAMLNode) -> CalendarDeclaration.Feed {
        let position = position(node.mark)
        let path = node.text("file") ?? ""
        let folder = (position.file as NSString).deletingLastPathComponent
        return CalendarDeclaration.Feed(
            path: path.hasPrefix("/") || folder.isEmpty ? path : folder + "/" + path,
            isBlackout: node.text("as") == "blackouts", staleAfter: node.duration("stale_after"), position: position)
    }

    /// Jobs by name.
    func readJobs(_ root: YAMLNode) {
        for entry in root["schedules"]?.entries ?? [] where isName(entry, of: "a job") {
            let position = position(entry.keyMark)
            if let former = draft.jobs.first(where: { $0.name == entry.key }) {
                report(entry.keyMark, "the job '\(entry.key)' is set twice", hint: "the first is at \(former.position)")
                continue
            }
            let parameters = (entry.value["parameters"]?.entries ?? []).map { ($0.key, $0.value.writtenValue) }
            draft.jobs.append(
                ScheduledJob(
                    name: entry.key, runbook: entry.value.text("runbook") ?? "",
                    schedule: scheduleKeys.schedule(
                        entry.value, parameters: Dictionary(parameters, uniquingKeysWith: { first, _ in first })),
                    position: position))
        }
    }

    private var scheduleKeys: ScheduleKeys {
        ScheduleKeys { [unowned self] node, message, hint in self.report(node.mark, message, hint: hint) }
    }

    func isName(_ entry: YAMLEntry, of what: String) -> Bool {
        if !WordForm.label.fits(entry.key) {
            report(
                entry.keyMark, "'\(SafeText(entry.key).singleLine)' is no name of \(what)", hint: "for example nightly")
            return false
        }
        return true
    }
}
