import Foundation
import Model

/// Colours, where they are wanted.
struct Style: Sendable {
    enum When: String, Sendable, CaseIterable { case auto, always, never }

    var isOn: Bool

    /// `auto` colours a terminal unless `NO_COLOR` is set or `TERM` is `dumb`.
    init(_ when: When, isTerminal: Bool, environment: [String: String]) {
        switch when {
        case .always: isOn = true
        case .never: isOn = false
        case .auto:
            isOn = isTerminal && environment["NO_COLOR", default: ""].isEmpty && environment["TERM"] != "dumb"
        }
    }

    /// What stands for a colour or a weight between `ESC [` and `m`; the first ends them.
    private static let codes = ["0", "1", "2", "31", "32", "33", "34"]

    /// No colours.
    static let plain = Style(.never, isTerminal: false, environment: [:])

    func bold(_ text: String) -> String { wrap(text, "1") }
    func faint(_ text: String) -> String { wrap(text, "2") }
    func red(_ text: String) -> String { wrap(text, "31") }
    func green(_ text: String) -> String { wrap(text, "32") }
    func yellow(_ text: String) -> String { wrap(text, "33") }
    func blue(_ text: String) -> String { wrap(text, "34") }

    /// `line`, in which nothing acts on a terminal but this style's own colours: all else is spelled out.
    func cleaned(_ line: String) -> String {
        guard isOn, line.utf8.contains(0x1B) else { return SafeText(line).description }
        let pieces = line.split(separator: "\u{1B}", omittingEmptySubsequences: false)
        var clean = SafeText(String(pieces[0])).description
        for piece in pieces.dropFirst() {
            if let code = Self.codes.first(where: { piece.hasPrefix("[\($0)m") }) {
                clean += "\u{1B}[\(code)m" + SafeText(String(piece.dropFirst(code.count + 2))).description
            } else {
                clean += SafeText("\u{1B}\(piece)").description
            }
        }
        return clean
    }

    private func wrap(_ text: String, _ code: String) -> String {
        isOn ? "\u{1B}[\(code)m\(text)\u{1B}[0m" : text
    }
}
