import Glibc

/// A file opened for appending, locked against other processes until it is released.
///
/// The lock is on a file beside it, `NAME.lock`, because replacing the file would leave others with a lock on the old one.
final class LockedFile {
    let descriptor: CInt
    private let lock: CInt

    init(path: String) throws(FileBytes.Failure) {
        if let slash = path.lastIndex(of: "/"), slash != path.startIndex {
            _ = mkdir(String(path[..<slash]), 0o700)
        }
        lock = open("\(path).lock", O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard lock >= 0 else { throw FileBytes.Failure(code: errno) }
        while flock(lock, LOCK_EX) != 0 {
            guard errno == EINTR else {
                let code = errno
                close(lock)
                throw FileBytes.Failure(code: code)
            }
        }
        descriptor = open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            let code = errno
            close(lock)
            throw FileBytes.Failure(code: code)
        }
    }

    deinit {
        close(descriptor)
        close(lock)
    }

    /// Writes all bytes and waits until they are on the disk.
    static func write(_ bytes: [UInt8], to descriptor: CInt) throws(FileBytes.Failure) {
        var sent = 0
        while sent < bytes.count {
            let count = bytes.withUnsafeBytes { buffer in
                Glibc.write(descriptor, buffer.baseAddress.map { $0 + sent }, buffer.count - sent)
            }
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { throw FileBytes.Failure(code: errno) }
            sent += count
        }
        guard fsync(descriptor) == 0 else { throw FileBytes.Failure(code: errno) }
    }

    /// Puts a file with other contents in the place of one, keeping its mode. A link stays and its file is replaced.
    static func replace(path: String, with bytes: [UInt8]) throws(FileBytes.Failure) {
        let resolved = realpath(path, nil)
        defer { free(resolved) }
        let path = resolved.map { String(cString: $0) } ?? path
        var status = stat()
        let mode: mode_t = stat(path, &status) == 0 ? status.st_mode & 0o777 : 0o600
        // Another user's directory entry at that name must not be followed or overwritten.
        let temporary = "\(path).new.\(getpid())"
        let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode)
        guard descriptor >= 0 else { throw FileBytes.Failure(code: errno) }
        defer { close(descriptor) }
        do throws(FileBytes.Failure) {
            try write(bytes, to: descriptor)
            guard rename(temporary, path) == 0 else { throw FileBytes.Failure(code: errno) }
        } catch {
            unlink(temporary)
            throw error
        }
    }
}
