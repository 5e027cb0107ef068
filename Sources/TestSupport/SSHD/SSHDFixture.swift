import Foundation
import Glibc
import SSH

/// A real sshd on a free port of the loopback, with host keys, configuration and authorized keys of its own.
///
/// Lives as long as the closure: `try await SSHDFixture.with { sshd in … }`. Needs no privileges but those of the user
/// that runs the tests, who is the one to log in as.
package final class SSHDFixture: Sendable {
    /// How the server is set up.
    package struct Options: Sendable {
        /// For ssh-keygen(1): `ecdsa`, `ed25519`, `rsa`.
        package var hostKeyTypes = ["ecdsa", "ed25519"]
        /// For ssh-keygen(1).
        package var userKeyType = "ecdsa"
        /// Lines of sshd_config(5) that come before the fixture's own, so that they win.
        package var configuration: [String] = []
        /// Whether known_hosts holds the server's keys.
        package var isKnown = true
        /// A further user whom the server knows, and the machine does not; takes root.
        package var account: Account?
        /// Holds the host keys, as `host_TYPE`; nil makes new ones.
        package var hostKeys: TemporaryFolder?
        /// Lines of pam.d(5) by which the server asks, instead of the machine's own; takes root.
        package var pam: [String] = []
        /// Whether steps leave their state where this machine's own steps do, and not in a folder of the server's own.
        package var sharesState = false

        package init() {}
    }

    /// A user who logs in with a password.
    package struct Account: Sendable {
        package var name: String
        package var password: String

        package init(name: String, password: String) {
            self.name = name
            self.password = password
        }
    }

    /// The fixture itself could not do what it was asked for.
    package struct Failure: Error, CustomStringConvertible {
        /// For a person.
        package let description: String

        package init(_ description: String) {
            self.description = description
        }
    }

    /// Holds keys, configuration, log and known_hosts.
    package let folder: TemporaryFolder
    /// On which the server listens.
    package let port: UInt16
    /// Who runs the tests and is logged in.
    package let user: String
    /// What the node keeps of the steps. It takes root to give a server a folder of its own: else it is the user's.
    package let stateFolder: String
    /// Beside `folder`, in which tests look for what steps have written.
    private let ownState: TemporaryFolder?
    private let process: ServerProcess

    /// Starts a server, runs the body, and ends the server with all its sessions.
    package static func with<R>(
        _ options: Options = Options(), _ body: (SSHDFixture) async throws -> R
    ) async throws -> R {
        let fixture = try await SSHDFixture(options)
        do {
            let result = try await body(fixture)
            fixture.stop()
            return result
        } catch {
            fixture.stop()
            throw error
        }
    }

    /// Starts as many servers, runs the body with all of them, and ends them.
    package static func with<R>(
        _ count: Int, _ options: @escaping @Sendable (Int) -> Options, _ body: ([SSHDFixture]) async throws -> R
    ) async throws -> R {
        let started = await withTaskGroup(of: (Int, Result<SSHDFixture, any Error>).self) { group in
            for index in 0..<count {
                group.addTask {
                    do {
                        return (index, .success(try await SSHDFixture(options(index))))
                    } catch {
                        return (index, .failure(error))
                    }
                }
            }
            return await group.reduce(into: [Int: Result<SSHDFixture, any Error>]()) { $0[$1.0] = $1.1 }
        }
        defer { for case .success(let fixture) in started.values { fixture.stop() } }
        return try await body(try (0..<count).compactMap { try started[$0]?.get() })
    }

    private init(_ options: Options) async throws {
        folder = try TemporaryFolder(prefix: "sshd")
        user = getpwuid(getuid()).map { String(cString: $0.pointee.pw_name) } ?? "root"
        if options.hostKeys == nil {
            for type in options.hostKeyTypes { try Keygen.generate(type: type, at: folder.path("host_\(type)")) }
        }
        try Keygen.generate(type: options.userKeyType, at: folder.path("user"))
        try folder.write("authorized_keys", try folder.read("user.pub"))
        ownState = geteuid() == 0 && !options.sharesState ? try TemporaryFolder(prefix: "node") : nil
        stateFolder = ownState?.root ?? (geteuid() == 0 ? Self.machinesState : "/var/tmp/rb-\(geteuid())")
        (process, port) = try await Self.start(options, in: folder, state: ownState?.root)
        try folder.write(
            "known_hosts",
            options.isKnown ? try Self.lines(options.hostKeyTypes, in: options.hostKeys ?? folder, port: port) : "")
    }

    private static let machinesState = "/var/lib/runbook-node"

    /// Another program may take the port between its choice and its use, so a few are tried.
    private static func start(_ options: Options, in folder: TemporaryFolder, state: String?) async throws
        -> (ServerProcess, UInt16)
    {
        _ = mkdir("/run/sshd", 0o755)
        for _ in 0..<5 {
            let port = try FreePort.choose()
            try folder.write("sshd_config", configuration(options, folder, port))
            let words = ["/usr/sbin/sshd", "-D", "-f", folder.path("sshd_config"), "-E", folder.path("log")]
            let asking = options.pam.isEmpty ? words : try words.inNamespace(asking: options.pam, files: folder)
            let known = try options.account.map { try asking.inNamespace(with: $0, files: folder) } ?? asking
            let command = state.map { known.inNamespace(with: $0, for: machinesState) } ?? known
            let process = try ServerProcess(executable: command[0], arguments: Array(command.dropFirst()))
            // sshd says so once it listens. A trial connection would be in its log as one more client.
            let isListening = await process.becomes { ((try? folder.read("log")) ?? "").contains("Server listening") }
            if isListening { return (process, port) }
            process.stop()
        }
        throw Failure("sshd does not start: \((try? folder.read("log")) ?? "no log")")
    }

    private static func configuration(_ options: Options, _ folder: TemporaryFolder, _ port: UInt16) -> String {
        let own = [
            "Port \(port)", "ListenAddress 127.0.0.1", "PidFile none", "StrictModes no", "UsePAM no",
            "PermitRootLogin yes", "AuthorizedKeysFile \(folder.path("authorized_keys"))", "LogLevel VERBOSE",
            "MaxStartups 4096", "MaxSessions 64", "PasswordAuthentication no", "KbdInteractiveAuthentication no",
        ]
        // Without the start-up files of the machine's own user, which may take seconds.
        let home = ["SetEnv HOME=\(folder.root)\(options.account == nil ? "" : "/home") BASH_ENV="]
        let keys = options.hostKeyTypes.map { "HostKey \((options.hostKeys ?? folder).path("host_\($0)"))" }
        return (options.configuration + own + home + keys).joined(separator: "\n") + "\n"
    }

    private static func lines(_ types: [String], in folder: TemporaryFolder, port: UInt16) throws -> String {
        try types.map { "[127.0.0.1]:\(port) \(try folder.read("host_\($0).pub"))" }.joined()
    }

    /// Kills the server and its sessions.
    package func stop() {
        process.stop()
    }

    // MARK: Clients

    /// The private key that the server lets in.
    package var userKeyPath: String { folder.path("user") }
    /// Holds the server's keys, unless the options say otherwise.
    package var knownHostsPath: String { folder.path("known_hosts") }

    /// The server as a target that logs in with the fixture's user key.
    package func target(_ name: String = "node") -> SSHTarget {
        SSHTarget(
            name: name, address: "127.0.0.1", port: port, user: user, identityFiles: [userKeyPath],
            identitiesOnly: true, useAgent: false)
    }

    /// The fixture's known_hosts and no key but those of the targets.
    package func context(_ policy: HostKeyPolicy = .strict) -> SSHContext {
        SSHContext(hostKeys: HostKeyStore(paths: [knownHostsPath]), hostKeyPolicy: policy)
    }

    /// Runs the body with a pool that is closed afterwards.
    package func withPool<R>(
        _ context: SSHContext? = nil, _ body: (SSHPool) async throws -> R
    ) async throws -> R {
        try await Self.withPool(context ?? self.context(), body)
    }

    /// Runs the body with a pool that is closed afterwards.
    package static func withPool<R>(
        _ context: SSHContext, limits: SSHPool.Limits = .init(), _ body: (SSHPool) async throws -> R
    ) async throws -> R {
        let pool = SSHPool(context, limits: limits)
        do {
            let result = try await body(pool)
            await pool.close()
            return result
        } catch {
            await pool.close()
            throw error
        }
    }

    /// A logged-in connection that is closed afterwards.
    package func withConnection<R>(_ body: (SSHConnection) async throws -> R) async throws -> R {
        try await withPool { pool in try await body(try await pool.connection(to: target())) }
    }

    // MARK: The server's side

    /// What sshd has logged so far.
    package var log: String { (try? folder.read("log")) ?? "" }

    /// Waits until the log contains a text.
    package func waitForLog(_ text: String) async throws {
        for _ in 0..<500 {
            if log.contains(text) { return }
            try await Task.sleep(for: .milliseconds(20))
        }
        throw Failure("“\(text)” is not in the log: \(log)")
    }

    /// The processes of the sessions, the privileged ones and those of the logged-in user.
    package var sessionProcesses: [pid_t] {
        process.descendants.filter { ServerProcess.name(of: $0).hasPrefix("sshd") }
    }

    /// Sends a signal to every session of the server, but not to the server.
    package func signalSessions(_ signal: CInt) {
        for pid in sessionProcesses { kill(pid, signal) }
    }

    /// Keeps the server and its sessions from hearing and saying anything, as when the network is cut: nobody learns
    /// that the other side is gone. What the sessions started goes on.
    package func cutNetwork() {
        kill(process.pid, SIGSTOP)
        signalSessions(SIGSTOP)
    }

    /// Lets them go on.
    package func mendNetwork() {
        signalSessions(SIGCONT)
        kill(process.pid, SIGCONT)
    }

    /// Lets a further public key log in.
    package func addAuthorizedKey(_ line: String) throws {
        try folder.write("authorized_keys", try folder.read("authorized_keys") + line)
    }
}

