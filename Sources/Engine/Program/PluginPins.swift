import Model

/// The plugins that steps may call, as they were when the run was prepared.
package struct PluginPins: Sendable {
    /// One plugin, held to its files.
    package struct Pin: Sendable {
        /// Its folder.
        package var folder: String
        /// SHA-256 of all that is in the folder.
        package var digest: String
        package var manifest: PluginManifest

        package init(folder: String, digest: String, manifest: PluginManifest) {
            self.folder = folder
            self.digest = digest
            self.manifest = manifest
        }
    }

    /// The path of the program that calls them, `runbook` itself.
    package var program: String
    package var pins: [String: Pin]
    /// How that program is to confine them, in its own words.
    package var confinement: String

    package init(program: String = "", pins: [String: Pin] = [:], confinement: String = "") {
        self.program = program
        self.confinement = confinement
        self.pins = pins
    }
}
