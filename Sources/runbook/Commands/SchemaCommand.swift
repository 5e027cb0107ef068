import ArgumentParser
import Controller
import Foundation

/// JSON Schemas for editors.
struct SchemaCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "schema",
        abstract: "Print the JSON Schema of a kind of file, for editors that complete and check while one types.",
        discussion: """
            It is JSON as text too; jsonl has it in a line. docs/writing-runbooks.md says how editors find it.

            Examples:
              runbook schema runbook >Runbooks/runbook.schema.json
              runbook schema inventory >Inventory/inventory.schema.json
            """)

    @OptionGroup var global: GlobalOptions
    @Argument(help: "The kind of file.") var format: FileSchema

    func run() throws {
        switch global.output {
        case .text, .json: Terminal.write(format.text, to: 1)
        case .jsonl:
            let schema = try JSONSerialization.jsonObject(with: Data(format.text.utf8))
            let keys: [String: Any] = ["format": format.rawValue, "schema": schema]
            try global.terminal.result(ResultObject(thing: "schema", keys), as: global.output)
        }
    }
}

extension FileSchema: ExpressibleByArgument {}
