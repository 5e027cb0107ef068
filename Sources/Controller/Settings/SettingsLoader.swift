import Catalog
import Foundation
import Glibc
import Model
import Plugins

/// Finds the settings: flags before the environment, before `runbook.yaml` here or in a parent folder, before
/// `$XDG_CONFIG_HOME/runbook/runbook.yaml`, before `/etc/runbook/runbook.yaml`, before defaults.
package struct SettingsLoader {
    private let environment: [String: String]

    package init(environment: [String: String]) { self.environment = environment }

    /// - Throws: `SettingsError`, or `DiagnosticsError` for a wrong file.
    package func settings(flags: PartialSettings) throws -> Settings {
        var layers = [flags, try PartialSettings(environment: environment)]
        for path in files { layers.append(try PartialSettings(SettingsFile(path: path))) }
        return Settings(layers: layers, environment: environment, userID: Int(getuid()))
    }

    private var files: [String] {
        var found: [String] = []
        var folder = FileManager.default.currentDirectoryPath
        while true {
            let path = folder == "/" ? "/runbook.yaml" : folder + "/runbook.yaml"
            if FileManager.default.fileExists(atPath: path) {
                found.append(path)
                break
            }
            if folder == "/" { break }
            folder = (folder as NSString).deletingLastPathComponent
        }
        let home = environment["HOME"] ?? "/"
        let configuration = environment["XDG_CONFIG_HOME"].flatMap { $0.isEmpty ? nil : $0 } ?? home + "/.config"
        for path in [configuration + "/runbook/runbook.yaml", "/etc/runbook/runbook.yaml"]
        where FileManager.default.fileExists(atPath: path) && !found.contains(path) { found.append(path) }
        return found
    }
}

extension PartialSettings {
    /// What a configuration file says; its relative paths belong to its own folder.
    init(_ file: SettingsFile) throws {
        func paths(_ key: String) -> [String]? {
            file.texts[key]?.map { path in
                path.hasPrefix("/") || file.folder.isEmpty ? path : file.folder + "/" + path
            }
        }
        self.init(
            inventory: paths("inventory"), runbooks: paths("runbooks")?.first, plugins: paths("plugins")?.first,
            database: paths("db")?.first, knownHosts: paths("known_hosts"),
            sshConfig: file.texts["ssh_config"]?.first == "none" ? "none" : paths("ssh_config")?.first,
            lab: paths("lab")?.first,
            service: file.texts["service"]?.first == "none" ? "none" : paths("service")?.first,
            signingKey: paths("signing_key")?.first,
            anchors: file.texts["anchors"]?.map { AnchorPlaces.text($0, relativeTo: file.folder) })
        if let text = file.texts["fanout"]?.first {
            guard let number = Int(text), number > 0 else {
                throw Self.problem(file, "fanout", "must be a number above 0")
            }
            fanout = number
        }
        if let text = file.texts["plugin_sandbox"]?.first {
            guard let mode = PluginSandbox.Mode(rawValue: text) else {
                throw Self.problem(file, "plugin_sandbox", "may be 'auto', 'required' or 'none'")
            }
            pluginSandbox = mode
        }
        if let text = file.texts["host_keys"]?.first {
            guard let checking = HostKeyChecking(rawValue: text), checking != .off else {
                throw Self.problem(
                    file, "host_keys", "may be 'strict' or 'accept-new'; 'off' is only accepted on the command line")
            }
            hostKeys = checking
        }
    }

    private static func problem(_ file: SettingsFile, _ key: String, _ text: String) -> DiagnosticsError {
        let position = file.positions[key] ?? SourcePosition(file: file.folder, line: 1, column: 1)
        return DiagnosticsError([Diagnostic(.error, at: position, "'\(key)' \(text)")])
    }
}
