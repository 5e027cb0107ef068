import Catalog
import Model
import Plugins

extension Workspace {
    /// The inventory, with the nodes that its sources list.
    /// - Throws: `DiagnosticsError` with every problem, `PluginError` for a source that fails.
    package func inventory() async throws -> Inventory {
        try await currentInventory().inventory
    }

    /// The same, with what the operator has to know of it: sources whose last good answer is used.
    package func currentInventory() async throws -> (inventory: Inventory, notices: [String]) {
        let (inventory, stale) = try await self.inventory(asksAnew: false)
        return (inventory, stale.map(\.notice))
    }

    /// The same, and which sources can't be used. With `asksAnew` each is asked, however fresh its last answer is.
    func inventory(asksAnew: Bool) async throws -> (inventory: Inventory, stale: [StaleAnswer]) {
        var loaded = try declared()
        var found: [StaleAnswer] = []
        for source in loaded.sources {
            let (merged, stale) = try await merge(source, into: loaded, asksAnew: asksAnew)
            loaded = merged
            if let stale { found.append(stale) }
        }
        return (loaded.inventory, found)
    }

    /// Asks `source`, unless its last answer is still good. Where it fails its last good answer holds.
    private func merge(
        _ source: SourceDeclaration, into loaded: LoadedInventory, asksAnew: Bool
    ) async throws -> (LoadedInventory, stale: StaleAnswer?) {
        let answers = SourceAnswers(settings)
        let last = answers.answer(of: source)
        let known = last.flatMap { try? loaded.merging(dynamicInventoryJSON: $0.bytes, from: source) }
        if let last, let known, last.age < source.timeToLive, !asksAnew { return (known, nil) }
        do {
            let plugin = try PluginLibrary(settings).pluginIfThere(.inventory, source.plugin)
            let answer = try await InventorySource(
                source, plugins: settings.plugins, plugin: plugin, sandbox: settings.sandbox
            ).list { try await secrets.resolve($0) }
            let merged = try loaded.merging(
                dynamicInventoryJSON: answer, from: source, formerCount: known?.count(from: source))
            answers.keep(answer, of: source)
            return (merged, nil)
        } catch {
            guard let last, let known,
                error is PluginError || error is DiagnosticsError || error is ValueError || error is SecretError
            else { throw error }
            let reason = (error as? DiagnosticsError)?.diagnostics.first?.message ?? "\(error)"
            return (
                known,
                StaleAnswer(
                    source: source.plugin, reason: reason, age: last.age, nodes: known.count(from: source) ?? 0,
                    path: last.path)
            )
        }
    }
}
