import Engine
import Foundation
import Model

extension PluginLibrary {
    /// The plugins that steps of `runbook` call, held to what they are now. One that can't be used is left out; the step
    /// says so.
    func pins(_ runbook: Runbook) -> PluginPins {
        var pins = PluginPins(program: Self.program, confinement: sandbox.text)
        for name in Set(runbook.pluginSteps.map(\.1.name)) {
            guard let plugin = try? plugin(.step, name), let digest = try? plugin.digest() else { continue }
            pins.pins[name] = PluginPins.Pin(folder: plugin.folder, digest: digest, manifest: plugin.manifest)
        }
        return pins
    }

    /// The path of this program.
    private static var program: String {
        (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""
    }
}
