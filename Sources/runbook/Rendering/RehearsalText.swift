import Model
import Rehearsal

/// Tests of runbooks for people: a line for each thing that was tried, and a table at the end.
struct RehearsalText {
    let style: Style

    /// Lines while it goes on.
    func progress(_ event: RehearsalEvent) -> [String] {
        switch event {
        case .nodesStarting(let runbook, let nodes): ["\(runbook): starting \(nodes)"]
        case .checked(let runbook, let fault, let check):
            check.status == .notReached ? [] : lines(check, under: "\(runbook) \(fault)")
        case .ended(let report):
            [
                "\(report.runbook) \(report.fault): \(report.held ? style.green("all held") : style.red("not all held")), "
                    + "\(DurationText(milliseconds: report.milliseconds))"
            ]
        case .failed(let runbook, let reason): [style.red("\(runbook): \(text(reason))")]
        case .kept(let runbook, let lab, let folder):
            [
                "\(runbook): the nodes stay up.", "  \(lab) node --dir \(folder) NODE     a shell inside a node",
                "  \(lab) down --dir \(folder)          end them",
            ]
        }
    }

    private func lines(_ check: CheckResult, under name: String) -> [String] {
        let time = DurationText(milliseconds: check.milliseconds)
        switch check.status {
        case .held: return ["\(name): \(style.green("held"))     \(check.step.heading), \(time)"]
        case .skipped: return ["\(name): \(style.faint("skipped"))  \(check.step.heading): \(text(check.text))"]
        case .notReached: return []
        case .broken:
            return ["\(name): \(style.red("broken"))   \(check.step.heading): \(text(check.text))"]
                + check.evidence.map { "    | \(text($0))" }
        }
    }

    private func text(_ text: String) -> String { SafeText(text).singleLine }

    /// The result: what did not hold, and a row for each fault.
    func table(_ reports: [FaultReport], of rehearsal: Rehearsal) -> [String] {
        var table = Table(
            ["RUNBOOK", "FAULT"] + ProtocolStep.allCases.map { $0.heading.uppercased() } + ["TIME", "STAND-INS"])
        for report in reports {
            let cells = ProtocolStep.allCases.map { step in
                switch report.checks.first(where: { $0.step == step })?.status {
                case .held: "ok"
                case .broken: "BROKEN"
                case .skipped: "-"
                case .notReached, nil: "?"
                }
            }
            table.add(
                [report.runbook, report.fault] + cells + [
                    "\(DurationText(milliseconds: report.milliseconds))",
                    report.standIns.isEmpty ? "none" : report.standIns.joined(separator: ", "),
                ])
        }
        var lines = failures(reports) + [""] + table.lines(style: style)
        for (number, report) in reports.enumerated() where !report.held {
            let line = lines.count - reports.count + number
            lines[line] = style.red(lines[line])
        }
        for (name, causes) in rehearsal.untried.sorted(by: { $0.key < $1.key }) {
            lines.append(style.yellow("\(name): no fault shows \(causes.joined(separator: ", "))"))
        }
        if !rehearsal.withoutFaults.isEmpty {
            lines.append(style.yellow("Without faults: \(rehearsal.withoutFaults.joined(separator: ", "))"))
        }
        for report in reports where report.isSecond && report.held {
            lines.append(
                style.yellow("\(report.runbook) \(report.fault): held only when it was tried again, by itself"))
        }
        let held = reports.count { $0.held }
        return lines + ["\(held) of \(rehearsal.count) faults held."]
    }

    private func failures(_ reports: [FaultReport]) -> [String] {
        reports.flatMap { report in
            report.checks.filter { $0.status == .broken }.flatMap { check in
                ["", style.red("\(report.runbook) \(report.fault): \(check.step.heading): \(text(check.text))")]
                    + check.evidence.map { "    | \(text($0))" }
            }
        }
    }
}
