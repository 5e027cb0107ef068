extension BlockSchema {
    private static let familyName = Shape.either([.lineTemplate, .map(.lineTemplate)])

    static let file = BlockSchema(
        noun: "file", doc: "A file's content, owner, group and mode.",
        keys: [
            Key("path", .lineTemplate, required: true, "Absolute."),
            Key("content", .textTemplate, "Its text."),
            Key("source", .line, "A file beside the runbook with its bytes."),
            Key("template", .line, "A mustache template beside the runbook."),
            Key("absent", .boolean, "Whether it is removed. Default: false."),
            Key("owner", .lineTemplate, "The owning user."),
            Key("group", .lineTemplate, "The owning group."),
            Key("mode", .word(.mode), "Octal, in quotes."),
            Key(
                "validate", .script, "Must accept the new file, named by `$FILE`, before it takes the old one's place."),
        ],
        atLeastOne: [["content", "source", "template", "absent", "owner", "group", "mode"]],
        atMostOne: [["content", "source", "template", "absent"]])

    static let edit = BlockSchema(
        noun: "edit", doc: "One setting inside a file.",
        keys: [
            Key("path", .lineTemplate, required: true, "Absolute."),
            Key("key", .lineTemplate, "The setting's name."),
            Key("value", .lineTemplate, "Its value."),
            Key("separator", .line, "Between them. Default: `=`."),
            Key("match", .pattern, "Lines that are replaced by `line`."),
            Key("line", .lineTemplate, "The line."),
            Key("block", .textTemplate, "A managed block between marker lines."),
            Key("marker", .line, "A word in the block's marker lines. Default: `runbook`."),
            Key("absent", .boolean, "Removes instead of setting. Default: false."),
            Key(
                "validate", .script, "Must accept the new file, named by `$FILE`, before it takes the old one's place."),
        ],
        exactlyOne: [["key", "match", "block"]])

    static let service = BlockSchema(
        noun: "service", doc: "A systemd unit's state.",
        keys: [
            Key("name", familyName, required: true, "The unit, or one for each family: `{debian: X, rhel: Y}`."),
            Key("state", .choice(["started", "stopped", "restarted", "reloaded"]), "What it is to be."),
            Key("enabled", .boolean, "Whether it starts at boot."),
            Key("masked", .boolean, "Whether it can be started at all."),
        ],
        atLeastOne: [["state", "enabled", "masked"]])

    static let package = BlockSchema(
        noun: "package", doc: "Packages of the distribution, in one transaction.",
        keys: [
            Key("name", familyName, "The package, or one for each family: `{debian: X, rhel: Y}`."),
            Key("names", .list(familyName), "Several packages."),
            Key("instead_of", .list(familyName), "Packages whose place they take: those go."),
            Key("state", .choice(["present", "latest", "absent"]), "Default: present."),
            Key(
                "version", .lineTemplate,
                "Fits when equal, or followed by `-`, `+` or `~`; an epoch is ignored. What it needs in just one version comes along."
            ),
            Key("allow_downgrade", .boolean, "Whether an older version may replace a newer. Default: false."),
        ],
        exactlyOne: [["name", "names"]])

    static let setting = BlockSchema(
        noun: "setting", doc: "Any live value that can be read and set.",
        keys: [
            Key("get", .script, required: true, "Prints the value."),
            Key("set", .script, required: true, "Sets it to `$VALUE`."),
            Key("value", .lineTemplate, required: true, "What it is to be."),
        ])

    static let mount = BlockSchema(
        noun: "mount", doc: "A mount and its fstab entry.",
        keys: [
            Key("path", .lineTemplate, required: true, "Where."),
            Key("source", .lineTemplate, "What."),
            Key("type", .lineTemplate, "The file system's type."),
            Key("options", .lineTemplate, "As in fstab."),
            Key("state", .choice(["mounted", "unmounted"]), "Default: mounted."),
            Key("fstab", .boolean, "Whether the fstab entry is managed too. Default: false."),
        ])

    static let user = BlockSchema(
        noun: "user", doc: "A user's authorized key, lock and expiry.",
        keys: [
            Key("name", .lineTemplate, required: true, "The user."),
            Key("key", .lineTemplate, "An authorized key's whole line."),
            Key("absent", .boolean, "Removes the key instead of adding it. Default: false."),
            Key("locked", .boolean, "Whether the password is locked."),
            Key("expire", .boolean, "Expires the password now."),
        ],
        atLeastOne: [["key", "locked", "expire"]])

    static let drain = BlockSchema(
        noun: "drain", doc: "Takes the node out of service in Slurm or Kubernetes.",
        keys: [
            Key("reason", .lineTemplate, "Shown by the scheduler. Default: the runbook's name."),
            Key(
                "wait", .durationTemplate,
                "How long to wait for running work to end; with 0s it goes on. Default: 1h."),
        ],
        mayBeEmpty: true)

    static let undrain = BlockSchema(
        noun: "undrain", doc: "Puts back what this run drained.",
        keys: [
            Key(
                "after", .choice(["verify", "always"]),
                "Only where verify held, or in any case. Default: verify.")
        ],
        mayBeEmpty: true)

    static let reboot = BlockSchema(
        noun: "reboot", doc: "Reboots and waits until the node is back.",
        keys: [Key("timeout", .duration, "How long it may take. Default: 10m.")],
        mayBeEmpty: true)

    static let wait = BlockSchema(
        noun: "wait", doc: "Waits until a probe is healthy.",
        keys: [
            Key("probe", .script, required: true, "The script that asks."),
            Key("healthy", .block(.healthy), "What a healthy answer looks like. Default: exit 0."),
            Key("every", .duration, "Between two askings. Default: 5s."),
            Key("timeout", .duration, "How long at most. Default: 5m."),
        ])
}
