extension NodeSetError {
    /// For resolvers: there is no such group.
    /// - Parameters:
    ///   - source: where it was looked for: a source of groups, or the key of a label.
    ///   - near: groups that may have been meant.
    package static func unknownGroup(_ name: String, source: String?, near: [String] = []) -> NodeSetError {
        let prefix = "@" + (source.map { $0 + ":" } ?? "")
        let group = prefix + name
        return NodeSetError(
            kind: .unknownGroup,
            sentence: "There is no group \(quoted(group)) in the inventory.",
            mend: near.isEmpty
                ? "List the groups there are with 'runbook nodes groups'."
                : "Did you mean \(near.map { quoted(prefix + $0) }.joined(separator: " or "))?"
        )
    }

    /// For resolvers: the groups could not be looked up.
    /// - Parameter reason: a clause, such as "the plugin exited with 1".
    package static func resolverFailed(_ reason: String) -> NodeSetError {
        NodeSetError(
            kind: .resolverFailed,
            sentence: "The inventory could not be asked for nodes: \(reason).",
            mend: "Check the inventory with 'runbook lint', and its sources."
        )
    }

    static func unknownNodes(_ nodes: NodeSet, near: String?) -> NodeSetError {
        NodeSetError(
            kind: .unknownNode,
            sentence: nodes.count == 1
                ? "There is no node \(quoted(nodes.folded)) in the inventory."
                : "\(nodes.count) nodes are not in the inventory: \(quoted(nodes.folded)).",
            mend: near.map { "Did you mean \(quoted($0))?" }
                ?? "Check the name and its zeros (gpu1 is not gpu01), or add the node to the inventory."
        )
    }

    static func matchesNothing(_ selector: String) -> NodeSetError {
        NodeSetError(
            kind: .matchesNothing,
            sentence: "\(quoted(selector)) selects no node of the inventory.",
            mend: "List the nodes there are with 'runbook nodes list @*'."
        )
    }

    static func noInventory(for what: String) -> NodeSetError {
        NodeSetError(
            kind: .noInventory,
            sentence: "\(quoted(what)) stands for nodes of an inventory, and there is none here.",
            mend: "Name the nodes themselves, or point to an inventory with --inventory."
        )
    }

    static let emptySelector = NodeSetError(
        kind: .emptySelector,
        sentence: "The node set is empty.",
        mend: "Name nodes, for example gpu[01-32] or @gpu; @* stands for all."
    )

    static func badName(_ character: Character?) -> NodeSetError {
        let allowed = "Names are letters, digits and '.', '_', '-', and start with a letter or digit."
        guard let character else {
            return NodeSetError(kind: .badName, sentence: "A name is empty.", mend: allowed)
        }
        if character.isWhitespace {
            return NodeSetError(
                kind: .badName,
                sentence: "A name cannot hold a blank.",
                mend: "Put a comma between nodes: gpu01,gpu02."
            )
        }
        return NodeSetError(kind: .badName, sentence: "\(quoted(String(character))) cannot stand here.", mend: allowed)
    }

    static let nameTooLong = NodeSetError(
        kind: .tooLarge,
        sentence: "A name has more than \(NodeAlphabet.maximumLength) characters.",
        mend: "Shorten it; hosts' names have 253 at most."
    )

    static func missingOperand(beside sign: Character) -> NodeSetError {
        NodeSetError(
            kind: .syntax,
            sentence: "Nodes are missing beside '\(sign)'.",
            mend: "Name nodes on both sides of '\(sign)', or leave it out."
        )
    }

    static let unclosedBracket = NodeSetError(
        kind: .syntax,
        sentence: "This '[' is not closed.",
        mend: "Put ']' after the numbers: gpu[01-32]."
    )

    static let strayBracket = NodeSetError(
        kind: .syntax,
        sentence: "This bracket stands where none can.",
        mend: "Write numbers as gpu[01-32,40], without brackets inside brackets."
    )

    static let adjacentBrackets = NodeSetError(
        kind: .syntax,
        sentence: "One bracket follows another at once.",
        mend: "Put text between them, as in rack[1-4]n[1-8], or all numbers into one."
    )

    static let emptyRange = badRange("A number is missing.", "Write numbers and ranges with commas: [1-3,5].")

    static func notNumber(_ text: String) -> NodeSetError {
        badRange("\(quoted(text)) is no number.", "Write digits only: [1-3,5] or [01-16/2].")
    }

    static func tooManyDashes(_ text: String) -> NodeSetError {
        badRange(
            "\(quoted(text)) has a dash too many: numbers in names are not negative.",
            "Write first-last, and a dash of the name before the bracket: n-[1-5]."
        )
    }

    static func backwards(_ first: String, _ last: String) -> NodeSetError {
        badRange("The range runs backwards: \(first) is more than \(last).", "Write the smaller number first.")
    }

    static func paddingDiffers(_ first: String, _ last: String) -> NodeSetError {
        badRange(
            "\(first) and \(last) have not the same number of digits, and one has a zero before it.",
            "Write both with as many digits, as in [001-128], or both without zeros."
        )
    }

    static func badStep(_ text: String) -> NodeSetError {
        badRange("\(quoted(text)) is no step.", "Write a whole number from 1 after the '/': [1-15/2].")
    }

    static let stepWithoutRange = badRange("A step needs a range.", "Write first-last/step: [1-15/2].")

    static let stepBesideDigits = badRange(
        "Digits cannot follow a bracket with steps.",
        "Write the numbers whole, inside the bracket."
    )

    static func growsBesideDigits(_ digits: String) -> NodeSetError {
        badRange(
            "The digits '\(digits)' belong to numbers of different lengths.",
            "Write the numbers whole, inside the bracket: n[11-19,110-112] for n1[1-12]."
        )
    }

    static let numberTooLong = NodeSetError(
        kind: .tooLarge,
        sentence: "A number has more than \(NodeIndex.maximumDigits) digits.",
        mend: "Write such names out, without brackets."
    )

    static let tooManyNodes = NodeSetError(
        kind: .tooLarge,
        sentence: "This stands for more than \(NodeSet.maximumCount) nodes.",
        mend: "Check the numbers, or select fewer nodes."
    )

    static let tooMuchWork = NodeSetError(
        kind: .tooLarge,
        sentence: "The parts of this together stand for too many nodes to work out.",
        mend: "Say the same with fewer parts, or with groups."
    )

    private static func badRange(_ sentence: String, _ mend: String) -> NodeSetError {
        NodeSetError(kind: .badRange, sentence: sentence, mend: mend)
    }

    /// A short part of a text in quotes, with what does not print escaped.
    private static func quoted(_ text: String) -> String {
        let shown = text.count > 80 ? text.prefix(79) + "…" : text[...]
        let isPlain = shown.unicodeScalars.allSatisfy { (" "..."~").contains($0) || $0 == "…" }
        return isPlain ? "'\(shown)'" : String(shown).debugDescription
    }
}
