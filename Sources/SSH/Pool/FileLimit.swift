import Glibc

/// The number of files that the process may have open.
package enum FileLimit {
    /// What a run needs beside a connection for each node: the database, plugins, logs, standard streams.
    private static let reserve = 200

    /// Raises the soft limit to the hard one.
    /// - Returns: the limit from now on.
    @discardableResult
    package static func raise() -> Int {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return 1024 }
        if limit.rlim_cur < limit.rlim_max {
            let soft = limit.rlim_cur
            limit.rlim_cur = limit.rlim_max
            if setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) != 0 { limit.rlim_cur = soft }
        }
        return limit.rlim_cur > rlim_t(Int.max) ? Int.max : Int(limit.rlim_cur)
    }

    /// Refuses a run that would run out of files half-way.
    /// - Throws: `tooManyNodes`.
    package static func check(nodes: Int, limit: Int = raise()) throws(SSHError) {
        guard nodes + reserve > limit else { return }
        throw SSHError(.tooManyNodes(nodes: nodes, fileLimit: limit), node: "\(nodes) nodes", phase: .pool)
    }
}
