import Foundation
import Model

/// Reads inventories: files, or folders of them, merged by their top-level keys.
package struct InventoryLoader: Sendable {
    private let trust: FileTrust?

    /// Reads files only that `trust` believes.
    package init(trust: FileTrust = FileTrust()) { self.trust = trust }

    init(trust: FileTrust?) { self.trust = trust }

    /// What the inventory in `paths` says. Its `sources` are declared, not asked: give their answers to `merge`.
    /// - Throws: every problem of every file.
    package func load(paths: [String]) throws(DiagnosticsError) -> LoadedInventory {
        let bag = DiagnosticBag()
        let draft = InventoryReader(bag: bag).read(files(paths, bag))
        guard !bag.hasErrors else { throw DiagnosticsError(bag.sorted) }
        return try LoadedInventory(draft: draft, dynamic: [])
    }

    /// Every problem of every file, warnings included, sorted by place.
    package func lint(paths: [String]) -> [Diagnostic] {
        do throws(DiagnosticsError) {
            return try load(paths: paths).warnings
        } catch {
            return error.diagnostics
        }
    }

    private func files(_ paths: [String], _ bag: DiagnosticBag) -> [(path: String, bytes: [UInt8])] {
        let reader = CatalogFiles(trust: trust, bag: bag)
        var files: [String] = []
        for path in paths {
            let found = CatalogFiles.isFolder(path) ? reader.yamlFiles(in: path, skipping: []) : [path]
            if found.isEmpty {
                bag.error(
                    at: SourcePosition(file: path, line: 1, column: 1), "the folder holds no inventory",
                    hint: "put *.yaml files into it")
            }
            files += found
        }
        var seen: Set<String> = []
        return files.filter { seen.insert(CatalogFiles.realPath($0) ?? $0).inserted }.compactMap { path in
            reader.read(path).map { (path, $0) }
        }
    }
}
