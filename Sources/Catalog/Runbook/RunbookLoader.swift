import Foundation
import Model

/// Reads runbooks from folders. A wrong one is never given out.
package struct RunbookLoader: Sendable {
    /// All runbooks that are right, and all problems of those that are not.
    package struct Catalogue: Sendable {
        /// By name.
        package var runbooks: [String: Runbook]
        /// Sorted by place.
        package var diagnostics: [Diagnostic]
    }

    private let paths: [String]
    private let trust: FileTrust?
    private let areKept: Bool

    /// Reads from files and folders, as the operator named them. Only files are read that `trust` believes.
    package init(paths: [String], trust: FileTrust = FileTrust()) {
        self.paths = paths
        self.trust = trust
        areKept = false
    }

    /// Reads what runs were begun with. What was accepted once is never refused for how it reads: runs of it have to be
    /// undone.
    package init(kept paths: [String]) {
        self.paths = paths
        trust = FileTrust()
        areKept = true
    }

    init(untrusted paths: [String]) {
        self.paths = paths
        trust = nil
        areKept = false
    }

    /// The names of all runbooks there are, by their files; nothing is read.
    package var names: [String] { RunbookFolders(paths: paths, trust: trust, bag: DiagnosticBag()).names }

    /// The runbook `name`, with all that it includes. Problems of other files do not hinder it.
    /// - Throws: every problem of its files.
    package func load(_ name: String) throws(DiagnosticsError) -> Runbook {
        try loadWithWarnings(name).runbook
    }

    /// As `load`, with the warnings that lint would give.
    package func loadWithWarnings(
        _ name: String
    ) throws(DiagnosticsError) -> (runbook: Runbook, warnings: [Diagnostic]) {
        let bag = DiagnosticBag()
        let folders = RunbookFolders(paths: paths, trust: trust, bag: bag)
        switch folders.find(name) {
        case .failure(let fault):
            let place = SourcePosition(file: paths.first ?? ".", line: 1, column: 1)
            throw DiagnosticsError(bag.sorted + [Diagnostic(.error, at: place, fault.message, hint: fault.hint)])
        case .success(let path):
            let runbook = RunbookSurroundings(folders: folders, areKept: areKept, bag: bag).load(path)
            guard let runbook, !bag.hasErrors else { throw DiagnosticsError(bag.sorted) }
            return (runbook, bag.sorted)
        }
    }

    /// Every runbook, and every problem of every file.
    package func loadAll() -> Catalogue {
        let bag = DiagnosticBag()
        let folders = RunbookFolders(paths: paths, trust: trust, bag: bag)
        return Catalogue(runbooks: loadAll(folders, bag), diagnostics: bag.sorted)
    }

    private func loadAll(_ folders: RunbookFolders, _ bag: DiagnosticBag) -> [String: Runbook] {
        let runbooks = load(folders.files, folders.sharedFiles, folders, bag)
        let checks = folders.casesFiles.isEmpty ? nil : CasesChecks(cases: readCases(folders, bag), bag: bag)
        for runbook in runbooks.values { checks?.check(runbook) }
        for path in folders.faultsFiles {
            if let plan = lintFaults(path, folders, bag) { checks?.check(plan) }
        }
        return runbooks
    }

    /// The support cases of the folders.
    /// - Throws: every problem of their files.
    package func cases() throws(DiagnosticsError) -> [SupportCase] {
        let bag = DiagnosticBag()
        let cases = readCases(RunbookFolders(paths: paths, trust: trust, bag: bag), bag)
        if bag.hasErrors { throw DiagnosticsError(bag.sorted) }
        return cases
    }

    private func readCases(_ folders: RunbookFolders, _ bag: DiagnosticBag) -> [SupportCase] {
        folders.casesFiles.flatMap { path -> [SupportCase] in
            guard let bytes = CatalogFiles(trust: trust, bag: bag).read(path),
                let (node, source) = YAMLParser.parse(bytes, path: path, bag: bag)
            else { return [] }
            return CasesReader(root: node, source: source, bag: bag).read()
        }
    }

    /// The faults that the runbook `name` is tested with; nil where there is no file of them beside it.
    /// - Throws: every problem of the runbook and of that file.
    package func faults(of name: String) throws(DiagnosticsError) -> FaultPlan? {
        let runbook = try load(name)
        let path = RunbookFolders.faults(of: runbook.sources.first?.path ?? "")
        guard FileManager.default.fileExists(atPath: path) else { return nil }
        let bag = DiagnosticBag()
        let plan = readFaults(path, runbook, bag)
        guard let plan, !bag.hasErrors else { throw DiagnosticsError(bag.sorted) }
        return plan
    }

    private func readFaults(_ path: String, _ runbook: Runbook, _ bag: DiagnosticBag) -> FaultPlan? {
        guard let bytes = CatalogFiles(trust: trust, bag: bag).read(path),
            let (node, source) = YAMLParser.parse(bytes, path: path, bag: bag)
        else { return nil }
        return FaultsReader(root: node, source: source, runbook: runbook, bag: bag).read()
    }

    @discardableResult
    private func lintFaults(_ path: String, _ folders: RunbookFolders, _ bag: DiagnosticBag) -> FaultPlan? {
        let beside = RunbookFolders.runbook(ofFaults: path)
        let own = DiagnosticBag()
        guard FileManager.default.fileExists(atPath: beside) else {
            bag.error(
                at: SourcePosition(file: path, line: 1, column: 1), "there is no runbook \(beside) that it could test")
            return nil
        }
        // Of a runbook that is wrong itself, its own errors say enough.
        guard let runbook = RunbookSurroundings(folders: folders, bag: own).load(beside), !own.hasErrors else {
            return nil
        }
        return readFaults(path, runbook, bag)
    }

    /// Every problem of every file, warnings included, sorted by place.
    package func lint() -> [Diagnostic] { loadAll().diagnostics }

    /// Every problem of these files and folders only; what they include may be anywhere.
    package func lint(only selected: [String]) -> [Diagnostic] {
        let bag = DiagnosticBag()
        let chosen = RunbookFolders(paths: selected, trust: trust, bag: bag)
        // The operator's way of writing a path comes first, and is the one that is shown.
        let folders = RunbookFolders(paths: selected + paths, trust: trust, bag: DiagnosticBag())
        let isShared = { (path: String) in (path as NSString).deletingLastPathComponent.hasSuffix("probes") }
        let shared = chosen.files.filter(isShared) + chosen.sharedFiles
        _ = load(chosen.files.filter { !isShared($0) }, shared, folders, bag)
        for path in chosen.faultsFiles { lintFaults(path, folders, bag) }
        return bag.sorted
    }

    private func load(
        _ files: [String], _ shared: [String], _ folders: RunbookFolders, _ bag: DiagnosticBag
    ) -> [String: Runbook] {
        var runbooks: [String: Runbook] = [:]
        for path in files {
            let own = DiagnosticBag()
            let runbook = RunbookSurroundings(folders: folders, bag: own).load(path)
            own.diagnostics.forEach(bag.add)
            if case .failure(let fault) = folders.find(RunbookFolders.name(of: path)) {
                bag.error(at: SourcePosition(file: path, line: 1, column: 1), fault.message, hint: fault.hint)
            } else if let runbook, !own.hasErrors {
                runbooks[runbook.name] = runbook
            }
        }
        for path in shared { lintShared(path, folders, bag) }
        return runbooks
    }

    /// A shared file by itself: what its expressions name depends on who uses it.
    private func lintShared(_ path: String, _ folders: RunbookFolders, _ bag: DiagnosticBag) {
        guard let bytes = CatalogFiles(trust: trust, bag: bag).read(path),
            let (node, source) = YAMLParser.parse(bytes, path: path, bag: bag)
        else { return }
        SchemaValidator(source: source, bag: bag).check(node, .block(.sharedProbes), what: "the file")
    }
}
