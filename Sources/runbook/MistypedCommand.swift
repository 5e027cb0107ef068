import ArgumentParser
import Controller
import Model

/// Says which command was probably meant where a word is none.
struct MistypedCommand {
    /// - Throws: `RequestError` where the words begin with something that is no command.
    static func check(_ words: some Sequence<String>, root: any ParsableCommand.Type) throws {
        var command = root
        var path = root.configuration.commandName ?? "runbook"
        for word in words {
            let commands = command.configuration.subcommands
            guard !commands.isEmpty, command.configuration.defaultSubcommand == nil, !word.hasPrefix("-"),
                word != "help"
            else { return }
            guard
                let next = commands.first(where: { $0._commandName == word || $0.configuration.aliases.contains(word) })
            else {
                let near = Spelling.nearest(to: word, among: commands.map { $0._commandName })
                throw RequestError(
                    .usage, "There is no command '\(path) \(SafeText(word).singleLine)'.",
                    hint: (near.map { "Did you mean '\($0)'? " } ?? "") + "'\(path) --help' lists what there is.")
            }
            command = next
            path += " " + word
        }
    }
}
