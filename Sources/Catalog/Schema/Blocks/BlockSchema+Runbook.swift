extension BlockSchema {
    static let runbook = BlockSchema(
        noun: "runbook", doc: "A runbook: how to find a fault, mend it, prove the mend and take it back.",
        keys: [
            Key("schema_version", .integer(1...1), required: true, "The version of this format."),
            Key("name", .word(.runbookName), required: true, "Its name in kebab-case, equal to the file's name."),
            Key("version", .integer(1...1_000_000), required: true, "Counts the changes of this runbook."),
            Key("title", .line, required: true, "What it does, in one line."),
            Key("description", .text, "More about it."),
            Key("case", .line, "The heading of the support case that it answers."),
            Key("covers", .list(.word(.coverID)), "Ids of the support steps that it covers as a whole."),
            Key("owners", .list(.line), "Who looks after it."),
            Key("tags", .list(.line), "Words to find it by."),
            Key("references", .list(.line), "Sources of its commands and numbers."),
            Key("versions", .list(.line), "Software, with the versions of it that the commands are written for."),
            Key("platforms", .list(.word(.platform)), "Distributions that it is written for."),
            Key(
                "targets", .line, required: true,
                "The widest set of nodes that it may touch, or `controller`; `--nodes` only narrows it."),
            Key("parameters", .map(.block(.parameter)), "What the operator may choose."),
            Key("use", .list(.line), "Shared probes to begin with, and shared functions: `probes/NAME`."),
            Key(
                "functions", .map(.script),
                "Shell functions by name, put before the sh and bash scripts that name them."),
            Key(
                "env", .map(.textTemplate),
                "Environment variables of all its scripts; values may hold expressions. A script's own `env` goes over them."
            ),
            Key(
                "requires", .list(.block(.requirement)),
                "Checked on each broken node before anything else is done there."),
            Key("strategy", .block(.strategy), "How a run spreads over its nodes."),
            Key("approve", .block(.approve), "Who must approve before a change."),
            Key("window", .block(.window), "When steps with `gate: window` may run."),
            Key("schedule", .block(.schedule), "When it runs by itself."),
            Key("detect", .list(.block(.probe)), "Read-only probes; a node where every one is healthy is left alone."),
            Key("diagnose", .list(.block(.evidence)), "Read-only evidence that is kept with the run."),
            Key("steps", .list(.block(.step)), "What is done on a broken node, in order."),
            Key(
                "verify", .list(.either([.choice(["detect"]), .block(.probe)])),
                "What must hold afterwards; `detect` stands for every detect probe again."),
            Key(
                "on_failure", .choice(failurePolicies), "What happens on a node where a step fails. Default: rollback."),
            Key("always", .list(.block(.step)), "Steps after verify or undo, where a step changed something."),
            Key("notify", .block(.notify), "Whom to tell."),
            Key("become", .boolean, "Whether scripts run as the inventory's become user. Default: where it names one."),
            Key("timeout", .duration, "How long the run may take on one node."),
        ],
        atLeastOne: [["detect", "diagnose", "steps", "use"]])

    static let failurePolicies = ["rollback", "stop", "continue", "ask"]

    static let sharedProbes = BlockSchema(
        noun: "file of shared probes",
        doc: "Probes that several runbooks begin with, and shell functions that they share, by `use: [probes/NAME]`.",
        keys: [
            Key("schema_version", .integer(1...1), required: true, "The version of this format."),
            Key("name", .word(.runbookName), required: true, "Equal to the file's name."),
            Key("description", .text, "More about them."),
            Key("detect", .list(.block(.probe)), "Put before the runbook's own probes."),
            Key("diagnose", .list(.block(.evidence)), "Put before the runbook's own evidence."),
            Key(
                "functions", .map(.script),
                "Shell functions by name, put before the sh and bash scripts that name them."),
        ],
        atLeastOne: [["detect", "diagnose", "functions"]])

    static let parameter = BlockSchema(
        noun: "parameter", doc: "Something that the operator may choose; a script finds it as an environment variable.",
        keys: [
            Key(
                "type", .line, required: true,
                "string, int, float, bool, duration, size, percent, path, url, ip, cidr, host, nodeset, secret, "
                    + "\"enum(a, b)\", list<T>, map<string,T>."),
            Key("default", .anything, "Taken when the operator gives none; may be an expression over `node.vars`."),
            Key("description", .line, "What it is for."),
            Key("optional", .boolean, "Whether it may be left out without a default. Default: false."),
            Key("min", .anything, "The least value."),
            Key("max", .anything, "The largest value."),
            Key("pattern", .pattern, "A regular expression for the whole value."),
            Key("allowed_values", .list(.anything), "The only values there are."),
            Key("from", .word(.secretSource), "Where a secret comes from, unless the operator says otherwise."),
        ])

    static let requirement = BlockSchema(
        noun: "requirement", doc: "What a broken node must offer; it is skipped where it does not.",
        keys: [
            Key("command", .line, "A command that must be there."),
            Key("free_space", .block(.freeSpace), "Room that must be left in a file system."),
            Key("os", .list(.word(.platform)), "Distributions, one of which it must be."),
            Key("file", .line, "A file that must be there."),
            Key("unit", .line, "A systemd unit that must be loaded."),
            Key("role", .line, "A role that the inventory must name a host for."),
        ],
        exactlyOne: [["command", "free_space", "os", "file", "unit", "role"]])

    static let freeSpace = BlockSchema(
        noun: "free_space", doc: "Room in a file system.",
        keys: [
            Key("path", .line, required: true, "Any path in the file system."),
            Key("at_least", .sizeTemplate, required: true, "The least room."),
        ])

    static let strategy = BlockSchema(
        noun: "strategy", doc: "How a run spreads over its nodes.",
        keys: [
            Key(
                "order", .choice(["node_first", "step_first"]),
                "All steps node by node, or each step on all nodes. Default: node_first."),
            Key("canary", .oneOrMore(.share), "The first waves; each must verify before the next starts."),
            Key("batch", .share, "Each further wave. Default: all the rest."),
            Key("concurrency", .integer(1...100_000), "Nodes worked on at one time inside a wave. Default: 64."),
            Key("limits", .map(.share), "By label: how many nodes with one value of it may be out of service."),
            Key("max_failures", .share, "Failures tolerated over the whole run. Default: 0."),
            Key(
                "soak", .duration,
                "Wait between waves, after which detect runs again on the finished wave. Default: 0s."),
            Key("spread", .word(.label), "The label over whose values a wave is spread."),
        ])
}
