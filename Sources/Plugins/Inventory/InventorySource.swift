import Foundation
import Model

/// A program that lists nodes: `Plugins/inventory/NAME`, which gets its arguments as JSON on standard input and prints
/// Ansible's dynamic-inventory JSON.
package struct InventorySource: Sendable {
    private let declaration: SourceDeclaration
    private let plugins: String

    /// The source as the inventory declares it, with its program under the folder `plugins`.
    package init(_ declaration: SourceDeclaration, plugins: String) {
        self.declaration = declaration
        self.plugins = plugins
    }

    /// What it prints.
    /// - Throws: `PluginError`.
    package func list() async throws -> [UInt8] {
        let name = declaration.plugin
        let path = plugins + "/inventory/" + name
        guard !name.isEmpty, name.allSatisfy({ $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-" || $0 == "_") })
        else {
            throw PluginError(path, .missing)
        }
        let input = try Value.map(declaration.arguments).jsonText()
        return try await PluginCall(path: path, arguments: ["--list"])(Array(input.utf8))
    }
}
