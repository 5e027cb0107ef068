import Crypto
import Foundation
import Glibc
import Model

extension Plugin {
    /// Files of a plugin's folder, at most.
    private static let fileLimit = 256
    /// Bytes of a plugin's folder, at most.
    private static let sizeLimit = 64 << 20

    /// SHA-256 of all files in its folder: of a line `SHA256 PATH` for each, sorted by path.
    /// - Throws: `PluginError` for a file that others can write, for a link, and for a folder of too many.
    package func digest() throws(PluginError) -> String {
        var lines: [String] = []
        var size = 0
        for name in try files() {
            guard let data = FileManager.default.contents(atPath: folder + "/" + name) else {
                throw PluginError(folder, .unsafe("\(name) can't be read"))
            }
            size += data.count
            guard size <= Self.sizeLimit else { throw PluginError(folder, .unsafe("it holds more than 64 MiB")) }
            lines.append("\(Self.hex(SHA256.hash(data: data))) \(name)\n")
        }
        return Self.hex(SHA256.hash(data: Data(lines.joined().utf8)))
    }

    /// Paths of the files below its folder, sorted; each is safe.
    private func files() throws(PluginError) -> [String] {
        var files: [String] = []
        var pending = [""]
        while let current = pending.popLast() {
            let place = current.isEmpty ? folder : folder + "/" + current
            guard let names = try? FileManager.default.contentsOfDirectory(atPath: place) else {
                throw PluginError(folder, .missing)
            }
            for name in names {
                let path = current.isEmpty ? name : current + "/" + name
                var status = stat()
                guard lstat(folder + "/" + path, &status) == 0 else { throw PluginError(folder, .missing) }
                try PluginFile.check(status, folder + "/" + path)
                switch status.st_mode & S_IFMT {
                case S_IFREG: files.append(path)
                case S_IFDIR: pending.append(path)
                default: throw PluginError(folder, .unsafe("\(path) is neither a file nor a folder"))
                }
                guard files.count + pending.count <= Self.fileLimit else {
                    throw PluginError(folder, .unsafe("it holds more than \(Self.fileLimit) files"))
                }
            }
        }
        return files.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    }

    private static func hex(_ digest: SHA256.Digest) -> String {
        digest.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }
}
