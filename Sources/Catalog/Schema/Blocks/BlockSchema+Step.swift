extension BlockSchema {
    static let verbs = [
        "run", "file", "edit", "service", "package", "setting", "mount", "user", "drain", "undrain", "reboot", "wait",
        "approve", "collect", "runbook", "plugin", "advise", "escalate",
    ]

    static let step = BlockSchema(
        noun: "step", doc: "One verb, and the terms on which it is carried out.",
        keys: [
            Key("name", .line, required: true, "Unique in its runbook."),
            Key("run", .script, "Runs a script; undone only by its `undo`."),
            Key("file", .block(.file), "A file's content, owner, group and mode."),
            Key("edit", .block(.edit), "One setting inside a file."),
            Key("service", .block(.service), "A systemd unit's state."),
            Key("package", .block(.package), "Packages of the distribution."),
            Key("setting", .block(.setting), "Any live value that can be read and set."),
            Key("mount", .block(.mount), "A mount and its fstab entry."),
            Key("user", .block(.user), "A user's authorized key, lock and expiry."),
            Key("drain", .block(.drain), "Takes the node out of service in Slurm or Kubernetes."),
            Key("undrain", .block(.undrain), "Puts back what this run drained."),
            Key("reboot", .block(.reboot), "Reboots and waits until the node is back."),
            Key("wait", .block(.wait), "Waits until a probe is healthy."),
            Key("approve", .block(.approve), "Waits for approvals in the middle of the run."),
            Key("collect", .either([.script, .block(.collect)]), "Keeps the output of a command, or a file."),
            Key("runbook", .either([.word(.runbookName), .block(.include)]), "Another runbook, inlined."),
            Key("plugin", .block(.plugin), "A call of a plugin."),
            Key("advise", .block(.advise), "A finding for a person."),
            Key("escalate", .block(.escalate), "A ladder of steps, each tried until verify holds."),
            Key("for", .oneOrMore(.word(.causeID)), "Only for nodes with one of these causes."),
            Key("when", .condition, "Only where this holds."),
            Key(
                "gate", .choice(["none", "approval", "window"]),
                "What must be met before its change. Default: approval."),
            Key("each", .condition, "Repeats the step over a list known before the run; `item`, in scripts `$ITEM`."),
            Key("check", .script, "A read-only script: exit 0 means that there is nothing to do."),
            Key("capture", .script, "A read-only script run just before; `undo` reads its output."),
            Key("undo", .script, "The script that takes the step back."),
            Key("irreversible", .boolean, "Says that it can't be taken back."),
            Key("effect", .choice(["idempotent", "once"]), "What a resumed run may do when its outcome is unknown."),
            Key("depends", .list(.line), "Steps whose change makes its prediction uncertain."),
            Key("retries", .either([.integer(1...100), .block(.retries)]), "How often it is tried."),
            Key("until", .condition, "Repeated until this holds."),
            Key("timeout", .duration, "Default: 10m."),
            Key("on_failure", .choice(failurePolicies), "What happens when it fails. Default: the runbook's."),
            Key("sensitive", .boolean, "Keeps its output out of terminals and reports."),
            Key("guard", .duration, "Arms the undo on the node for this long before the step runs."),
            covers,
        ] + execution,
        exactlyOne: [verbs])

    static let retries = BlockSchema(
        noun: "retries", doc: "How often a failed step is tried.",
        keys: [
            Key("attempts", .integer(1...100), required: true, "All attempts, the first included."),
            Key("delay", .duration, "Before the second. Default: 5s."),
            Key("backoff", .integer(1...10), "Each further delay is so many times the one before. Default: 1."),
        ])

    static let collect = BlockSchema(
        noun: "collect", doc: "A file that is kept with the run.",
        keys: [Key("file", .lineTemplate, required: true, "The file's path.")])

    static let include = BlockSchema(
        noun: "runbook", doc: "Another runbook, inlined into the same plan.",
        keys: [
            Key("name", .word(.runbookName), required: true, "Its name."),
            Key("parameters", .map(.anything), "Values of its parameters; may hold expressions."),
        ])

    static let plugin = BlockSchema(
        noun: "plugin", doc: "A call of a plugin of kind `step`, on the controller.",
        keys: [
            Key("name", .word(.runbookName), required: true, "Its name."),
            Key("with", .map(.anything), "Its settings; may hold expressions."),
        ])

    static let advise = BlockSchema(
        noun: "advise", doc: "A finding for a person, with the evidence that it rests on.",
        keys: [
            Key("title", .lineTemplate, required: true, "In one line."),
            Key("severity", .choice(["info", "warning", "critical"]), "Default: warning."),
            Key("text", .textTemplate, required: true, "What to know and do."),
            Key("evidence", .list(.line), "Names of probes, evidence and steps."),
            Key("patch", .textTemplate, "A change that a person may apply."),
            Key("command", .textTemplate, "A command that a person may run."),
        ],
        atMostOne: [["patch", "command"]])

    static let escalate = BlockSchema(
        noun: "escalate", doc: "A ladder of steps, each tried until verify holds.",
        keys: [
            Key("remember", .duration, "Attempts older than this are forgotten. Default: 24h."),
            Key("rungs", .list(.block(.step)), required: true, "The steps, mildest first."),
        ])
}
