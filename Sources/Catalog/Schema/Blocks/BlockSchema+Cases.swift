extension BlockSchema {
    static let cases = BlockSchema(
        noun: "file of support cases",
        doc:
            "`cases.yaml` in the folder of runbooks: what people call support for. Lint holds `covers` and `case` to it.",
        keys: [
            Key("schema_version", .integer(1...1), required: true, "The version of this format."),
            Key("title", .line, "The document that the cases are from."),
            Key("cases", .list(.block(.supportCase)), required: true, "The cases."),
        ])

    static let supportCase = BlockSchema(
        noun: "support case", doc: "What shows, what may be behind it, and the steps that answer it.",
        keys: [
            Key("id", .word(.caseID), required: true, "Step 3 of case 4.1 is `4.1/3`, its cause 2 is `4.1/c2`."),
            Key("heading", .line, required: true, "As runbooks name it in `case`."),
            Key("problem", .line, "How it shows."),
            Key("causes", .list(.line), "What may be behind it; the first is cause 1."),
            Key("steps", .list(.line), required: true, "What is to be done; the first is step 1."),
        ])
}
