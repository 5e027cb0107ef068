import Model

extension BlockSchema {
    static let pluginManifest = BlockSchema(
        noun: "plugin manifest", doc: "`plugin.yaml` in a plugin's folder, `Plugins/KIND/NAME/`.",
        keys: [
            Key("schema_version", .integer(1...1), required: true, "The version of this format and of the protocol."),
            Key("name", .word(.runbookName), required: true, "The name of its folder."),
            Key(
                "kind", .choice(PluginManifest.Kind.allCases.map(\.rawValue)), required: true,
                "The name of its folder's parent."),
            Key("summary", .line, required: true, "What it does, in a sentence."),
            Key("executable", .word(.fileName), required: true, "A file in its folder."),
            Key("timeout", .duration, "A call that takes longer is ended; at most 10m. Default: 30s."),
            Key("requires", .list(.word(.command)), "Programs that it needs."),
            Key(
                "environment", .list(.word(.environmentName)),
                "Environment variables that it gets, besides `PATH`, `HOME` and `LANG`."),
            Key("settings", .map(.block(.pluginSetting)), "What whoever uses it may set, by name."),
            Key("undo", .boolean, "Whether a step of it can be undone. Default: false."),
            Key(
                "effect", .choice(["once", "idempotent"]),
                "Whether a step of it may be repeated when its outcome is not known. Default: once."),
        ])

    static let pluginSetting = BlockSchema(
        noun: "plugin setting", doc: "One of a plugin's settings.",
        keys: [
            Key("type", .line, required: true, "A parameter's type; `secret` is given by reference."),
            Key("required", .boolean, "Whether it must be set. Default: false."),
            Key("summary", .line, required: true, "What it is, in a sentence."),
            Key("example", .anything, "A value for the conformance test; it must harm nobody."),
        ])
}
