import CLinux
import Glibc

/// One end of a Unix stream socket. Blocking; closed when it is let go of.
///
/// `Sendable` because the descriptor never changes, and the kernel orders what is written and read.
final class UnixSocket: Sendable {
    let descriptor: CInt

    init(taking descriptor: CInt) { self.descriptor = descriptor }

    deinit { close(descriptor) }

    /// Connects to the socket at `path`.
    static func connect(to path: String) throws(RelayError) -> UnixSocket {
        let end = UnixSocket(taking: try make())
        let status = try withAddress(path) { Glibc.connect(end.descriptor, $0, $1) }
        guard status == 0 else {
            throw RelayError(
                "The service does not answer at \(path): \(String(cString: strerror(errno))).",
                hint: errno == EACCES
                    ? "Ask to be added to the group of the socket, and log in again."
                    : "Is it running? systemctl status runbook")
        }
        return end
    }

    /// Listens at `path`, which only its owner and group may use. What lies there is taken away if nobody listens. The
    /// socket has its name once it can be connected to: whoever sees it is not turned away.
    static func listen(at path: String) throws(RelayError) -> UnixSocket {
        if (try? connect(to: path)) != nil { throw RelayError("Another service listens at \(path) already.") }
        var status = stat()
        if lstat(path, &status) == 0 {
            guard status.st_mode & S_IFMT == S_IFSOCK else {
                throw RelayError("\(path) is there, and is no socket.", hint: "Take it away, or name another place.")
            }
        }
        let fresh = path + ".new"
        unlink(fresh)
        let end = UnixSocket(taking: try make())
        // Nobody can connect before it listens. The umask would be every thread's.
        let bound = try withAddress(fresh) { bind(end.descriptor, $0, $1) }
        guard bound == 0, chmod(fresh, 0o660) == 0, Glibc.listen(end.descriptor, 64) == 0, rename(fresh, path) == 0
        else {
            throw RelayError("The service can't listen at \(path): \(String(cString: strerror(errno))).")
        }
        return end
    }

    /// The next connection; nil once the socket is shut down.
    func accept() -> UnixSocket? {
        while true {
            let next = clinux_accept(descriptor)
            if next >= 0 { return UnixSocket(taking: next) }
            switch errno {
            case EINTR, ECONNABORTED: continue
            case EMFILE, ENFILE, ENOMEM, ENOBUFS: usleep(100_000)
            default: return nil
            }
        }
    }

    /// Wakes whoever waits for it, with nothing more to come.
    func shutDown() { shutdown(descriptor, CInt(SHUT_RDWR)) }

    private static func make() throws(RelayError) -> CInt {
        let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw RelayError("No socket can be had: \(String(cString: strerror(errno))).") }
        return descriptor
    }

    private static func withAddress(
        _ path: String, _ body: (UnsafePointer<sockaddr>, socklen_t) -> CInt
    ) throws(RelayError) -> CInt {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let bytes = Array(path.utf8)
        guard bytes.count < MemoryLayout.size(ofValue: address.sun_path), !bytes.contains(0), !bytes.isEmpty else {
            throw RelayError(
                "\(path) is too long for a socket's name.", hint: "At most 103 bytes, such as /run/runbook/socket.",
                exitStatus: 64)
        }
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
        return withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                body($0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
    }
}
