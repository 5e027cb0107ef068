import Model

/// On what terms a runbook runs: requirements, rollout, gates, times, who is told. A line each, with its key.
struct RunbookTerms {
    let runbook: Model.Runbook
    /// What the site asks beside it.
    var rules: [ChangeRule] = []

    /// Key and text.
    var lines: [(String, String)] {
        requirements + strategy + Self.approval(runbook.approve) + Self.window(runbook.window) + schedule
            + Self.notifications(runbook.notify) + rules.flatMap(Self.rule)
    }

    private static func rule(_ rule: ChangeRule) -> [(String, String)] {
        let about = rule.nodes.map { "runs about \($0)" } ?? "every run"
        let terms = approval(rule.approve) + window(rule.window) + notifications(rule.notify)
        return [("change rule", "\(rule.name), for \(about) (\(rule.position))")]
            + terms.map { ("", $0.0.isEmpty ? $0.1 : "\($0.0) \($0.1)") }
    }

    private var requirements: [(String, String)] {
        let parts = runbook.requires.map { requirement in
            switch requirement {
            case .command(let name): "the command \(name)"
            case .freeSpace(let path, let least): "\(least.source) free in \(path)"
            case .os(let names): "one of \(names.joined(separator: ", "))"
            case .file(let path): "the file \(path)"
            case .unit(let name): "the unit \(name)"
            case .role(let name): "a host of the role \(name)"
            }
        }
        return parts.isEmpty ? [] : [("requires", parts.joined(separator: "; "))]
    }

    private var strategy: [(String, String)] {
        let strategy = runbook.strategy
        var waves = strategy.canary.isEmpty ? "" : "canary \(strategy.canary.map(\.text).joined(separator: ", ")), "
        waves += strategy.batch.map { "then \($0.text) at a time" } ?? "all others at once"
        waves += ", \(strategy.concurrency) nodes at one time"
        if strategy.order == .stepFirst { waves += ", step by step" }
        if strategy.soak > .zero { waves += ", \(strategy.soak.text) between waves" }
        if let label = strategy.spread { waves += ", spread over \(label)" }
        var lines = [("strategy", waves), ("failures", "\(strategy.maxFailures.text) are tolerated")]
        for (label, share) in strategy.limits.sorted(by: { $0.key < $1.key }) {
            lines.append(("limit", "\(share.text) of one \(label) out of service at most"))
        }
        lines.append(("on failure", runbook.onFailure.rawValue))
        return lines
    }

    private static func approval(_ approval: Approval?) -> [(String, String)] {
        guard let approval else { return [] }
        var text =
            "\(approval.minimum) of \(approval.approvers.joined(separator: ", ")), good for \(approval.expires.text)"
        if approval.allowSelf { text += ", one's own counts" }
        if let coverage = approval.coverage { text += ", \(coverage) % of the plan known" }
        return [("approve", text)] + (approval.message.isEmpty ? [] : [("", approval.message)])
    }

    private static func window(_ window: WindowRequirement?) -> [(String, String)] {
        guard let window else { return [] }
        return [("window", "\(window.calendar); when it closes: \(window.onClose.rawValue)")]
    }

    private var schedule: [(String, String)] {
        guard let schedule = runbook.schedule else { return [] }
        var text = "\(schedule.cron) (\(schedule.timezone)) on \(schedule.nodes ?? runbook.targets.text)"
        if schedule.jitter > .zero { text += ", up to \(schedule.jitter.text) later" }
        text +=
            "; unattended: \(schedule.unattended.rawValue), missed: \(schedule.missed.rawValue), overlap: \(schedule.overlap.rawValue)"
        let values = schedule.parameters.sorted { $0.key < $1.key }.map { "\($0.key) = \($0.value.displayText)" }
        return [("schedule", text)] + (values.isEmpty ? [] : [("", values.joined(separator: ", "))])
    }

    private static func notifications(_ notify: Notifications?) -> [(String, String)] {
        guard let notify else { return [] }
        let parts = Notifications.Occasion.allCases.compactMap { occasion in
            notify.receivers[occasion].map { "\(occasion.key) \($0.joined(separator: ", "))" }
        }
        return parts.isEmpty ? [] : [("notify", parts.joined(separator: "; "))]
    }
}
