/// The reference of the formats, written from what checks them.
package enum FormatReference {
    /// All keys of runbooks, as Markdown.
    package static func runbook() -> String {
        document("Runbook reference", "Every key of a runbook.", [.runbook, .sharedProbes, .cases])
    }

    /// All keys of faults files, as Markdown.
    package static func faults() -> String {
        document("Faults reference", "Every key of a runbook's test, `NAME.faults.yaml`.", [.faults])
    }

    /// All keys of inventories, as Markdown.
    package static func inventory() -> String {
        document("Inventory reference", "Every key of an inventory.", [.inventory])
    }

    /// All keys of plugins' manifests, as Markdown.
    package static func plugin() -> String {
        document("Plugin reference", "Every key of a plugin's `plugin.yaml`.", [.pluginManifest])
    }

    private static func document(_ title: String, _ introduction: String, _ roots: [Block]) -> String {
        var blocks: [Block] = []
        for block in roots.flatMap(\.reachable) where !blocks.contains(block) { blocks.append(block) }
        let header = """
            # \(title)

            \(introduction) This page is written by the program from what it checks files against; a key in **bold** is
            required.


            """
        return header + blocks.map(section).joined(separator: "\n")
    }

    private static func section(_ block: Block) -> String {
        let schema = block.schema
        var lines = ["## \(heading(block))", "", schema.doc, ""]
        for group in schema.exactlyOne { lines += ["Exactly one of \(list(group)).", ""] }
        for group in schema.atLeastOne { lines += ["At least one of \(list(group)).", ""] }
        for group in schema.atMostOne { lines += ["At most one of \(list(group)).", ""] }
        lines += ["| key | value | meaning |", "| --- | --- | --- |"]
        for key in schema.keys {
            let name = key.isRequired ? "**`\(key.name)`**" : "`\(key.name)`"
            lines.append("| \(name) | \(value(key.shape)) | \(escape(key.doc)) |")
        }
        return lines.joined(separator: "\n") + "\n"
    }

    private static func heading(_ block: Block) -> String {
        block == .include ? "runbook (as a step)" : block.schema.noun
    }

    private static func list(_ keys: [String]) -> String { keys.map { "`\($0)`" }.joined(separator: ", ") }

    private static func value(_ shape: Shape) -> String {
        switch shape {
        case .block(let block): link(block)
        case .list(.block(let block)): "list of \(link(block))"
        case .list(let item): "list of \(value(item))"
        case .oneOrMore(let item): "\(value(item)), or a list of it"
        case .map(.block(let block)): "by name: \(link(block))"
        case .map(let item): "by name: \(value(item))"
        case .either(let shapes): shapes.map(value).joined(separator: ", or ")
        case .choice(let words): list(words)
        case .integer(let range): "\(range.lowerBound) to \(range.upperBound)"
        case .lineTemplate: "text, may hold `${{ }}`"
        case .textTemplate: "text of any length, may hold `${{ }}`"
        case .durationTemplate: "duration, may be `${{ }}`"
        case .sizeTemplate: "size, may be `${{ }}`"
        case .text: "text of any length"
        case .anything: "any"
        default: escape(shape.expectation)
        }
    }

    private static func link(_ block: Block) -> String {
        let anchor = heading(block).lowercased().filter { $0.isLetter || $0.isNumber || $0 == " " || $0 == "_" }
            .split(separator: " ").joined(separator: "-")
        return "[\(heading(block))](#\(anchor))"
    }

    private static func escape(_ text: String) -> String {
        text.split(separator: "|", omittingEmptySubsequences: false).joined(separator: "\\|")
    }
}
