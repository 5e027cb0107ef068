/// Somebody who is told of runs, as the inventory declares them.
package struct Receiver: Sendable, Hashable {
    package var name: String
    /// The plugin that tells them.
    package var plugin: String
    /// The plugin's settings; secrets by their reference.
    package var settings: [String: Value]
    /// Of what it is told of every runbook's runs.
    package var always: [Notifications.Occasion]
    package var position: SourcePosition

    package init(
        name: String, plugin: String, settings: [String: Value], always: [Notifications.Occasion] = [],
        position: SourcePosition
    ) {
        self.always = always
        self.name = name
        self.plugin = plugin
        self.settings = settings
        self.position = position
    }
}
