import Foundation

/// What a plugin does not get to see of the machine that it runs on.
///
/// In the sandbox it has a process namespace of its own, so that nothing which it starts outlives it or can signal
/// others; a limit of processes, unless it is root's; no capabilities, even of root; its own folder read-only; and `hidden`
/// empty. Network, other files and time are as they are.
package struct PluginSandbox: Sendable, Hashable, Codable {
    /// Whether there has to be one.
    package enum Mode: String, Sendable, Hashable, Codable, CaseIterable {
        /// Where this machine can make one.
        case auto
        /// Without one no plugin is run.
        case required
        case none
    }

    package var mode: Mode
    /// Paths of folders and files.
    package var hidden: [String]

    package init(_ mode: Mode, hidden: [String] = []) {
        self.mode = mode
        self.hidden = hidden
    }

    /// Plugins see what their user sees.
    package static let none = PluginSandbox(.none)

    /// What `text` has said.
    /// - Throws: `DecodingError` for anything else.
    package init(text: String) throws { self = try JSONDecoder().decode(Self.self, from: Data(text.utf8)) }

    /// As JSON, for another process of the program.
    package var text: String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return (try? encoder.encode(self)).map { String(decoding: $0, as: UTF8.self) } ?? ""
    }

    /// Whether a plugin is run at all, and in a sandbox.
    package enum Standing: Sendable, Hashable {
        case confined
        /// With the reason.
        case open(String)
        case refused(String)
    }

    package func standing() async -> Standing {
        guard mode != .none else { return .open("the settings want no sandbox") }
        switch await Bubblewrap.found.value {
        case .usable: return .confined
        case .unusable(let reason): return mode == .required ? .refused(reason) : .open(reason)
        }
    }

    /// What to start for a plugin's executable with these words behind its name.
    /// - Throws: `PluginError` where a sandbox is required and there can be none.
    func command(_ path: String, _ arguments: [String]) async throws -> (path: String, arguments: [String]) {
        switch await standing() {
        case .open: return (path, arguments)
        case .refused(let reason): throw PluginError(path, .noSandbox(reason))
        case .confined:
            guard case .usable(let bubblewrap) = await Bubblewrap.found.value, !path.contains("=") else {
                throw PluginError(path, .unsafe("its path holds '='"))
            }
            return bubblewrap.command(path, arguments, hidden: hidden)
        }
    }
}
