import Foundation

/// The program's commands, as it tells tools of them.
struct CommandTree: Decodable {
    private struct Command: Decodable {
        var commandName: String
        var shouldDisplay: Bool
        var subcommands: [Command]?

        /// Each command below it that does something, as words.
        func leaves(_ words: [String] = []) -> [String] {
            let below = (subcommands ?? []).filter(\.shouldDisplay)
            if below.isEmpty { return [words.joined(separator: " ")] }
            return below.flatMap { $0.leaves(words + [$0.commandName]) }
        }
    }

    private let command: Command

    init(_ text: String) throws {
        self = try JSONDecoder().decode(Self.self, from: Data(text.utf8))
    }

    /// Each command that does something, such as `nodes list`; without those that help does not show.
    var leaves: [String] { command.leaves() }
}
