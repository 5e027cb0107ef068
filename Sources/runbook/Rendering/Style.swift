import Foundation

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

    /// No colours.
    static let plain = Style(.never, isTerminal: false, environment: [:])

    func bold(_ text: String) -> String { wrap(text, "1") }
    func faint(_ text: String) -> String { wrap(text, "2") }
    func red(_ text: String) -> String { wrap(text, "31") }
    func green(_ text: String) -> String { wrap(text, "32") }
    func yellow(_ text: String) -> String { wrap(text, "33") }
    func blue(_ text: String) -> String { wrap(text, "34") }

    private func wrap(_ text: String, _ code: String) -> String {
        isOn ? "\u{1B}[\(code)m\(text)\u{1B}[0m" : text
    }
}
