import ArgumentParser
import Model

/// Words with commas between them, each one of a closed set.
struct WordList<Word: RawRepresentable & CaseIterable & Hashable> where Word.RawValue == String {
    let words: Set<Word>

    /// - Parameter noun: what such a word is, for people.
    init(_ text: String, noun: String) throws {
        words = Set(
            try text.split(separator: ",").map { word in
                guard let known = Word(rawValue: String(word)) else {
                    let all = Word.allCases.map(\.rawValue)
                    let near = Spelling.nearest(to: String(word), among: all)
                    throw ValidationError(
                        "'\(word)' is no \(noun). "
                            + (near.map { "Did you mean '\($0)'?" } ?? "There are \(all.joined(separator: ", "))."))
                }
                return known
            })
    }
}
