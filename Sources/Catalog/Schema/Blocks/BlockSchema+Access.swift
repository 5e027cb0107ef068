import Model

extension BlockSchema {
    static let access = BlockSchema(
        noun: "access",
        doc: "Who is who, and who may do what. Once it is there, what no rule allows is refused.",
        keys: [
            Key(
                "signers", .line,
                "OpenSSH's `allowed_signers`, beside this file: whose key is whose. Default: allowed_signers."),
            Key("services", .list(.lineTemplate), "Unix users that no person is behind; root is one always."),
            Key("persons", .map(.block(.person)), "People, by a name of your choice."),
            Key(
                "roles", .map(.either([.list(.line), .block(.accessRole)])),
                "Persons by what they are: `operators: [alice, bob]`."),
            Key("rules", .list(.block(.accessRule)), "From the top; the first that fits decides."),
        ])

    static let person = BlockSchema(
        noun: "person", doc: "Somebody. Nothing behind the name stands for the defaults.",
        keys: [
            Key(
                "users", .list(.lineTemplate), "Unix users that are this person, by name or number. Default: the name."),
            Key("principals", .list(.line), "What `allowed_signers` calls this person. Default: the name."),
        ],
        mayBeEmpty: true)

    static let accessRole = BlockSchema(
        noun: "role", doc: "Persons who are the same for rules and approvals.",
        keys: [
            Key("persons", .list(.line), required: true, "Its members."),
            Key(
                "require_touch", .boolean,
                "Their approvals count only when signed with a FIDO token that was touched. Default: false."),
        ])

    private static let actions = AccessAction.allCases.map(\.rawValue) + ["all"]

    static let accessRule = BlockSchema(
        noun: "rule", doc: "Allows or denies actions to somebody, on some runbooks and nodes.",
        keys: [
            Key("allow", .oneOrMore(.choice(actions)), "What may be done."),
            Key("deny", .oneOrMore(.choice(actions)), "What may not be done."),
            Key(
                "to", .oneOrMore(.line), required: true,
                "Persons, `role:NAME`, `user:NAME` for a Unix user that no person is behind, or `everyone`: every person."
            ),
            Key("runbooks", .oneOrMore(.line), "Names of runbooks, with `*` and `?`. Default: any."),
            Key(
                "nodes", .line,
                "A node set. The rule decides for these nodes and leaves the others to the rules below. Default: any."),
        ],
        exactlyOne: [["allow", "deny"]])
}
