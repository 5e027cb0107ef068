import Crypto
import Foundation
import Glibc

/// A new folder that an export is written to, file by file, with the digest of each.
final class ExportFolder {
    let path: String
    private(set) var files: [String: ExportManifest.File] = [:]

    /// Makes the folder, for its owner only.
    /// - Throws: `RequestError` where there is something already.
    init(_ path: String) throws {
        self.path = path
        guard mkdir(path, 0o700) == 0 else {
            throw RequestError(
                .usage, "The folder \(path) can't be made: \(String(cString: strerror(errno))).",
                hint: errno == EEXIST ? "Choose a name that does not exist yet." : nil)
        }
    }

    /// Opens a file of the export.
    func begin(_ name: String) throws -> Writer {
        let place = "\(path)/\(name)"
        if name.contains("/") { mkdir((place as NSString).deletingLastPathComponent, 0o700) }
        let descriptor = open(place, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            throw RequestError(.usage, "\(place) can't be written: \(String(cString: strerror(errno))).")
        }
        return Writer(FileHandle(fileDescriptor: descriptor, closeOnDealloc: true))
    }

    /// Ends a file and takes it into the manifest.
    func end(_ writer: Writer, as name: String) throws {
        try writer.flush()
        files[name] = ExportManifest.File(
            bytes: writer.count,
            sha256: writer.hash.finalize().map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined())
    }

    /// A whole file at once.
    func write(_ data: Data, as name: String) throws {
        let writer = try begin(name)
        try writer.write(data)
        try end(writer, as: name)
    }

    /// Writes a file piece by piece.
    final class Writer {
        fileprivate var hash = SHA256()
        fileprivate var count = 0
        private var buffer = Data()
        private let handle: FileHandle

        fileprivate init(_ handle: FileHandle) { self.handle = handle }

        func write(_ text: String) throws { try write(Data(text.utf8)) }

        func write(_ data: Data) throws {
            buffer.append(data)
            if buffer.count > 1 << 20 { try flush() }
        }

        fileprivate func flush() throws {
            hash.update(data: buffer)
            count += buffer.count
            try handle.write(contentsOf: buffer)
            buffer.removeAll(keepingCapacity: true)
        }
    }
}
