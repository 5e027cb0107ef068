import Catalog
import Foundation
import Model
import Plugins

/// The plugins of an installation: the folders `Plugins/KIND/NAME/`.
package struct PluginLibrary: Sendable {
    /// A folder of a plugin, with its manifest or what is wrong with it.
    package struct Entry: Sendable {
        package var folder: String
        package var kind: PluginManifest.Kind
        package var name: String
        package var manifest: PluginManifest?
        package var problems: [Diagnostic]
    }

    private let folder: String
    let sandbox: PluginSandbox

    package init(_ settings: Settings) {
        folder = settings.plugins
        sandbox = settings.sandbox
    }

    /// All plugins with a manifest, by kind and name.
    package func entries() -> [Entry] {
        PluginManifest.Kind.allCases.flatMap { kind in
            let place = "\(folder)/\(kind.rawValue)"
            let names = (try? FileManager.default.contentsOfDirectory(atPath: place)) ?? []
            return names.sorted().filter { hasManifest("\(place)/\($0)") }.map { entry(kind, $0) }
        }
    }

    private func entry(_ kind: PluginManifest.Kind, _ name: String) -> Entry {
        var entry = Entry(folder: "\(folder)/\(kind.rawValue)/\(name)", kind: kind, name: name, problems: [])
        do throws(DiagnosticsError) {
            entry.manifest = try PluginManifestReader().read(entry.folder)
        } catch {
            entry.problems = error.diagnostics
        }
        return entry
    }

    /// The plugin of that kind and name.
    /// - Throws: `PluginError` where there is none, `DiagnosticsError` for a wrong manifest.
    package func plugin(_ kind: PluginManifest.Kind, _ name: String) throws -> Plugin {
        let place = "\(folder)/\(kind.rawValue)/\(name)"
        guard Self.isName(name), hasManifest(place) else { throw PluginError(place, .missing) }
        return try Self.plugin(at: place, in: sandbox)
    }

    /// The same; nil where there is none.
    func pluginIfThere(_ kind: PluginManifest.Kind, _ name: String) throws -> Plugin? {
        guard Self.isName(name), hasManifest("\(folder)/\(kind.rawValue)/\(name)") else { return nil }
        return try plugin(kind, name)
    }

    /// The plugin in a folder, wherever it lies. Its path holds no links.
    package static func plugin(at folder: String, in sandbox: PluginSandbox) throws -> Plugin {
        guard let pointer = realpath(folder, nil) else { throw PluginError(folder, .missing) }
        defer { free(pointer) }
        let real = String(cString: pointer)
        return Plugin(folder: real, manifest: try PluginManifestReader().read(real), sandbox: sandbox)
    }

    /// Names of the plugins of a kind.
    func names(_ kind: PluginManifest.Kind) -> [String] { entries().filter { $0.kind == kind }.map(\.name) }

    private static func isName(_ name: String) -> Bool {
        !name.isEmpty && name.allSatisfy { $0.isASCII && ($0.isLowercase || $0.isNumber || $0 == "-") }
    }

    private func hasManifest(_ folder: String) -> Bool {
        FileManager.default.fileExists(atPath: folder + "/" + PluginManifestReader.fileName)
    }
}

extension PluginLibrary {
    /// What holding the plugin in `folder`, wherever it lies, against the protocol shows.
    /// - Throws: `DiagnosticsError` for a wrong manifest, `PluginError` where there is none.
    package func test(_ folder: String) async throws -> [PluginFinding] {
        await PluginConformance(try Self.plugin(at: folder, in: sandbox)).findings()
    }
}

/// One rule of the protocol, and whether a plugin keeps to it.
package typealias PluginFinding = PluginConformance.Finding
