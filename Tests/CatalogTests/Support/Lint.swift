import Model

@testable import Catalog

/// What lint says of files, with the temporary folder's path left out.
enum Lint {
    /// A runbook `x` that is right, and what is added to it.
    static func runbook(_ rest: String = "", targets: String = "\"@gpu\"") -> String {
        """
        schema_version: 1
        name: x
        version: 1
        title: A test
        targets: \(targets)
        platforms: [debian]
        \(rest)
        """
    }

    /// For a runbook that finds the cause `broken`.
    static let detect = """
        detect:
          - name: works
            probe: 'true'
            healthy: {exit: 0}
            causes: [{id: broken, when: {exit: 1}}]
        """

    /// The headlines for one runbook and the files beside it.
    static func headlines(_ text: String, beside: [String: String] = [:], warnings: Bool = true) throws -> [String] {
        try diagnostics(text, beside: beside).filter { warnings || $0.severity == .error }.map(\.headline)
    }

    static func diagnostics(_ text: String, beside: [String: String] = [:]) throws -> [Diagnostic] {
        let folder = try TemporaryFolder(beside.merging(["x.yaml": text]) { $1 })
        let path = folder.path + "/"
        return RunbookLoader(paths: [folder.path]).lint().map { diagnostic in
            var diagnostic = diagnostic
            diagnostic.position.file = diagnostic.position.file.without(path)
            diagnostic.message = diagnostic.message.without(path)
            diagnostic.hint = diagnostic.hint?.without(path)
            return diagnostic
        }
    }

    /// The runbook `x`.
    static func load(_ text: String, beside: [String: String] = [:]) throws -> Runbook {
        let folder = try TemporaryFolder(beside.merging(["x.yaml": text]) { $1 })
        return try RunbookLoader(paths: [folder.path]).load("x")
    }

    /// The headlines for an inventory of these files.
    static func inventory(_ files: [String: String]) throws -> [String] {
        let folder = try TemporaryFolder(files)
        return InventoryLoader().lint(paths: [folder.path]).map { $0.headline.without(folder.path + "/") }
    }
}

extension String {
    func without(_ part: String) -> String {
        var result = self
        while let range = result.firstRange(of: part) { result.removeSubrange(range) }
        return result
    }
}
