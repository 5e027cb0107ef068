import Catalog
import Foundation
import Model

/// A runbook as it was when a run began, from the bytes that the journal keeps.
struct PinnedRunbook {
    let name: String
    let sources: [SourceFile]

    /// Loads it from a private copy, which is gone afterwards.
    func load() throws -> Runbook {
        let folder = NSTemporaryDirectory() + "/runbook-pinned-\(getpid())-\(UInt64.random(in: 0 ... .max))"
        let files = FileManager.default
        try files.createDirectory(
            atPath: folder, withIntermediateDirectories: false, attributes: [.posixPermissions: 0o700])
        defer { try? files.removeItem(atPath: folder) }
        for source in sources {
            let parts = source.path.split(separator: "/").filter { $0 != ".." && $0 != "." }
            let path = folder + "/" + parts.joined(separator: "/")
            try files.createDirectory(
                atPath: (path as NSString).deletingLastPathComponent, withIntermediateDirectories: true,
                attributes: [.posixPermissions: 0o700])
            try Data(source.bytes).write(to: URL(fileURLWithPath: path))
        }
        var runbook = try RunbookLoader(kept: [root(in: folder)]).load(name)
        runbook.sources = sources
        return runbook
    }

    /// The folder above all files: shared probes lie beside the runbooks' own folders.
    private func root(in folder: String) -> String {
        let folders = sources.map {
            $0.path.split(separator: "/").filter { $0 != ".." && $0 != "." }.dropLast().map(String.init)
        }
        var common = folders.first ?? []
        for other in folders.dropFirst() {
            common = zip(common, other).prefix { $0 == $1 }.map(\.0)
        }
        if sources.count == 1 { common = common.dropLast() }
        return common.isEmpty ? folder : folder + "/" + common.joined(separator: "/")
    }
}
