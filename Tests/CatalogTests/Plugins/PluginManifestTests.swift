import Foundation
import Model
import Testing

@testable import Catalog

/// Manifests of plugins, and the settings that are held against them.
@Suite struct PluginManifestTests {
    private static let good = """
        schema_version: 1
        name: pager
        kind: notify
        summary: Calls somebody.
        executable: send.py
        timeout: 20s
        requires: [python3]
        environment: [SSL_CERT_FILE]
        settings:
          url: {type: url, required: true, summary: Where., example: "http://127.0.0.1:9/"}
          key: {type: secret, summary: Its key.}
          people: {type: list<string>, summary: Whom.}
        """

    private func read(_ text: String) throws -> PluginManifest {
        let folder = try TemporaryFolder(["notify/pager/plugin.yaml": text])
        return try PluginManifestReader().read(folder.path + "/notify/pager")
    }

    private func problem(_ text: String) throws -> String {
        do {
            _ = try read(text)
            return ""
        } catch let error as DiagnosticsError {
            return error.diagnostics.map { "\($0.position.line): \($0.message)" }.joined(separator: "\n")
        }
    }

    @Test func oneIsRead() throws {
        let manifest = try read(Self.good)
        #expect(manifest.name == "pager")
        #expect(manifest.kind == .notify)
        #expect(manifest.timeout == .seconds(20))
        #expect(manifest.environment == ["SSL_CERT_FILE"])
        #expect(manifest.settings["key"]?.type == .secret)
        #expect(manifest.settings["url"]?.example == .string("http://127.0.0.1:9/"))
    }

    @Test(arguments: [
        ("name: pager", "name: beeper", "2: the plugin is named 'beeper', but its folder 'pager'"),
        ("kind: notify", "kind: secret", "3: the plugin is of kind 'secret', but lies among 'notify'"),
        ("timeout: 20s", "timeout: 1h", "6: the timeout must be from 1s to 10m"),
        ("executable: send.py", "executable: ../send.py", "5: 'executable' in plugin manifest 'pager' must be"),
        ("[SSL_CERT_FILE]", "[LD_PRELOAD]", "8: the variable 'LD_PRELOAD' is not passed on"),
        ("timeout: 20s", "undo: true", "6: only a plugin of kind 'step' has 'undo'"),
        ("type: list<string>", "type: list", "12: 'list' does not say of what"),
    ])
    func whatIsWrongIsSaidWithItsLine(part: String, instead: String, expected: String) throws {
        #expect(try problem(Self.good.replacing(part, with: instead)).contains(expected))
    }

    @Test func settingsGetTheirTypes() throws {
        let manifest = try read(Self.good)
        let settings = try manifest.checked([
            "url": .string("https://example.org/x"), "key": .map(["secret": .string("env:KEY")]),
            "people": .list([.string("alice"), .int(7)]),
        ])
        #expect(settings["key"] == .secret(reference: "env:KEY"))
        #expect(settings["people"] == .list([.string("alice"), .string("7")]))
    }

    @Test(arguments: [
        (["url": Value.string("nonsense")], "setting 'url' of plugin 'pager': 'nonsense' is no url"),
        (["ulr": .string("https://x.org/")], "plugin 'pager' has no setting 'ulr'"),
        ([:], "plugin 'pager' needs the setting 'url'"),
        (["url": .string("https://x.org/"), "key": .string("plain text")], "setting 'key' of plugin 'pager'"),
        (["url": .map(["secret": .string("env:X")])], "setting 'url' of plugin 'pager': a secret can only be"),
    ])
    func settingsThatDoNotFitAreRefused(values: [String: Value], expected: String) throws {
        let manifest = try read(Self.good)
        let error = #expect(throws: ValueError.self) { try manifest.checked(values) }
        #expect(error?.message.hasPrefix(expected) == true, "\(error?.message ?? "")")
        #expect(error?.message.contains("plain text") != true)
    }
}
