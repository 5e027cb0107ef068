extension BlockSchema {
    static let faults = BlockSchema(
        noun: "faults file", doc: "How a runbook is tested: `NAME.faults.yaml` beside `NAME.yaml`.",
        keys: [
            Key("schema_version", .integer(1...1), required: true, "The version of this format."),
            Key("runbook", .word(.runbookName), required: true, "The runbook's name, as in the file's own name."),
            Key(
                "nodes", .map(.block(.labNode)), required: true,
                "The throwaway nodes, by node set. A group that the runbook's targets name and no node is in holds them all."
            ),
            Key(
                "watch", .list(.either([.word(.watched), .block(.watched)])), required: true,
                "What is compared before and after: a path, `unit:NAME`, `package:NAME`, `sysctl:KEY`, `mount:PATH`, "
                    + "`k8s:[NAMESPACE/]KIND/NAME`, `nft`, or a block."),
            Key(
                "busy", .list(.line),
                "Folders in which a node writes by itself, as a daemon does in its logs. Under `/var`, `/run` and `/tmp` every "
                    + "node does."),
            Key(
                "parameters", .map(.anything),
                "Values of the runbook's parameters; `{printed: SCRIPT, on: NODE}` for what a script prints before the "
                    + "fault is injected."),
            Key("faults", .list(.block(.fault)), required: true, "The faults."),
        ])

    static let labNode = BlockSchema(
        noun: "lab node", doc: "A throwaway node, or each node of a set.",
        keys: [
            Key("roles", .list(.word(.label)), "What the lab makes of it; `Tests/Lab/README.md` lists the roles."),
            Key("groups", .list(.word(.label)), "Groups of the inventory that it is in; a role is a group as well."),
            Key("vars", .map(.anything), "Its variables in the inventory."),
            Key("setup", scripts, "Makes it ready after each boot as new. It has to wait for what it starts."),
        ],
        mayBeEmpty: true)

    static let fault = BlockSchema(
        noun: "fault", doc: "A way to break a node, and what the runbook must make of it.",
        keys: [
            Key("id", .word(.causeID), required: true, "What `--fault` names."),
            Key("title", .line, "How it shows, in one line."),
            Key("case", .word(.supportCause), "The id of the support case's cause."),
            Key(
                "cause", .oneOrMore(.word(.causeID)), required: true,
                "What detect must find: this cause, or all of these, and no other."),
            Key(
                "behind", .oneOrMore(.word(.causeID)),
                "What detect finds only once that is mended. The mend is kept, the node ends `failed`, and the next run tells a person."
            ),
            Key(
                "on", .line, required: true,
                "The node set that its scripts run on; `host` for the machine of the lab."),
            Key(
                "targets", .line, "The node set that the runbook is applied to. Default: that of `on`."),
            Key("inject", scripts, required: true, "Breaks it. It has to wait until the fault shows."),
            Key(
                "independent", scripts,
                "Another proof than the runbook's own: exit 0 before the fault, not while it is there, 0 when it is mended. "
                    + "May be left out where advice is all that is expected."),
            Key(
                "blind", .oneOrMore(.word(.command)), required: true,
                "The commands that detect can't do without: they are taken away, and the node must be `inconclusive`."),
            Key(
                "wrong", .word(.causeID),
                "A cause whose remedy must not help. In a copy of the runbook the steps `for` this cause and those for the "
                    + "fault's change places; its probes and its verify stay."),
            Key("watch", .list(.either([.word(.watched), .block(.watched)])), "Compared too for this fault."),
            Key(
                "not_restored", .list(.either([.word(.watched), .block(.watched)])),
                "Of what is watched, what the irreversible steps change for good: watched things, as in `watch`, or paths "
                    + "below them. A rollback must restore all else, and none of these."),
            Key("parameters", .map(.anything), "Over the file's."),
            Key("expect", .block(.expectation), "How it must end. Default: remediated."),
            Key(
                "alone", .boolean,
                "Nothing else is played meanwhile: what shows it is how fast the machine of the lab is. Default: false."
            ),
            Key("stand_ins", .list(.line), "What only stands in for the real thing."),
        ])

    static let labScript = BlockSchema(
        noun: "lab script", doc: "A script of a test; it runs as root with `set -eu`.",
        keys: [
            Key("script", .script, required: true, "The script. It finds its node's name in `$NODE`."),
            Key(
                "on", .line,
                "The node set it runs on, or `host`: the machine of the lab, in the lab's network, where `lab loop NODE SIZE` "
                    + "gives a node a disk and `lab node NODE -- CMD` runs something inside it. Default: the fault's `on`, or "
                    + "the node of `setup`, which a `host` script finds in `$NODE` as well."),
            Key("shell", .choice(["sh", "bash", "python3"]), "What runs it. Default: sh."),
        ])

    private static let scripts = Shape.either([.script, .block(.labScript), .list(.block(.labScript))])

    static let watched = BlockSchema(
        noun: "watched thing", doc: "Something whose state is compared before and after.",
        keys: [
            Key("path", .line, "A file's bytes, owner, mode and attributes; a folder with all that is in it."),
            Key("unit", .line, "Whether a systemd unit is up, enabled, masked."),
            Key("package", .line, "A package's version."),
            Key("sysctl", .line, "A kernel setting."),
            Key("mount", .line, "What is mounted at a path."),
            Key("k8s", .line, "An object's spec, labels and annotations: `[NAMESPACE/]KIND/NAME`."),
            Key("output", .script, "What a script prints. It must not change by itself."),
            Key("on", .line, "The node set to look at. Default: every node; for `k8s` those that have kubectl."),
        ],
        exactlyOne: [["path", "unit", "package", "sysctl", "mount", "k8s", "output"]])

    static let expectation = BlockSchema(
        noun: "expect", doc: "How a fault must end.",
        keys: [
            Key(
                "outcome", .choice(["remediated", "advised", "failed"]), required: true,
                "`advised`: nothing is written, and there is advice that rests on evidence. `failed`: there is such advice, and "
                    + "a step, such as a drain, that keeps further harm away and mends nothing.")
        ])
}
