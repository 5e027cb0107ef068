import Foundation
import Glibc
import Model
import TestSupport
import Testing

@testable import Controller

/// Who is connected to and what is sent there, with a real sshd. One after the other: a machine has one lease.
@Suite(.serialized, .nodesOfThisMachine) struct ConnectionTests {
    private let open = "schema_version: 1\ndefaults: {become: {method: none}}\nnodes: {gpu01: {}}\n"

    @Test func whatTheInventoryLeavesOpenComesFromOpenSSHsConfiguration() async throws {
        try await SSHDFixture.with { sshd in
            let site = try Installation(sshd, inventory: open)
            try site.folder.write(
                "ssh_config",
                """
                Host gpu*
                    HostName 127.0.0.1
                    Port \(sshd.port)
                    User \(sshd.user)
                    IdentityFile \(sshd.userKeyPath)
                    IdentitiesOnly yes
                """)
            let ending = try await site.carryOut(
                RunOrder(kind: .exec, selector: "gpu01", command: ["echo", "here I am"]))
            #expect(ending.exitStatus == 0)
            #expect(try await site.outputs(of: ending.state.header?.id) == "here I am\n")

            var unread = site.settings
            unread.sshConfig = "none"
            let lost = try await site.carryOut(
                RunOrder(kind: .exec, selector: "gpu01", command: ["true"]), settings: unread)
            #expect(lost.state.nodes["gpu01"]?.outcome?.outcome == .unreachable)
        }
    }

    @Test func thePlanNamesTheWayThatTheConfigurationGives() throws {
        let folder = try TemporaryFolder(prefix: "way")
        try folder.write(
            "ssh_config", "Host gpu01\n HostName 192.0.2.7\n Port 2222\n User ops\n ProxyJump bob@gate:22\n")
        let inventory = Inventory(nodes: ["gpu01": Node(name: "gpu01"), "gate": Node(name: "gate")])
        let settings = Settings(
            layers: [PartialSettings(sshConfig: folder.path("ssh_config"))], environment: ["HOME": folder.root],
            userID: 1)
        let targets = NodeTargets(settings: settings, inventory: inventory)
        let way = targets.resolved(Node(name: "gpu01")).connection
        #expect(way.address == "192.0.2.7")
        #expect(way.port == 2222)
        #expect(way.user == "ops")
        #expect(way.proxyJump == ["bob@gate:22"])
        let given = Node(name: "gpu01", connection: ConnectionSettings(address: "192.0.2.8", proxyJump: []))
        let target = try targets.target(of: given)
        #expect(target.address == "192.0.2.8")
        #expect(target.port == 2222)
        #expect(target.jumpHosts.isEmpty)
        #expect(try targets.target(of: targets.resolved(Node(name: "gpu01"))).jumpHosts.map(\.user) == ["bob"])
    }

    @Test func thePassphraseOfAKeyAndAPasswordComeFromWhereTheInventorySays() async throws {
        var options = SSHDFixture.Options()
        options.configuration = ["PasswordAuthentication yes"]
        let isRoot = getuid() == 0
        if isRoot { options.account = SSHDFixture.Account(name: "tester", password: "open sesame") }
        try await SSHDFixture.with(options) { sshd in
            try Keygen.generate(type: "ed25519", at: sshd.folder.path("locked"), passphrase: "dark and deep")
            try sshd.addAuthorizedKey(try sshd.folder.read("locked.pub"))
            try sshd.folder.write("passphrase", "dark and deep\n")
            try sshd.folder.write("login", "open sesame\n")
            for name in ["passphrase", "login"] { chmod(sshd.folder.path(name), 0o600) }
            func site(_ ssh: String) throws -> Installation {
                try Installation(
                    sshd,
                    inventory: """
                        schema_version: 1
                        defaults: {become: {method: none}}
                        nodes: {n1: {address: 127.0.0.1, ssh: {port: \(sshd.port), \(ssh)}}}
                        """)
            }
            func ending(_ site: Installation) async throws -> RunEndState {
                try await site.carryOut(RunOrder(kind: .exec, selector: "n1", command: ["id", "-un"]))
            }
            let key = "user: \(sshd.user), identity_file: \(sshd.folder.path("locked"))"
            let locked = try await ending(try site(key))
            #expect(locked.state.nodes["n1"]?.outcome?.text.contains("needs a passphrase") == true)
            let unlocked = try await ending(try site(key + ", passphrase: \"file:\(sshd.folder.path("passphrase"))\""))
            #expect(unlocked.exitStatus == 0, "\(unlocked.state.nodes)")
            let nowhere = try await ending(try site(key + ", passphrase: \"file:/nonexistent\""))
            #expect(nowhere.state.nodes["n1"]?.outcome?.text.contains("/nonexistent") == true, "\(nowhere.state.nodes)")
            guard isRoot else { return }
            let person = try site("user: tester, password: \"file:\(sshd.folder.path("login"))\"")
            let welcome = try await ending(person)
            #expect(welcome.exitStatus == 0, "\(welcome.state.nodes)")
            #expect(try await person.outputs(of: welcome.state.header?.id) == "tester\n")
        }
    }

    @Test func eachNodeHasItsOwnHostKeyPolicy() async throws {
        var options = SSHDFixture.Options()
        options.isKnown = false
        try await SSHDFixture.with(options) { sshd in
            let ssh =
                "address: 127.0.0.1, ssh: {port: \(sshd.port), user: \(sshd.user), identity_file: \(sshd.userKeyPath)"
            let site = try Installation(
                sshd,
                inventory: """
                    schema_version: 1
                    defaults: {become: {method: none}}
                    nodes:
                      new01: {\(ssh), host_keys: accept-new}}
                      old01: {\(ssh)}}
                    """)
            let ending = try await site.carryOut(RunOrder(kind: .exec, selector: "old01", command: ["true"]))
            #expect(ending.state.nodes["old01"]?.outcome?.text.contains("host key") == true)
            #expect(try sshd.folder.read("known_hosts").isEmpty)
            let accepted = try await site.carryOut(RunOrder(kind: .exec, selector: "new01", command: ["true"]))
            #expect(accepted.exitStatus == 0, "\(accepted.state.nodes)")
            #expect(try sshd.folder.read("known_hosts").contains("new01"))
        }
    }

    @Test func withUncheckedKeysNothingIsChangedAndItIsRecorded() async throws {
        try await SSHDFixture.with { sshd in
            let site = try Installation(sshd, inventory: open, runbooks: ["look": Installation.look])
            var settings = site.settings
            settings.hostKeys = .off
            let service = try await RunService(Workspace(settings))
            for kind in [RunHeader.Kind.apply, .exec] {
                await #expect(throws: RequestError.self) {
                    try await service.prepare(RunOrder(kind: kind, selector: "gpu01", command: ["true"]))
                }
            }
            func unchecked() async throws -> Int {
                try await service.journal.auditRecords(AuditFilter(limit: 10))
                    .filter { $0.entry.action == .hostKeysUnchecked }.count
            }
            #expect(try await unchecked() == 0)
            _ = try await service.prepare(RunOrder(kind: .diagnose, runbook: "look", selector: "gpu01"))
            #expect(try await unchecked() == 1)
            try await service.close()
        }
    }
}
