import Glibc

/// Disk space kept back beside the journal, so that endings and audit records still fit on a full disk.
struct Reserve: Sendable {
    let path: String
    /// In bytes.
    let size: Int

    /// Takes the space, if it is not taken yet.
    /// - Returns: false when the disk does not have it any more.
    func fill() -> Bool {
        guard size > 0 else { return true }
        let descriptor = open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        guard posix_fallocate(descriptor, 0, off_t(size)) == 0 else {
            // What was taken in part would be missing elsewhere.
            unlink(path)
            return false
        }
        return true
    }

    /// Gives the space back to the file system.
    func release() { unlink(path) }
}
