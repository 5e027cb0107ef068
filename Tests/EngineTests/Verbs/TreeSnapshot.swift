import Foundation
import Glibc

/// What is beneath a folder, down to owners and extended attributes; times aside.
struct TreeSnapshot {
    private(set) var entries: [String: String] = [:]

    init(of root: String) throws {
        try add(root, as: ".")
        for name in FileManager.default.enumerator(atPath: root)?.allObjects as? [String] ?? [] {
            try add(root + "/" + name, as: name)
        }
    }

    private mutating func add(_ path: String, as name: String) throws {
        var status = stat()
        guard lstat(path, &status) == 0 else { throw POSIXError(.ENOENT) }
        let mode = String(status.st_mode, radix: 8)
        var text = "\(mode) \(status.st_uid):\(status.st_gid)"
        switch status.st_mode & S_IFMT {
        case S_IFREG:
            let bytes = try Data(contentsOf: URL(fileURLWithPath: path))
            text += " " + bytes.base64EncodedString()
        case S_IFLNK: text += " -> " + (try FileManager.default.destinationOfSymbolicLink(atPath: path))
        default: break
        }
        entries[name] = text + Self.attributes(of: path)
    }

    private static func attributes(of path: String) -> String {
        ExtendedAttributes.of(path).sorted { $0.key < $1.key }.map { " \($0.key)=\($0.value)" }.joined()
    }
}
