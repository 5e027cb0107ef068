import Glibc

/// A core dump would hold the secrets that this process holds.
enum CoreDumps {
    /// Forbids them, to whatever this process starts as well.
    static func forbid() {
        var limit = rlimit(rlim_cur: 0, rlim_max: 0)
        setrlimit(__rlimit_resource_t(RLIMIT_CORE.rawValue), &limit)
    }
}
