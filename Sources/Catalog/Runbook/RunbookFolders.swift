import Foundation
import Model

/// Where runbooks are: folders, and single files.
struct RunbookFolders {
    /// Below them nothing is a runbook: shared probes, and what runbooks put on nodes.
    static let skipped: Set<String> = ["probes", "files", "templates"]
    /// At the top of a folder of runbooks: the support cases that they answer.
    static let casesFile = "cases.yaml"

    struct Fault: Error {
        var message: String
        var hint: String?
    }

    /// As the operator named them.
    let roots: [String]
    /// Those of the roots that were named themselves, not by a file inside.
    private let folders: [String]
    let trust: FileTrust?
    /// Files of runbooks, sorted.
    let files: [String]
    /// Their tests, sorted.
    let faultsFiles: [String]
    /// Support cases of the folders that were named.
    let casesFiles: [String]

    /// Looks through `paths`. A path that is not there is an error in the bag.
    init(paths: [String], trust: FileTrust?, bag: DiagnosticBag) {
        self.trust = trust
        var files: [String] = []
        var roots: [String] = []
        var folders: [String] = []
        let reader = CatalogFiles(trust: trust, bag: bag)
        for path in paths {
            if CatalogFiles.isFolder(path) {
                roots.append(path)
                folders.append(path)
                files += reader.yamlFiles(in: path, skipping: Self.skipped)
            } else if FileManager.default.fileExists(atPath: path) {
                let parent = (path as NSString).deletingLastPathComponent
                roots.append(parent.isEmpty ? "." : parent)
                files.append(path)
            } else {
                bag.error(at: SourcePosition(file: path, line: 1, column: 1), "there is no such file or folder")
            }
        }
        self.roots = roots
        self.folders = folders
        var seen: Set<String> = []
        let found = files.filter { seen.insert(CatalogFiles.realPath($0) ?? $0).inserted }
        let cases = Set(folders.map { ($0 as NSString).appendingPathComponent(Self.casesFile) })
        casesFiles = found.filter(cases.contains)
        self.files = found.filter { !Self.isFaults($0) && !cases.contains($0) }
        faultsFiles = found.filter(Self.isFaults)
    }

    /// Tests of a runbook lie beside it.
    static func isFaults(_ path: String) -> Bool { path.hasSuffix(".faults.yaml") || path.hasSuffix(".faults.yml") }

    /// The runbook that a faults file is for, beside it.
    static func runbook(ofFaults path: String) -> String {
        let folder = (path as NSString).deletingLastPathComponent
        let name = name(of: name(of: path)) + ".yaml"
        return folder.isEmpty ? name : folder + "/" + name
    }

    /// The faults file beside a runbook.
    static func faults(of path: String) -> String {
        let folder = (path as NSString).deletingLastPathComponent
        let name = name(of: path) + ".faults.yaml"
        return folder.isEmpty ? name : folder + "/" + name
    }

    /// A file's name without its extension.
    static func name(of path: String) -> String {
        (((path as NSString).lastPathComponent) as NSString).deletingPathExtension
    }

    var names: [String] { Array(Set(files.map(Self.name))).sorted() }

    /// The file of the runbook `name`.
    func find(_ name: String) -> Result<String, Fault> {
        let found = files.filter { Self.name(of: $0) == name }
        if found.count == 1 { return .success(found[0]) }
        if found.count > 1 {
            return .failure(
                Fault(
                    message: "there are two runbooks '\(name)': \(found.joined(separator: " and "))",
                    hint: "rename one of them"))
        }
        let near = Spelling.nearest(to: name, among: names)
        return .failure(
            Fault(
                message: "there is no runbook '\(SafeText(name).singleLine)'",
                hint: near.map { "did you mean '\($0)'?" } ?? "list them with 'runbook list'"))
    }

    /// Files of shared probes, as `use` names them.
    var sharedNames: [String] {
        roots.flatMap { root in
            let folder = (root as NSString).appendingPathComponent("probes")
            return ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? [])
                .filter { $0.hasSuffix(".yaml") }.map { "probes/" + Self.name(of: $0) }
        }.sorted()
    }

    /// Paths of the files of shared probes below the folders that were named.
    var sharedFiles: [String] {
        folders.flatMap { root in
            let folder = (root as NSString).appendingPathComponent("probes")
            return ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? [])
                .filter { $0.hasSuffix(".yaml") }.map { (folder as NSString).appendingPathComponent($0) }
        }.sorted()
    }
}
