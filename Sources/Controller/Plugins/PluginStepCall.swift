import Engine
import Foundation
import Model
import Plugins

/// What `runbook plugin step` does: one action of a `plugin` step, as the step's environment describes it.
package struct PluginStepCall: Sendable {
    /// How it ends.
    package struct Ending: Sendable {
        package var status: Int32
        package var output = ""
        package var complaint = ""
    }

    private enum Action: String { case predict, capture, apply, undo }

    /// The status that says that what a step would do is not known.
    private static let unknown: Int32 = 126

    private let environment: [String: String]
    private let input: [UInt8]

    /// `input` is the captured state, for an undo.
    package init(environment: [String: String], input: [UInt8]) {
        self.environment = environment
        self.input = input
    }

    package func callAsFunction() async -> Ending {
        let action = Action(rawValue: environment["RUNBOOK_ACTION"] ?? "")
        do {
            guard let action else { throw RequestError(.usage, "Only a run calls this.") }
            let plugin = try pinned()
            switch action {
            case .predict: return try await predict(plugin)
            case .capture: return Ending(status: 0, output: try state(try await ask(plugin, "check")).jsonText())
            case .apply: return try await apply(plugin)
            case .undo:
                let state = String(decoding: input, as: UTF8.self)
                return told(try await ask(plugin, "undo", ["state": .json(state.isEmpty ? "null" : state)]))
            }
        } catch is CancellationError {
            return Ending(status: action == .predict ? Self.unknown : 1, complaint: "the plugin was ended\n")
        } catch {
            let text = OperatorError(error)?.sentence ?? "\(error)"
            guard action == .predict else { return Ending(status: 1, complaint: text + "\n") }
            return Ending(status: Self.unknown, output: "reason \(SafeText(text).singleLine)\n")
        }
    }

    /// The plugin, if it is still what the plan was made with.
    private func pinned() throws -> Plugin {
        let folder = environment["RUNBOOK_PLUGIN"] ?? ""
        let sandbox = try PluginSandbox(text: environment["RUNBOOK_PLUGIN_CONFINEMENT"] ?? "")
        let plugin = try PluginLibrary.plugin(at: folder, in: sandbox)
        guard try plugin.digest() == environment["RUNBOOK_PLUGIN_SHA256"] else { throw PluginError(folder, .changed) }
        return plugin
    }

    private func predict(_ plugin: Plugin) async throws -> Ending {
        let answer = try await ask(plugin, "check")
        guard let changes = answer.bool("changes") else {
            throw PluginError(plugin.path, .badAnswer("it does not say \"changes\""))
        }
        var lines = ["before-digest \(try digest(answer))"]
        for name in ["before", "after"] {
            if let text = answer.text(name) { lines.append("\(name) \(Self.shown(text))") }
        }
        if let text = answer.text("text") { lines.append("reason \(Self.shown(text))") }
        return Ending(status: changes ? 1 : 0, output: lines.map { $0 + "\n" }.joined())
    }

    /// Looks again, so that another former value than the planned one is left alone.
    private func apply(_ plugin: Plugin) async throws -> Ending {
        let now = try await ask(plugin, "check")
        if let expected = environment["RUNBOOK_EXPECT"], !expected.isEmpty, try digest(now) != expected {
            return Ending(status: StepProgram.driftStatus)
        }
        return told(try await ask(plugin, "apply", ["state": .json(try state(now).jsonText())]))
    }

    private func told(_ answer: PluginAnswer) -> Ending {
        Ending(status: 0, output: answer.text("text").map { Self.shown($0) + "\n" } ?? "")
    }

    /// SHA-256 of the former state, or of how it is shown where the plugin keeps none.
    private func digest(_ answer: PluginAnswer) throws -> String {
        let state = answer.members["state"] ?? answer.members["before"] ?? .null
        return Digest.hex(of: try state.jsonText())
    }

    private func state(_ answer: PluginAnswer) -> Value { answer.members["state"] ?? .null }

    private static func shown(_ text: String) -> String {
        let line = SafeText(text).singleLine
        return line.count > 300 ? line.prefix(300) + "…" : line
    }

    private func ask(
        _ plugin: Plugin, _ operation: String, _ members: [String: PluginRequest.Member] = [:]
    ) async throws -> PluginAnswer {
        let names = try Self.texts(environment["RUNBOOK_PLUGIN_SECRETS"])
        let secrets = names.reduce(into: [String: Value]()) { $0[$1.key] = .secret(reference: $1.value) }
        var request = PluginRequest(operation, members)
        request.members["settings"] = try .merged(environment["RUNBOOK_PLUGIN_SETTINGS"], secrets)
        for name in ["NODE", "RUN", "STEP"] {
            request.members[name.lowercased()] = .value(.string(environment["RUNBOOK_\(name)"] ?? ""))
        }
        return try await plugin.ask(request) { variable in
            guard let path = environment[variable + "_file"], let data = FileManager.default.contents(atPath: path)
            else { throw SecretError(variable, .missing) }
            return SecretBytes(Array(data))
        }
    }

    private static func texts(_ json: String?) throws -> [String: String] {
        try JSONDecoder().decode([String: String].self, from: Data((json ?? "{}").utf8))
    }
}

extension PluginRequest.Member {
    /// Settings that are JSON, and secrets beside them.
    fileprivate static func merged(_ json: String?, _ secrets: [String: Value]) throws -> PluginRequest.Member {
        var settings = try PluginAnswer.object(Array((json ?? "{}").utf8))
        settings.merge(secrets) { $1 }
        return .value(.map(settings))
    }
}
