import Catalog
import Foundation
import Model

/// A copy of the folder of runbooks, in which one is changed.
struct RunbookCopy {
    let folder: String
    private let path: String

    /// - Throws: `RehearsalError` where the runbook does not lie in that folder.
    init(of runbook: Runbook, in source: String, at folder: String) throws {
        self.folder = folder
        guard let own = runbook.sources.first?.path, own.hasPrefix(source + "/") else {
            throw RehearsalError("Runbook '\(runbook.name)' does not lie below \(source).")
        }
        path = folder + own.dropFirst(source.count)
        try? FileManager.default.removeItem(atPath: folder)
        try FileManager.default.copyItem(atPath: source, toPath: folder)
        try FileManager.default.setAttributes([.posixPermissions: 0o700], ofItemAtPath: folder)
    }

    /// Lets the remedies of `causes` and `other` change places.
    func exchange(_ causes: [String], _ other: String) throws {
        guard let data = FileManager.default.contents(atPath: path),
            let exchange = RemedyExchange(bytes: Array(data), path: path)
        else { throw RehearsalError("\(path) can't be read.") }
        try Data(exchange.text(causes, other).utf8).write(to: URL(fileURLWithPath: path))
    }

    func remove() { try? FileManager.default.removeItem(atPath: folder) }
}
