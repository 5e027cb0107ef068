import Glibc

/// Whole files, read with the checks that keys and host keys need.
enum FileBytes {
    struct Failure: Error {
        let code: CInt
        var reason: String { code == EFBIG ? "it is too large" : String(cString: strerror(code)) }
    }

    struct Contents {
        let bytes: [UInt8]
        /// The permission bits.
        let mode: UInt32
    }

    /// Reads a regular file of at most `limit` bytes. A FIFO or a device is refused rather than waited for.
    static func read(_ path: String, limit: Int = 16 << 20) throws(Failure) -> Contents {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw Failure(code: errno) }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw Failure(code: errno) }
        guard status.st_mode & S_IFMT == S_IFREG else { throw Failure(code: EINVAL) }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(min(limit, Int(status.st_size)) + 1)
        var chunk = [UInt8](repeating: 0, count: 64 * 1024)
        while true {
            let count = Glibc.read(descriptor, &chunk, chunk.count)
            if count < 0 && errno == EINTR { continue }
            guard count >= 0 else { throw Failure(code: errno) }
            if count == 0 { break }
            guard bytes.count + count <= limit else { throw Failure(code: EFBIG) }
            bytes.append(contentsOf: chunk[..<count])
        }
        return Contents(bytes: bytes, mode: status.st_mode & 0o7777)
    }
}
