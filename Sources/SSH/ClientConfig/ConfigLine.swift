/// One line of an ssh_config file: a keyword and its arguments.
struct ConfigLine: Sendable, Hashable {
    /// In lower case.
    let keyword: String
    let arguments: [String]

    /// Nil for an empty line or a comment.
    /// - Throws: `Unbalanced` if a quoted argument does not end.
    init?(_ text: Substring) throws(Unbalanced) {
        var words = try Self.words(text)
        guard let first = words.first, !first.isEmpty else { return nil }
        // `Keyword=value`, `Keyword = value` and `Keyword value` are the same.
        if let equals = first.firstIndex(of: "="), equals != first.startIndex {
            let rest = String(first[first.index(after: equals)...])
            words.replaceSubrange(0...0, with: [String(first[..<equals])] + (rest.isEmpty ? [] : [rest]))
        } else if words.count > 1, words[1].hasPrefix("=") {
            words[1].removeFirst()
            if words[1].isEmpty { words.remove(at: 1) }
        }
        keyword = words[0].lowercased()
        arguments = Array(words.dropFirst())
    }

    struct Unbalanced: Error {}

    private static func words(_ text: Substring) throws(Unbalanced) -> [String] {
        var words: [String] = []
        var word: String?
        var quote: Character?
        var escaped = false
        for character in text {
            if escaped {
                // A backslash escapes quotes and itself, as in ssh; before others it stands for itself.
                if !["\"", "'", "\\"].contains(character) { word = (word ?? "") + "\\" }
                word = (word ?? "") + String(character)
                escaped = false
            } else if character == "\\" {
                escaped = true
            } else if let open = quote {
                if character == open { quote = nil } else { word = (word ?? "") + String(character) }
            } else if character == "\"" || character == "'" {
                quote = character
                word = word ?? ""
            } else if character.isWhitespace {
                if let done = word { words.append(done) }
                word = nil
            } else if character == "#", word == nil {
                break
            } else {
                word = (word ?? "") + String(character)
            }
        }
        guard quote == nil else { throw Unbalanced() }
        if escaped { word = (word ?? "") + "\\" }
        if let done = word { words.append(done) }
        return words
    }
}
