import Foundation
import TestSupport
import Testing

@testable import SSH

/// accept-new on a whole cluster, each of whose nodes is a server of its own.
@Suite struct AcceptNewTests {
    /// Two of them have one key, as cloned machines do. Whichever shows it second is refused before anybody logs in there.
    @Test(.timeLimit(.minutes(10))) func ofTwoServersWithOneKeyOneIsTakenAmongTwoHundred() async throws {
        let clones = [17, 142]
        let image = try TemporaryFolder(prefix: "image")
        try Keygen.generate(type: "ecdsa", at: image.path("host_ecdsa"))
        let options: @Sendable (Int) -> SSHDFixture.Options = { index in
            var options = SSHDFixture.Options()
            options.hostKeyTypes = ["ecdsa"]
            options.isKnown = false
            options.configuration = ["PasswordAuthentication yes"]
            if clones.contains(index) { options.hostKeys = image }
            return options
        }
        try await SSHDFixture.with(200, options) { servers in
            let asked = Counter()
            var context = SSHContext(
                hostKeys: HostKeyStore(paths: [image.path("known_hosts")]), hostKeyPolicy: .acceptNew)
            context.credentials.password = { _ in
                asked.add()
                return "password"
            }
            let failures = await Self.failures(servers, context)
            let refused = try #require(failures.first)
            #expect(failures.count == 1, "\(failures)")
            #expect(clones.contains(refused.key))
            #expect(refused.value.code == "host-key-shared")
            #expect(refused.value.description.contains("node\(clones.first { $0 != refused.key } ?? -1)]"))
            #expect(context.hostKeys.accepted.count == 199)
            #expect(try context.hostKeys.problems().isEmpty)
            #expect(try image.read("known_hosts").split(separator: "\n").count == 199)
            #expect(asked.value == 0)
            for (index, server) in servers.enumerated() {
                let logins = server.log.matches(of: /Accepted publickey/).count
                #expect(logins == (index == refused.key ? 0 : 1), "node\(index)")
            }
            let log = servers[refused.key].log
            #expect(log.contains("Connection from 127.0.0.1"))
            #expect(!log.contains("authenticating user") && !log.contains("Failed"), "\(log)")
        }
    }

    /// Connects to all at once and gives what went wrong, by number.
    private static func failures(_ servers: [SSHDFixture], _ context: SSHContext) async -> [Int: SSHError] {
        let pool = SSHPool(context)
        let failures = await withTaskGroup(of: (Int, SSHError?).self) { group in
            for (index, server) in servers.enumerated() {
                group.addTask {
                    var target = server.target("node\(index)")
                    // So many handshakes at once are slow where the machine has few cores.
                    target.deadlines = SSHDeadlines(
                        connect: .seconds(120), banner: .seconds(120), keyExchange: .seconds(120),
                        authentication: .seconds(120))
                    do throws(SSHError) {
                        _ = try await pool.connection(to: target)
                        return (index, nil)
                    } catch {
                        return (index, error)
                    }
                }
            }
            return await group.reduce(into: [Int: SSHError]()) { $0[$1.0] = $1.1 }
        }
        await pool.close()
        return failures
    }
}
