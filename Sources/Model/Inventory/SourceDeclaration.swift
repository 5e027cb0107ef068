/// A program that lists nodes, as the inventory declares it.
package struct SourceDeclaration: Sendable, Hashable, Codable {
    /// The plugin's name.
    package var plugin: String
    /// Its arguments.
    package var arguments: [String: Value]
    /// How long its answer is good.
    package var timeToLive: Duration
    package var position: SourcePosition

    package init(plugin: String, arguments: [String: Value], timeToLive: Duration, position: SourcePosition) {
        self.plugin = plugin
        self.arguments = arguments
        self.timeToLive = timeToLive
        self.position = position
    }
}
