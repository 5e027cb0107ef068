/// Why a text stands for no set of nodes, in words for a person, and where in the text.
package struct NodeSetError: Error, Hashable, Sendable {
    /// What is wrong. The raw values are stable.
    package enum Kind: String, Sendable, Codable, CaseIterable {
        /// Nothing but blanks.
        case emptySelector = "empty_selector"
        /// Operators and brackets that do not fit together.
        case syntax
        /// A character that no name may hold.
        case badName = "bad_name"
        /// What stands in a bracket is no range of numbers.
        case badRange = "bad_range"
        /// No group, or no label, has this name.
        case unknownGroup = "unknown_group"
        /// The inventory does not have this node.
        case unknownNode = "unknown_node"
        /// The whole selector, or a wildcard in it, selects no node.
        case matchesNothing = "matches_nothing"
        /// Too many nodes, or too long a number.
        case tooLarge = "too_large"
        /// A group or wildcard where there is no inventory.
        case noInventory = "no_inventory"
        /// The groups could not be looked up.
        case resolverFailed = "resolver_failed"
    }

    package let kind: Kind

    /// What is wrong, a sentence.
    package let sentence: String

    /// What to do about it, a sentence.
    package let mend: String

    /// The whole text, nil when the error belongs to none.
    package private(set) var text: String?

    /// Where in `text` it is, in characters from 0; the text's length when something is missing at its end.
    package private(set) var position: Int?

    package init(kind: Kind, sentence: String, mend: String) {
        self.kind = kind
        self.sentence = sentence
        self.mend = mend
    }

    /// `nodeset.` and the kind; stable.
    package var code: String { "nodeset." + kind.rawValue }

    /// The text around the position and, on a second line, a caret under it; nil when the error belongs to no text.
    ///
    /// Control characters show as `·`, so that a text from outside cannot drive the terminal.
    package var excerpt: String? {
        guard let text, let position else { return nil }
        let reach = 48
        let start = max(position - reach, 0)
        let shown = text.dropFirst(start).prefix(2 * reach)
        let cutLeft = start > 0 ? "…" : ""
        let cutRight = start + shown.count < text.count ? "…" : ""
        let line = cutLeft + String(shown.map { $0.isPrintable ? $0 : "·" }) + cutRight
        return line + "\n" + String(repeating: " ", count: position - start + cutLeft.count) + "^"
    }

    /// The same error, said to be at a byte of a text, unless it has a place already.
    func located(in text: String, at byte: Int) -> NodeSetError {
        if self.text != nil { return self }
        var located = self
        located.text = text
        located.position = String(decoding: text.utf8.prefix(byte), as: UTF8.self).count
        return located
    }
}

extension NodeSetError: CustomStringConvertible {
    package var description: String {
        [sentence, excerpt, mend].compactMap { $0 }.joined(separator: "\n")
    }
}

extension Character {
    fileprivate var isPrintable: Bool {
        unicodeScalars.allSatisfy { scalar in
            switch scalar.properties.generalCategory {
            case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .unassigned, .privateUse: false
            default: true
            }
        }
    }
}
