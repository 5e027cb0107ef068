import Foundation
import Glibc
import Model

@testable import Supervisor

/// A node of its own on this machine: its supervisors see state folders that nobody else uses, by bind mounts in mount
/// namespaces of their own. Several sessions with it share them.
final class TestNode: Sendable {
    /// What stands in for `/var/lib/runbook-node`.
    let state: String
    /// What stands in for `/dev/shm/runbook-node`.
    let memory: String
    private let shell: TestShell
    private let setup: String
    private let user: Int?
    private let isMounted: Bool

    /// `setup` is a script that each session's namespace runs first, as root; then the supervisor runs as `user`.
    /// With `stateSize`, in KiB, the state folder is a file system of its own.
    init(_ shell: TestShell, setup: String = "", user: Int? = nil, stateSize: Int? = nil) {
        self.shell = shell
        self.setup = setup
        self.user = user
        isMounted = stateSize != nil
        let name = "rb-test-" + Nonce.make()
        state = "/var/tmp/" + name
        memory = "/dev/shm/" + name
        for folder in [state, memory] {
            try? FileManager.default.createDirectory(
                atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        }
        if let stateSize { _ = mount("tmpfs", state, "tmpfs", 0, "size=\(stateSize)k,mode=700") }
    }

    deinit {
        if isMounted { umount2(state, Int32(MNT_DETACH)) }
        for folder in [state, memory] { try? FileManager.default.removeItem(atPath: folder) }
    }

    /// Opens channels to it. Its `sh`, in which the supervisor and all scripts run, is the shell, too.
    var opener: LocalChannelOpener {
        let script = """
            set -e
            mkdir -m 700 -p /var/lib/runbook-node
            mount --bind \(state) /var/lib/runbook-node
            for folder in /run /dev/shm; do
                mkdir -m 700 $folder/runbook-node 2>/dev/null || true
                mount --bind \(memory) $folder/runbook-node
            done
            \(setup)
            mount --bind \(shell.words[0]) "$(readlink -f /bin/sh)"
            exec \(user.map { "setpriv --reuid \($0) --regid \($0) --clear-groups " } ?? "")\(shell.words.joined(separator: " ")) -c "$0"
            """
        return LocalChannelOpener(
            shell: ["/usr/bin/unshare", "-m", "--propagation", "private", "/bin/sh", "-c", script],
            environment: ["PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/root"])
    }

    /// Free blocks of 4 KiB in the state folder.
    var freeBlocks: Int {
        var info = statvfs()
        guard statvfs(state, &info) == 0 else { return 0 }
        return Int(info.f_bavail)
    }

    /// Leaves this many blocks of 4 KiB in the state folder free, at most.
    func fill(leaving blocks: Int) {
        let excess = freeBlocks - blocks
        guard excess > 0 else { return }
        let filler = state + "/filler-" + Nonce.make()
        try? Data(count: excess * 4096).write(to: URL(fileURLWithPath: filler))
    }

    func open() async throws -> SupervisedSession {
        try await SupervisedSession.open(over: opener, become: BecomeSettings(), password: nil)
    }

    /// A session for the time of `body`.
    @discardableResult
    func with<Result>(_ body: (SupervisedSession) async throws -> Result) async throws -> Result {
        let session = try await open()
        do {
            let result = try await body(session)
            await session.close()
            return result
        } catch {
            await session.close()
            throw error
        }
    }
}
