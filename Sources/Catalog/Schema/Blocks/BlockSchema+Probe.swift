extension BlockSchema {
    /// What every script on a node may say of how it runs.
    static let execution = [
        Key("shell", .choice(["sh", "bash", "python3"]), "What runs the script. Default: sh."),
        Key("become", .boolean, "Whether it runs as the inventory's become user. Default: the runbook's."),
        Key("env", .map(.textTemplate), "Environment variables; values may hold expressions."),
        Key("on", .word(.location), "Where it runs. Default: on the node itself."),
        Key("run_once", .boolean, "Once for the run instead of once for each node. Default: false."),
    ]

    static let covers = Key("covers", .list(.word(.coverID)), "Ids of the support steps that it covers.")

    static let probe = BlockSchema(
        noun: "probe", doc: "A read-only question to a node, and what its answers mean.",
        keys: [
            Key("name", .line, required: true, "Unique among the runbook's probes."),
            Key("probe", .script, required: true, "The script that asks."),
            Key("healthy", .block(.healthy), "What a healthy answer looks like."),
            Key("causes", .list(.block(.cause)), "What is wrong, told apart by the answer; the first that fits."),
            Key("cause", .word(.causeID), "The cause of every answer that is not healthy."),
            Key("needs", .oneOrMore(.line), "Probes that must be healthy before this one is asked."),
            Key("flap", .integer(1...10), "Ask until so many answers in a row are equal. Default: 1."),
            Key(
                "answer", .choice(["lines"]),
                "The probe prints `healthy`, `cause ID [text]`, `fact NAME VALUE` or `inconclusive [text]` itself."),
            Key("gather", .line, "Reads the answers of this probe from all nodes, one JSON line a node."),
            Key("timeout", .duration, "Default: 60s."),
            Key("every", .duration, "Between two askings. Default: 5s."),
            Key("within", .duration, "In verify: ask until healthy, this long at most."),
            Key("hold", .duration, "In verify: it must stay healthy this long."),
            Key("for", .oneOrMore(.word(.causeID)), "In verify: only for nodes with one of these causes."),
            Key(
                "unless", .oneOrMore(.word(.causeID)),
                "In verify: not asked where one of these causes stands, of which an `advise` told and for which nothing else was done; `detect` where none is left to ask."
            ),
            covers,
        ] + execution,
        atMostOne: [["causes", "cause"]])

    static let cause = BlockSchema(
        noun: "cause", doc: "A cause and the answer that shows it.",
        keys: [
            Key("id", .word(.causeID), required: true, "What `for` names."),
            Key("when", .block(.matcher), required: true, "The answer."),
        ])

    private static let matcherKeys = [
        Key("exit", .oneOrMore(.integer(0...255)), "The exit status, or several."),
        Key("stdout", .block(.textMatcher), "What it printed."),
        Key("stderr", .block(.textMatcher), "What it printed to standard error."),
    ]

    static let matcher = BlockSchema(
        noun: "matcher", doc: "What an answer must look like; all parts must fit.", keys: matcherKeys,
        atLeastOne: [matcherKeys.map(\.name)])

    static let healthy = BlockSchema(
        noun: "healthy", doc: "What a healthy answer looks like; all parts must fit.",
        keys: matcherKeys + [Key("when", .condition, "An expression over facts, such as those of `before`.")],
        atLeastOne: [matcherKeys.map(\.name) + ["when"]])

    private static let textKeys = [
        Key("equals", .textTemplate, "The whole text, trailing newlines trimmed."),
        Key("contains", .textTemplate, "A part of it."),
        Key(
            "matches", .pattern,
            "A regular expression, found anywhere in the first 64 KiB. Not found in so much of a longer text: the probe is inconclusive."
        ),
        Key("empty", .boolean, "Whether it is empty."),
        Key("lines", .lineTemplate, "The number of lines."),
        Key("at_least", .lineTemplate, "The least number."),
        Key("at_most", .lineTemplate, "The largest number."),
        Key("json", .block(.jsonMatcher), "A value inside JSON."),
    ]

    static let textMatcher = BlockSchema(
        noun: "text matcher", doc: "What a text must look like; all parts must fit.", keys: textKeys,
        atLeastOne: [textKeys.map(\.name)])

    static let jsonMatcher = BlockSchema(
        noun: "json", doc: "A value inside a JSON text.",
        keys: [
            Key("path", .line, required: true, "Where it is: `a.b[0].c`."),
            Key("equals", .textTemplate, "The value."),
            Key("at_least", .lineTemplate, "The least number."),
            Key("at_most", .lineTemplate, "The largest number."),
        ],
        atLeastOne: [["equals", "at_least", "at_most"]])

    static let evidence = BlockSchema(
        noun: "evidence", doc: "Output that is kept with the run, and what may be read out of it.",
        keys: [
            Key("name", .line, required: true, "Unique among the runbook's evidence."),
            Key("collect", .script, required: true, "The read-only script whose output is kept."),
            Key("findings", .list(.block(.finding)), "What the output shows."),
            Key("needs", .oneOrMore(.line), "Probes that must be healthy before this is collected."),
            Key("gather", .line, "Reads the answers of this probe from all nodes, one JSON line a node."),
            Key("timeout", .duration, "Default: 60s."),
            covers,
        ] + execution)

    static let finding = BlockSchema(
        noun: "finding", doc: "What a piece of evidence shows.",
        keys: [
            Key("when", .block(.matcher), required: true, "The output that shows it."),
            Key("cause", .word(.causeID), "Added to the node's causes."),
            Key("advice", .line, "Said to the operator."),
        ],
        atLeastOne: [["cause", "advice"]])
}
