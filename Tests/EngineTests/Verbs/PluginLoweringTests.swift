import Model
import Testing

@testable import Engine

/// What a `plugin` step sends to the controller.
@Suite struct PluginLoweringTests {
    private func pins(canUndo: Bool = true, digest: String = "d1") -> PluginPins {
        let settings = [
            "url": PluginManifest.Setting(type: .url, isRequired: true, summary: "Where.", example: nil),
            "token": PluginManifest.Setting(type: .secret, isRequired: false, summary: "A token.", example: nil),
            "more": PluginManifest.Setting(type: .list(.secret), isRequired: false, summary: "More.", example: nil),
        ]
        let manifest = PluginManifest(
            name: "put", kind: .step, summary: "Puts.", executable: "put", settings: settings, canUndo: canUndo)
        return PluginPins(
            program: "/usr/bin/runbook",
            pins: ["put": PluginPins.Pin(folder: "/plugins/step/put", digest: digest, manifest: manifest)])
    }

    private func verb(_ settings: [String: Template], name: String = "put") -> Verb {
        .plugin(PluginVerb(name: name, with: settings))
    }

    private let url = Template.literal(.string("https://example.org/x"))

    @Test func itsValuesAreInTheEnvironmentAndItsSecretsAreFiles() throws {
        let program = try Lowered.program(
            verb(["url": url, "token": .literal(.secret(reference: "vault:kv/api#t"))]),
            in: Lowered.context(plugins: pins()))
        #expect(program.location == .controller)
        #expect(program.grade == .compensating)
        #expect(program.effect == .once)
        let parts = [program.predict, program.capture, program.apply, program.undo].compactMap(\.self)
        #expect(parts.map { $0.environment["RUNBOOK_ACTION"] } == ["predict", "capture", "apply", "undo"])
        for part in parts {
            #expect(part.text == #"exec "$RUNBOOK_SELF" plugin step"#)
            #expect(part.environment["RUNBOOK_SELF"] == "/usr/bin/runbook")
            #expect(part.environment["RUNBOOK_PLUGIN"] == "/plugins/step/put")
            #expect(part.environment["RUNBOOK_PLUGIN_SHA256"] == "d1")
            #expect(part.environment["RUNBOOK_PLUGIN_SETTINGS"] == #"{"url":"https://example.org/x"}"#)
            #expect(part.environment["RUNBOOK_PLUGIN_SECRETS"] == #"{"token":"RUNBOOK_PLUGIN_SECRET_0"}"#)
            #expect(part.secrets == ["RUNBOOK_PLUGIN_SECRET_0": "vault:kv/api#t"])
            #expect(!part.environment.values.contains { $0.contains("vault:") })
        }
    }

    @Test func withoutAnUndoItCanNotBeUndone() throws {
        let program = try Lowered.program(verb(["url": url]), in: Lowered.context(plugins: pins(canUndo: false)))
        #expect(program.grade == .irreversible)
        #expect(program.undo == nil)
        #expect(program.capture == nil)
    }

    @Test func anotherPluginOfThatNameIsAnotherStep() throws {
        func digest(_ pins: PluginPins) throws -> String? {
            try Lowered.action(of: Lowered.step(verb(["url": url])), in: Lowered.context(plugins: pins))?
                .digest(run: Lowered.run, secretDigests: [:])
        }
        #expect(try digest(pins()) == digest(pins()))
        #expect(try digest(pins()) != digest(pins(digest: "d2")))
    }

    @Test func whatIsMissingTaintedOrNestedIsRefused() {
        func error(_ verb: Verb, facts: [String: String] = [:]) -> LoweringError.Code? {
            Lowered.error(of: verb, in: Lowered.context(facts: facts, plugins: pins()))?.code
        }
        #expect(error(verb(["url": url])) == nil)
        #expect(error(verb(["url": url], name: "other")) == .unsupported)
        #expect(error(verb([:])) == .value)
        #expect(error(verb(["url": .literal(.string("nonsense"))])) == .value)
        #expect(error(verb(["url": Lowered.fact("u")]), facts: ["u": "https://evil.example.org/"]) == .tainted)
        let nested = Template.literal(.list([.secret(reference: "env:X")]))
        #expect(error(verb(["url": url, "more": nested])) == .secret)
    }
}
