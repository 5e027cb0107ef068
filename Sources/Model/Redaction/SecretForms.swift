/// The forms in which a secret may turn up in what programs print. Pure.
enum SecretForms {
    /// Every form of `secret` that is long enough to be looked for.
    static func all(of secret: [UInt8]) -> Set<[UInt8]> {
        let secret = trimmed(secret)
        var forms: Set<[UInt8]> = []
        for part in parts(of: secret) {
            forms.insert(part)
            forms.formUnion(base64(part))
            forms.formUnion(percentEncoded(part))
            forms.formUnion(quoted(part))
            forms.formUnion(hexadecimal(part))
        }
        return forms.filter { $0.count >= Redactor.shortest }
    }

    /// The secret as a whole and, of several lines, each that is long enough to tell something.
    private static func parts(of secret: [UInt8]) -> [[UInt8]] {
        guard secret.count >= Redactor.shortest else { return [] }
        let lines = secret.split(separator: UInt8(ascii: "\n")).map { trimmed(Array($0)) }
        return [secret] + (lines.count > 1 ? lines.filter { $0.count >= 8 } : [])
    }

    /// Without the white space at its ends, which files have and programs drop.
    private static func trimmed(_ bytes: [UInt8]) -> [UInt8] {
        let isBlank: (UInt8) -> Bool = { $0 == 0x20 || (0x09...0x0D).contains($0) }
        guard let first = bytes.firstIndex(where: { !isBlank($0) }), let last = bytes.lastIndex(where: { !isBlank($0) })
        else { return [] }
        return Array(bytes[first...last])
    }

    private static let standardAlphabet = Array(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
    private static let urlAlphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)

    /// In both alphabets and at each of the three places where it can begin inside a longer text; without the
    /// characters that also depend on its neighbours.
    private static func base64(_ secret: [UInt8]) -> [[UInt8]] {
        var forms: [[UInt8]] = []
        for before in 0..<3 {
            let bytes = [UInt8](repeating: 0, count: before) + secret
            let first = (before * 8 + 5) / 6
            let end = bytes.count * 8 / 6
            // Fewer characters would be found in any base64 text.
            guard end - first >= 6 else { continue }
            for alphabet in [standardAlphabet, urlAlphabet] {
                forms.append((first..<end).map { alphabet[sextet($0, of: bytes)] })
            }
        }
        return forms
    }

    private static func sextet(_ index: Int, of bytes: [UInt8]) -> Int {
        let bit = index * 6
        let high = Int(bytes[bit / 8]) << 8
        let low = bit / 8 + 1 < bytes.count ? Int(bytes[bit / 8 + 1]) : 0
        return (high | low) >> (10 - bit % 8) & 63
    }

    /// As parts of a URL and of a form, in both cases of hexadecimal digits.
    private static func percentEncoded(_ secret: [UInt8]) -> [[UInt8]] {
        var forms: [[UInt8]] = []
        for digits in [Array("0123456789ABCDEF".utf8), Array("0123456789abcdef".utf8)] {
            for kept in [[], Array("/".utf8), Array("!*'()".utf8)] as [[UInt8]] {
                for space in ["%20", "+"] {
                    forms.append(
                        secret.flatMap { byte -> [UInt8] in
                            if isUnreserved(byte) || kept.contains(byte) { return [byte] }
                            if byte == UInt8(ascii: " ") { return Array(space.utf8) }
                            return [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
                        })
                }
            }
        }
        return forms
    }

    private static func isUnreserved(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
            UInt8(ascii: "~"):
            true
        default: false
        }
    }

    /// Inside a JSON string, and inside single quotes as a shell traces it.
    private static func quoted(_ secret: [UInt8]) -> [[UInt8]] {
        let json: (UInt8) -> [UInt8] = { byte in
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"): [UInt8(ascii: "\\"), byte]
            case 0x09: Array("\\t".utf8)
            case 0x0A: Array("\\n".utf8)
            case 0x0D: Array("\\r".utf8)
            default: [byte]
            }
        }
        return [
            secret.flatMap(json),
            secret.flatMap { $0 == UInt8(ascii: "/") ? Array("\\/".utf8) : json($0) },
            secret.flatMap { $0 == UInt8(ascii: "'") ? Array("'\\''".utf8) : [$0] },
            secret.flatMap { $0 == UInt8(ascii: "'") ? Array("'\"'\"'".utf8) : [$0] },
        ]
    }

    private static func hexadecimal(_ secret: [UInt8]) -> [[UInt8]] {
        [Array("0123456789abcdef".utf8), Array("0123456789ABCDEF".utf8)].map { digits in
            secret.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }
        }
    }
}
