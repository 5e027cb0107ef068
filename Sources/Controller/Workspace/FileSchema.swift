import Catalog

/// The kinds of files that people write, for editors.
package enum FileSchema: String, Sendable, CaseIterable {
    case runbook, probes, faults, inventory, plugin, cases

    /// Its JSON Schema.
    package var text: String {
        switch self {
        case .runbook: FormatSchema.runbook.json
        case .probes: FormatSchema.probes.json
        case .faults: FormatSchema.faults.json
        case .inventory: FormatSchema.inventory.json
        case .plugin: FormatSchema.plugin.json
        case .cases: FormatSchema.cases.json
        }
    }
}
