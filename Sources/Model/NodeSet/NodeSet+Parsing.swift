extension NodeSet {
    /// Reads a text in ClusterShell's notation.
    ///
    /// - `gpu[1-3,5]`, `gpu[01-16/2]`, `rack[1-4]n[01-16]`: ranges, with steps, in any number of places. Zeros count.
    ///   Digits beside a bracket belong to its numbers: `gpu1[0-9]` is `gpu[10-19]`.
    /// - `a,b` either, `a!b` the first without the second, `a&b` both, `a^b` one only; from left to right, all alike.
    ///   Blanks may stand around these, but not inside a name.
    /// - `@gpu` a group, `@rack:r1` a group of a source or a label with its value, `@*` all nodes, `@r[1-3]` several.
    /// - `gpu*`, `gpu?[1-4]`: wildcards, held against all nodes.
    ///
    /// It differs from ClusterShell in refusing what is ambiguous or dangerous: an empty text; names with other
    /// characters than letters, digits and `.`, `_`, `-`, another start than a letter or digit, or more than 255
    /// characters; groups and wildcards without a resolver, `@@source`, groups whose names hold other characters than those or `:/+=`;
    /// negative, signed or underscored numbers; numbers of more than 17 digits in brackets (a longer run of digits
    /// in a name is plain text); digits before a bracket whose range grows in length (`n1[1-12]`, which ClusterShell
    /// takes for `n[11-112]`); more than 1 000 000 nodes at any point, or 10 000 000 in all parts together. A range
    /// may be as wide as its numbers allow if its step makes it small.
    ///
    /// - Parameter resolver: looks up groups, labels and wildcards.
    /// - Throws: an error with its place in the text. A text that subtracts all it adds is no error here.
    package init(parsing text: String, resolver: (any NodeSetResolver)? = nil) throws(NodeSetError) {
        var parser = NodeSetParser(text: text, resolver: resolver)
        self = try parser.parse()
    }

    /// Reads a text that selects nodes of an inventory, so that a mistyped name cannot pass.
    ///
    /// - Throws: besides what `init(parsing:resolver:)` throws, `unknownNode` for a node that the inventory does not
    ///   have, even one that is subtracted, and `matchesNothing` when a wildcard or the whole selects none.
    package init(selecting text: String, from resolver: any NodeSetResolver) throws(NodeSetError) {
        var parser = NodeSetParser(text: text, resolver: resolver, mustKnowNodes: true)
        self = try parser.parse()
        if isEmpty { throw .matchesNothing(text).located(in: text, at: 0) }
    }

    /// Reads addresses in the same notation, without groups: `192.0.2.[11-26]`, `2001:db8::[1-8]`, host names.
    /// Only decimal digits count on.
    /// - Throws: an error with its place in the text.
    package init(parsingAddresses text: String) throws(NodeSetError) {
        var parser = NodeSetParser(text: text, resolver: nil, alphabet: .addresses)
        self = try parser.parse()
    }
}

extension NodeSet: Codable {
    /// Reads the folded form; an empty string is the empty set.
    package init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let text = try container.decode(String.self)
        if text.isEmpty {
            self.init()
            return
        }
        do {
            try self.init(parsing: text)
        } catch {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: error.description)
        }
    }

    /// Writes the folded form.
    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(folded)
    }
}
