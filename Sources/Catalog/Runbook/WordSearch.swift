import Glibc

extension String {
    /// Whether `word` stands in it with no letter, digit, `_` or `-` beside it.
    func containsWord(_ word: String) -> Bool {
        var text = self
        var word = word
        return text.withUTF8 { text in
            word.withUTF8 { word in Self.isWord(word, in: text) }
        }
    }

    private static func isWord(_ word: UnsafeBufferPointer<UInt8>, in text: UnsafeBufferPointer<UInt8>) -> Bool {
        guard !word.isEmpty, let letters = word.baseAddress, let first = text.baseAddress, word.count <= text.count
        else { return false }
        let end = first + text.count
        let last = end - word.count
        var place = first
        while place <= last, let hit = memchr(place, Int32(letters[0]), last - place + 1) {
            let start = UnsafePointer(hit.assumingMemoryBound(to: UInt8.self))
            let after = start + word.count
            if memcmp(start, letters, word.count) == 0, start == first || !isPartOfWords(start[-1]),
                after == end || !isPartOfWords(after[0])
            {
                return true
            }
            place = start + 1
        }
        return false
    }

    private static func isPartOfWords(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "_"), UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"),
            UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"):
            true
        default: false
        }
    }
}
