import Model

extension BlockSchema {
    static let approve = BlockSchema(
        noun: "approve", doc: "Who must approve before a change.",
        keys: [
            Key("approvers", .list(.line), required: true, "Users, or `role:NAME`."),
            Key("min_approvals", .integer(1...100), "How many of them. Default: 1."),
            Key("expires", .duration, "How long an approval is good. Default: 4h."),
            Key("allow_self", .boolean, "Whether who asked for the run may approve it. Default: false."),
            Key("message", .line, "What approvers read."),
            Key("coverage", .percent, "The least share of the plan that the dry run must have predicted."),
        ])

    static let window = BlockSchema(
        noun: "window", doc: "When steps with `gate: window` may run.",
        keys: [
            Key("calendar", .line, required: true, "The calendar's name."),
            Key(
                "on_close", .choice(["finish_step", "finish_wave", "rollback"]),
                "What happens when the window closes during the run. Default: finish_wave."),
        ])

    static let schedule = BlockSchema(
        noun: "schedule", doc: "When the runbook runs by itself.",
        keys: [
            Key("cron", .line, required: true, "Minute, hour, day, month, weekday."),
            Key("timezone", .line, "Default: UTC."),
            Key("jitter", .duration, "The start is put off by up to this long. Default: 0s."),
            Key("nodes", .line, "A node set. Default: the runbook's targets."),
            Key("parameters", .map(.anything), "Values of its parameters."),
            Key(
                "missed", .choice(["run_once", "skip", "alert"]), "When the time passed unnoticed. Default: run_once."),
            Key("overlap", .choice(["skip", "queue", "cancel"]), "When the former run still goes on. Default: skip."),
            Key(
                "unattended", .choice(["detect", "standing", "wait"]),
                "Only look, change under a standing approval, or wait for one. Default: detect."),
        ])

    static let notify = BlockSchema(
        noun: "notify", doc: "Whom to tell, by occasion: names of receivers that the inventory declares.",
        keys: Notifications.Occasion.allCases.map { Key($0.key, .list(.line), "\($0.meaning).") })

    static let changeRule = BlockSchema(
        noun: "change rule", doc: "What the site asks of the changes that some runbooks make on some nodes.",
        keys: [
            Key("runbooks", .oneOrMore(.line), "Names of runbooks, with `*` and `?`. Default: any."),
            Key("nodes", .line, "A node set: the rule holds for a run that is about any of these. Default: any."),
            Key("approve", .block(.approve), "Who must approve, in place of whom the runbook names."),
            Key(
                "window", .block(.window),
                "When the changes may be made: whatever of them needs an approval needs the window too."),
            Key("notify", .block(.notify), "Whom to tell, beside those whom the runbook names."),
        ],
        atLeastOne: [["approve", "window", "notify"]])
}
