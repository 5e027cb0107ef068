import ArgumentParser
import Controller

/// JSON Schemas for editors.
struct SchemaCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "schema",
        abstract: "Print the JSON Schema of a kind of file, for editors that complete and check while one types.",
        discussion: """
            It is JSON whatever --output says. docs/writing-runbooks.md says how editors find it.

            Examples:
              runbook schema runbook >Runbooks/runbook.schema.json
              runbook schema inventory >Inventory/inventory.schema.json
            """)

    @OptionGroup var global: GlobalOptions
    @Argument(help: "The kind of file.") var format: FileSchema

    func run() throws { Terminal.write(format.text, to: 1) }
}

extension FileSchema: ExpressibleByArgument {}
