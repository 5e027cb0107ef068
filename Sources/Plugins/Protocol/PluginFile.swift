import Foundation
import Glibc

/// A plugin's executable on disk. Only one that nobody else can have planted is run.
package struct PluginFile: Sendable {
    /// Where it is.
    package let path: String

    /// The file at `path`.
    package init(_ path: String) { self.path = path }

    /// - Throws: `PluginError` unless it and its folder belong to the caller or root and only they can write them.
    package func check() throws(PluginError) {
        for place in [path, NSString(string: path).deletingLastPathComponent] {
            var status = stat()
            guard stat(place.isEmpty ? "." : place, &status) == 0 else { throw PluginError(path, .missing) }
            try Self.check(status, place, of: path)
        }
        guard access(path, X_OK) == 0 else { throw PluginError(path, .notExecutable) }
    }

    /// Whether what lies at `place` belongs to the caller or root and only they can write it.
    static func check(_ status: stat, _ place: String, of path: String? = nil) throws(PluginError) {
        guard status.st_uid == 0 || status.st_uid == geteuid() else {
            throw PluginError(path ?? place, .unsafe("\(place) belongs to user \(status.st_uid)"))
        }
        // Everybody may follow a link, and what it leads to is looked at by itself.
        guard status.st_mode & 0o022 == 0 || status.st_mode & S_IFMT == S_IFLNK else {
            throw PluginError(path ?? place, .unsafe("\(place) can be written by other users"))
        }
    }
}
