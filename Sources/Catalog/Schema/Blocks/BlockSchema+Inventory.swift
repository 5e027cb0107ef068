import Model

extension BlockSchema {
    static let inventory = BlockSchema(
        noun: "inventory", doc: "The cluster: nodes, groups, roles, variables.",
        keys: [
            Key("schema_version", .integer(1...1), required: true, "The version of this format."),
            Key("defaults", .block(.defaults), "What holds for every node unless it says otherwise."),
            Key(
                "nodes", .map(.block(.node)),
                "By node set; several may cover a node, and the narrower set wins for each key."),
            Key("groups", .map(.oneOrMore(.line)), "Node sets by name; they may name other groups."),
            Key("roles", .map(.oneOrMore(.line)), "Hosts that do something for the others, by role."),
            Key("vars", .map(.map(.anything)), "Variables by group or node set."),
            Key("sources", .list(.block(.source)), "Programs that print Ansible's dynamic-inventory JSON."),
            Key("windows", .map(.block(.calendar)), "Calendars of change windows, by name."),
            Key("schedules", .map(.block(.job)), "Jobs that `runbook serve` starts, by name."),
            Key("notify", .map(.block(.receiver)), "Receivers of notifications, by name."),
            Key("access", .block(.access), "Who is who, and who may do what."),
            Key(
                "change_rules", .map(.block(.changeRule)),
                "What the site asks of changes, beside what runbooks ask for themselves, by name."),
        ])

    static let defaults = BlockSchema(
        noun: "defaults", doc: "What holds for every node unless it says otherwise.",
        keys: [
            Key("ssh", .block(.ssh), "How nodes are reached."),
            Key("become", .block(.become), "How work is done as another user."),
        ])

    static let ssh = BlockSchema(
        noun: "ssh", doc: "How a node is reached; what is left out is taken from `~/.ssh/config`.",
        keys: [
            Key("user", .line, "The login user."),
            Key("port", .integer(1...65_535), "Default: 22."),
            Key("identity_file", .oneOrMore(.line), "Private keys; `~` is the operator's home."),
            Key("proxy_jump", .oneOrMore(.line), "Hosts on the way, outermost first; `none` for none."),
            Key(
                "host_keys", .choice(["strict", "accept-new"]),
                "What is done with an unknown host key. Default: strict."),
            Key(
                "connect_timeout", .duration,
                "How long the TCP connection may take. The first words of the server and the exchange of keys have twice that each. Default: 10s."
            ),
            Key(
                "password", .word(.secretSource),
                "Where the login password comes from, for a node that takes no key. It is sent only to a host whose key was recorded before."
            ),
            Key("passphrase", .word(.secretSource), "Where the passphrase of encrypted keys comes from."),
            Key("shared_host_key", .boolean, "Whether several nodes may have one host key. Default: false."),
        ])

    static let become = BlockSchema(
        noun: "become", doc: "How work is done as another user.",
        keys: [
            Key("method", .choice(["sudo", "none"]), "Default: none."),
            Key("user", .line, "The user to become. Default: root."),
            Key("password", .word(.secretSource), "Where the password comes from; without it sudo must ask for none."),
        ])

    static let node = BlockSchema(
        noun: "node", doc: "What is known of a node, or of each node of a set.",
        keys: [
            Key("address", .line, "Host name or IP address; for a set a node set of the same size."),
            Key("labels", .map(.lineTemplate), "Words to select and spread by."),
            Key("ssh", .block(.ssh), "How it is reached."),
            Key("become", .block(.become), "How work is done as another user."),
        ],
        mayBeEmpty: true)

    static let source = BlockSchema(
        noun: "source", doc: "A program that prints Ansible's dynamic-inventory JSON.",
        keys: [
            Key("plugin", .word(.runbookName), required: true, "The plugin's name."),
            Key("with", .map(.anything), "Its arguments."),
            Key("ttl", .duration, "How long its answer is good. Default: 5m."),
        ])

    static let receiver = BlockSchema(
        noun: "receiver", doc: "Whom to tell, and how.",
        keys: [
            Key("plugin", .word(.runbookName), required: true, "The plugin that tells them, of kind `notify`."),
            Key("with", .map(.anything), "Its settings; a secret is `{secret: env:NAME}` or another reference."),
            Key(
                "always", .list(.choice(Notifications.Occasion.allCases.map(\.key))),
                "Of what it is told of every runbook's runs, whatever their `notify` says."),
        ])
}
