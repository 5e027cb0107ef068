import Foundation
import Glibc

/// A private folder that is removed with the value that holds it.
package final class TemporaryFolder: Sendable {
    /// The folder's path.
    package let root: String

    package init(prefix: String) throws {
        var template = Array("\(NSTemporaryDirectory())/runbook-\(prefix)-XXXXXX".utf8CString)
        guard let made = mkdtemp(&template) else { throw POSIXError(.EIO) }
        root = String(cString: made)
    }

    deinit {
        try? FileManager.default.removeItem(atPath: root)
    }

    /// The path of a file in the folder.
    package func path(_ name: String) -> String { "\(root)/\(name)" }

    /// Only the owner may read it.
    package func write(_ name: String, _ text: String) throws {
        try Data(text.utf8).write(to: URL(fileURLWithPath: path(name)))
        chmod(path(name), 0o600)
    }

    /// The text of a file in the folder.
    package func read(_ name: String) throws -> String {
        try String(contentsOfFile: path(name), encoding: .utf8)
    }
}
