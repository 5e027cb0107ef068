import Controller
import Foundation
import Glibc

/// A file that has its name once it is whole.
struct DraftFile {
    private let path: String
    private let draft: String
    private let handle: FileHandle

    /// - Throws: `RequestError` where it can't be written.
    init(_ path: String) throws {
        self.path = path
        draft = "\(path).\(getpid()).part"
        let descriptor = open(draft, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o666)
        guard descriptor >= 0 else { throw Self.error(path) }
        handle = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
    }

    func write(_ text: String) throws { try handle.write(contentsOf: Data(text.utf8)) }

    /// Takes the place of what has the name.
    func keep() throws {
        try handle.close()
        guard rename(draft, path) == 0 else { throw Self.error(path) }
    }

    func discard() { unlink(draft) }

    private static func error(_ path: String) -> RequestError {
        RequestError(.usage, "\(path) can't be written: \(String(cString: strerror(errno))).")
    }
}
