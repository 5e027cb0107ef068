import Foundation
import Plugins

extension Settings {
    /// Where the packaged service's socket is.
    private static let socketFolder = "/run/runbook"

    /// How plugins are confined: the folders of the database, of SSH keys and of the service's socket, and the signing
    /// key, are not there for them.
    var sandbox: PluginSandbox {
        let here = FileManager.default.currentDirectoryPath
        let folders = [database, service].compactMap { $0 }.map { NSString(string: $0).deletingLastPathComponent }
        let keys = [signingKey, home + "/.ssh"].compactMap { $0 }
        return PluginSandbox(
            pluginSandbox,
            hidden: (folders + keys + [Self.socketFolder]).map { $0.hasPrefix("/") ? $0 : here + "/" + $0 })
    }
}
