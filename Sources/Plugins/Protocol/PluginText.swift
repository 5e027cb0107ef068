import Model

/// What a plugin says to people: on one line, of bounded length, with nothing that moves a terminal and no secret.
struct PluginText: Sendable {
    private let redactor: Redactor?
    /// The most characters that are kept of a text.
    static let limit = 500

    init(_ secrets: [SecretBytes]) { redactor = Redactor(secrets) }

    func clean(_ text: String) -> String {
        let line = SafeText(redactor?.redact(text) ?? text).singleLine
        return line.count > Self.limit ? line.prefix(Self.limit) + "…" : line
    }

    /// The last line that says something.
    func lastLine(of bytes: [UInt8]) -> String {
        let bytes = redactor?.redact(bytes) ?? bytes
        let last = bytes.split(separator: UInt8(ascii: "\n")).last { line in line.contains { $0 > 0x20 } }
        return clean(SafeText(bytes: last ?? []).description)
    }
}
