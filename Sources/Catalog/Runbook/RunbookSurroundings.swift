import Foundation
import Model

/// The files around a runbook: others that it includes, shared probes, sources and templates. Confined to one loading.
final class RunbookSurroundings {
    /// Runbooks that include each other deeper than this are refused.
    static let maximumDepth = 8

    struct Fault: Error {
        var message: String
        var hint: String?
    }

    struct SharedFile {
        var source: SourceFile
    }

    private struct Key: Hashable {
        var name: String
        var tainted: Set<String>
    }

    let folders: RunbookFolders
    /// Whether the files are those of a run that was begun with them: nobody reviews them any more.
    let areKept: Bool
    private let bag: DiagnosticBag
    /// Names of the runbooks that are being read, outermost first.
    private var stack: [String] = []
    private var loaded: [Key: Runbook] = [:]

    init(folders: RunbookFolders, areKept: Bool = false, bag: DiagnosticBag) {
        self.folders = folders
        self.areKept = areKept
        self.bag = bag
    }

    /// A file's name without its extension.
    func fileName(_ path: String) -> String {
        let name = (path as NSString).lastPathComponent
        return (name as NSString).deletingPathExtension
    }

    /// Reads the runbook in a file.
    func load(_ path: String, tainted: Set<String> = []) -> Runbook? {
        guard let bytes = CatalogFiles(trust: folders.trust, bag: bag).read(path) else { return nil }
        guard let (node, source) = YAMLParser.parse(bytes, path: path, isKept: areKept, bag: bag) else { return nil }
        stack.append(fileName(path))
        defer { stack.removeLast() }
        let reader = RunbookReader(
            root: node, source: source, bag: bag, surroundings: self, taintedParameters: tainted)
        return reader.read(bytes: bytes)
    }

    /// The runbook that another one includes.
    func include(_ name: String, tainted: Set<String>) -> Result<Runbook, Fault> {
        if let start = stack.firstIndex(of: name) {
            let circle = (stack[start...] + [name]).joined(separator: " → ")
            return .failure(Fault(message: "the runbooks include each other: \(circle)", hint: "break the circle"))
        }
        if stack.count > Self.maximumDepth {
            return .failure(Fault(message: "runbooks include each other more than \(Self.maximumDepth) deep"))
        }
        let path: String
        switch folders.find(name) {
        case .success(let found): path = found
        case .failure(let fault): return .failure(Fault(message: fault.message, hint: fault.hint))
        }
        let key = Key(name: name, tainted: tainted)
        if let runbook = loaded[key] { return .success(runbook) }
        guard let runbook = load(path, tainted: tainted) else {
            return .failure(Fault(message: "the runbook '\(name)' can't be read"))
        }
        loaded[key] = runbook
        return .success(runbook)
    }

    /// A file of shared probes: `probes/NAME`.
    func shared(_ name: String) -> Result<SharedFile, Fault> {
        guard WordForm.sharedFile.fits(name) else {
            return .failure(Fault(message: "shared probes are named probes/NAME, not '\(name)'"))
        }
        for root in folders.roots {
            let path = (root as NSString).appendingPathComponent(name + ".yaml")
            guard FileManager.default.fileExists(atPath: path) else { continue }
            switch CatalogFiles.read(path, trust: folders.trust) {
            case .success(let bytes): return .success(SharedFile(source: SourceFile(path: path, bytes: bytes)))
            case .failure(let fault): return .failure(Fault(message: "\(name): \(fault.message)", hint: fault.hint))
            }
        }
        let known = folders.sharedNames
        return .failure(
            Fault(
                message: "there is no file of shared probes '\(name)'",
                hint: Spelling.nearest(to: name, among: known).map { "did you mean '\($0)'?" }
                    ?? "it would be \(name).yaml below the runbooks' folder"))
    }

    /// A file beside the runbook at `runbook`, not outside its folder.
    func readBeside(_ runbook: String, _ path: String) -> Result<SourceFile, Fault> {
        guard !path.hasPrefix("/"), !path.split(separator: "/").contains(".."), !AddressText.hasControls(path) else {
            return .failure(
                Fault(
                    message: "'\(path)' is not beside the runbook",
                    hint: "give a path below the runbook's folder, without '..'"))
        }
        let folder = (runbook as NSString).deletingLastPathComponent
        let full = folder.isEmpty ? path : (folder as NSString).appendingPathComponent(path)
        guard let real = CatalogFiles.realPath(full), let root = CatalogFiles.realPath(folder.isEmpty ? "." : folder)
        else {
            return .failure(
                Fault(message: "there is no file '\(full)'", hint: "the path begins at the runbook's folder"))
        }
        guard real.hasPrefix(root == "/" ? root : root + "/") else {
            return .failure(
                Fault(message: "'\(path)' leads out of the runbook's folder", hint: "replace the link by the file"))
        }
        switch CatalogFiles.read(full, trust: folders.trust) {
        case .success(let bytes): return .success(SourceFile(path: full, bytes: bytes))
        case .failure(let fault): return .failure(Fault(message: "\(path): \(fault.message)", hint: fault.hint))
        }
    }
}
