import Glibc

/// A core dump would hold the secrets that this process holds.
enum CoreDumps {
    /// Forbids them, to whatever this process starts as well.
    static func forbid() {
        var limit = rlimit(rlim_cur: 0, rlim_max: 0)
        setrlimit(__rlimit_resource_t(RLIMIT_CORE.rawValue), &limit)
        // A kernel that hands dumps to a program, or root, passes the limit over: then there is no memory in it.
        guard let filter = fopen("/proc/self/coredump_filter", "w") else { return }
        fputs("0\n", filter)
        fclose(filter)
    }
}
