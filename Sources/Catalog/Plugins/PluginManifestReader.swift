import Foundation
import Model

/// Reads plugins' manifests.
package struct PluginManifestReader: Sendable {
    /// The manifest's file in a plugin's folder.
    package static let fileName = "plugin.yaml"
    /// The longest that a plugin may ask for.
    private static let longest = Duration.seconds(600)

    private let trust: FileTrust?

    /// Reads files only that `trust` believes.
    package init(trust: FileTrust = FileTrust()) { self.trust = trust }

    /// The manifest of the plugin in `folder`, whose name and whose parent's name it has to confirm.
    /// - Throws: every problem of the file.
    package func read(_ folder: String) throws(DiagnosticsError) -> PluginManifest {
        let path = folder + "/" + Self.fileName
        let bag = DiagnosticBag()
        guard let bytes = CatalogFiles(trust: trust, bag: bag).read(path),
            let (root, source) = YAMLParser.parse(bytes, path: path, bag: bag)
        else { throw DiagnosticsError(bag.sorted) }
        let validator = SchemaValidator(source: source, bag: bag)
        validator.check(root, .block(.pluginManifest), what: "the manifest")
        let manifest = manifest(root, validator)
        check(manifest, root, folder, validator)
        guard !bag.hasErrors else { throw DiagnosticsError(bag.sorted) }
        return manifest
    }

    private func manifest(_ root: YAMLNode, _ validator: SchemaValidator) -> PluginManifest {
        var settings: [String: PluginManifest.Setting] = [:]
        for entry in root["settings"]?.entries ?? [] {
            guard let place = entry.value["type"], let text = place.scalar?.text else { continue }
            do throws(ValueError) {
                settings[entry.key] = PluginManifest.Setting(
                    type: try ValueType(parsing: text), isRequired: entry.value.bool("required") ?? false,
                    summary: entry.value.text("summary") ?? "", example: entry.value["example"]?.value)
            } catch {
                validator.report(place, error.message, hint: error.hint)
            }
        }
        return PluginManifest(
            name: root.text("name") ?? "", kind: root.choice("kind", PluginManifest.Kind.self) ?? .notify,
            summary: root.text("summary") ?? "", executable: root.text("executable") ?? "",
            timeout: root.duration("timeout") ?? .seconds(30), requires: root.texts("requires"),
            environment: root.texts("environment"), settings: settings, canUndo: root.bool("undo") ?? false,
            effect: root.choice("effect", Effect.self) ?? .once)
    }

    private func check(_ manifest: PluginManifest, _ root: YAMLNode, _ folder: String, _ validator: SchemaValidator) {
        let real = CatalogFiles.realPath(folder) ?? folder
        let name = (real as NSString).lastPathComponent
        let parent = ((real as NSString).deletingLastPathComponent as NSString).lastPathComponent
        if let node = root["name"], manifest.name != name {
            validator.report(node, "the plugin is named '\(manifest.name)', but its folder '\(name)'")
        }
        if let node = root["kind"], PluginManifest.Kind(rawValue: parent) ?? manifest.kind != manifest.kind {
            validator.report(node, "the plugin is of kind '\(manifest.kind.rawValue)', but lies among '\(parent)'")
        }
        if let node = root["timeout"], !(.seconds(1)...Self.longest).contains(manifest.timeout) {
            validator.report(node, "the timeout must be from 1s to 10m")
        }
        for node in root.list("environment") {
            // They change how every program is loaded, or belong to the run.
            let name = node.scalar?.text ?? ""
            if name.hasPrefix("LD_") || name.hasPrefix("RUNBOOK_") {
                validator.report(node, "the variable '\(name)' is not passed on")
            }
        }
        if manifest.kind != .step {
            for key in ["undo", "effect"] {
                if let node = root[key] { validator.report(node, "only a plugin of kind 'step' has '\(key)'") }
            }
        }
    }
}
