import Foundation
import Model

/// A program that lists nodes in Ansible's dynamic-inventory JSON: `Plugins/inventory/NAME/`, a plugin with a manifest, or
/// `Plugins/inventory/NAME`, an executable that is run with `--list` and gets its arguments as JSON on standard input.
package struct InventorySource: Sendable {
    private let declaration: SourceDeclaration
    private let plugins: String
    private let plugin: Plugin?
    private let sandbox: PluginSandbox

    /// The source as the inventory declares it: `plugin`, or else an executable under the folder `plugins`, which is run
    /// in that sandbox.
    package init(_ declaration: SourceDeclaration, plugins: String, plugin: Plugin?, sandbox: PluginSandbox) {
        self.sandbox = sandbox
        self.declaration = declaration
        self.plugins = plugins
        self.plugin = plugin
    }

    /// What it prints; `secret` gives the secrets that the arguments refer to.
    /// - Throws: `PluginError`, or what `secret` throws.
    package func list(secret: @Sendable (String) async throws -> SecretBytes) async throws -> [UInt8] {
        guard let plugin else { return try await listPlainly(secret) }
        let settings = try plugin.manifest.checked(declaration.arguments)
        let request = PluginRequest("list", ["settings": .value(.map(settings))])
        let (bytes, secrets) = try await plugin.rawAnswer(request, secret: secret)
        // A refusal is no inventory.
        _ = try PluginAnswer(bytes, of: plugin.path, hiding: secrets)
        return bytes
    }

    private func listPlainly(_ secret: (String) async throws -> SecretBytes) async throws -> [UInt8] {
        let name = declaration.plugin
        let path = plugins + "/inventory/" + name
        guard !name.isEmpty, name.allSatisfy({ $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-" || $0 == "_") })
        else {
            throw PluginError(path, .missing)
        }
        guard declaration.arguments.values.allSatisfy({ if case .secret = $0 { false } else { true } }) else {
            throw PluginError(path, .unsafe("only a plugin with a manifest is given secrets"))
        }
        let input = try Value.map(declaration.arguments).jsonText()
        var call = PluginCall(path: path, arguments: ["--list"])
        call.sandbox = sandbox
        return try await call(Array(input.utf8))
    }
}
