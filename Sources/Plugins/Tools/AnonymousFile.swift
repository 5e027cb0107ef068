import Foundation
import Glibc

/// A file without a name that holds what a program reads on standard input. Not a pipe: a program may end without
/// reading it.
enum AnonymousFile {
    /// A descriptor at the start of `bytes`, which the caller closes. In memory where there is a place for that, since
    /// the bytes may hold secrets.
    /// - Throws: `POSIXError`.
    static func descriptor(holding bytes: [UInt8]) throws -> CInt {
        let folder = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : NSTemporaryDirectory()
        let name = "\(folder)/runbook-input-\(UInt64.random(in: 0 ... .max))"
        let descriptor = open(name, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO) }
        unlink(name)
        do {
            let file = FileHandle(fileDescriptor: descriptor)
            try file.write(contentsOf: Data(bytes))
            try file.seek(toOffset: 0)
        } catch {
            close(descriptor)
            throw error
        }
        return descriptor
    }
}
