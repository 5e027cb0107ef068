import Model

/// A change window as it stands at some moment.
package struct WindowState: Sendable, Hashable {
    package var isOpen: Bool
    /// When it closes, in milliseconds since 1970; nil while it is closed, and where nobody knows.
    package var closes: Int?
    /// For a person: until when it is open, or why it is not and when it opens next.
    package var text: String

    package init(isOpen: Bool, closes: Int? = nil, text: String = "") {
        self.isOpen = isOpen
        self.closes = closes
        self.text = text
    }
}

extension RunGates {
    package func state(of window: WindowRequirement) async -> WindowState {
        WindowState(isOpen: await isOpen(window))
    }
}
