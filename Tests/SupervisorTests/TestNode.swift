import Foundation
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

    /// `setup` is a script that each session's namespace runs first, as root; then the supervisor runs as `user`.
    init(_ shell: TestShell, setup: String = "", user: Int? = nil) {
        self.shell = shell
        self.setup = setup
        self.user = user
        let name = "rb-test-" + Nonce.make()
        state = "/var/tmp/" + name
        memory = "/dev/shm/" + name
        for folder in [state, memory] {
            try? FileManager.default.createDirectory(
                atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        }
    }

    deinit {
        for folder in [state, memory] { try? FileManager.default.removeItem(atPath: folder) }
    }

    /// Opens channels to it.
    var opener: LocalChannelOpener {
        let script = """
            set -e
            mkdir -p /var/lib/runbook-node
            mount --bind \(state) /var/lib/runbook-node
            for folder in /run /dev/shm; do
                mkdir -m 700 $folder/runbook-node 2>/dev/null || true
                mount --bind \(memory) $folder/runbook-node
            done
            \(setup)
            exec \(user.map { "setpriv --reuid \($0) --regid \($0) --clear-groups " } ?? "")\(shell.words.joined(separator: " ")) -c "$0"
            """
        return LocalChannelOpener(
            shell: ["/usr/bin/unshare", "-m", "--propagation", "private", "/bin/sh", "-c", script],
            environment: ["PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/root"])
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