extension [String] {
    /// This command line where the node's state, whose place is `place`, is in `state`. No unit can be started from there:
    /// it would not see that.
    fileprivate func inNamespace(with state: String, for place: String) -> [String] {
        let script = """
            mkdir -p -m 700 "$2"
            mount --bind "$1" "$2"
            [ ! -d /run/systemd/system ] || mount -t tmpfs tmpfs /run/systemd
            """
        return inNamespace(made: script, state, place)
    }

    /// This command line where PAM does for sshd what `pam` says.
    fileprivate func inNamespace(asking pam: [String], files folder: TemporaryFolder) throws -> [String] {
        try folder.write("pam", pam.joined(separator: "\n") + "\n")
        return inNamespace(made: "mount --bind \"$1\" /etc/pam.d/sshd", folder.path("pam"))
    }

    /// This command line where passwd and shadow have `account` too.
    fileprivate func inNamespace(with account: SSHDFixture.Account, files folder: TemporaryFolder) throws -> [String] {
        let script = """
            mkdir -p "$1/home"; chown 4321:4321 "$1/home"; chmod 711 "$1"
            { cat /etc/passwd; echo "$2:x:4321:4321::$1/home:/bin/sh"; } >"$1/passwd"
            { cat /etc/shadow; echo "$2:$(openssl passwd -6 -stdin <"$1/password"):19000:0:99999:7:::"; } >"$1/shadow"
            rm -f "$1/password"
            for file in passwd shadow; do mount --bind "$1/$file" "/etc/$file"; done
            """
        try folder.write("password", account.password + "\n")
        return inNamespace(made: script, folder.root, account.name)
    }

    /// This command line in a mount namespace of its own, once `script` has worked there on these words.
    private func inNamespace(made script: String, _ words: String...) -> [String] {
        let whole = "set -eu\n\(script)\nshift \(words.count)\nexec \"$@\""
        return ["/usr/bin/unshare", "--mount", "/bin/sh", "-c", whole, "sh"] + words + self
    }
}
