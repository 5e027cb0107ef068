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
        /// Holds the host keys, as `host_TYPE`; nil makes new ones.
        package var hostKeys: TemporaryFolder?

        package init() {}
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
        (process, port) = try await Self.start(options, in: folder, user: user)
        try folder.write(
            "known_hosts",
            options.isKnown ? try Self.lines(options.hostKeyTypes, in: options.hostKeys ?? folder, port: port) : "")
    }

    /// Another program may take the port between its choice and its use, so a few are tried.
    private static func start(_ options: Options, in folder: TemporaryFolder, user: String) async throws
        -> (ServerProcess, UInt16)
    {
        _ = mkdir("/run/sshd", 0o755)
        for _ in 0..<5 {
            let port = try FreePort.choose()
            try folder.write("sshd_config", configuration(options, folder, port))
            let arguments = ["-D", "-f", folder.path("sshd_config"), "-E", folder.path("log")]
            let process = try ServerProcess(executable: "/usr/sbin/sshd", arguments: arguments)
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
        let home = ["SetEnv HOME=\(folder.root) BASH_ENV="]
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

    /// Lets a further public key log in.
    package func addAuthorizedKey(_ line: String) throws {
        try folder.write("authorized_keys", try folder.read("authorized_keys") + line)
    }
}
