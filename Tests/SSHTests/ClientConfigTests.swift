import Foundation
import TestSupport
import Testing

@testable import SSH

/// ssh_config(5), compared with `ssh -G` where it has an opinion.
@Suite struct ClientConfigTests {
    private let owner = SSHClientConfig.Owner(home: "/home/op", user: "op", environment: ["KEYS": "/keys"])

    private func options(_ text: String, _ host: String) -> SSHHostOptions {
        SSHClientConfig(owner: owner, text: text).options(for: host).options
    }

    @Test func theFirstValueWins() {
        let text = """
            Host gpu01
                User first
                Port 2201
            Host gpu* !gpu02
                User second
                HostName %h.cluster
            Host *
                User third
                Port 22
            """
        #expect(options(text, "gpu01").user == "first")
        #expect(options(text, "gpu01").port == 2201)
        #expect(options(text, "gpu01").hostName == "gpu01.cluster")
        #expect(options(text, "gpu02").user == "third")
        #expect(options(text, "gpu02").hostName == nil)
        #expect(options(text, "gpu03").user == "second")
    }

    @Test func identityFilesAddUpAndTokensAreReplaced() {
        let text = """
            IdentityFile ~/.ssh/a
            Host n
                IdentityFile %d/b-%h-%n-%r-%u-%p-%%
                IdentityFile "${KEYS}/with space"
                IdentityFile ~/.ssh/a
                HostName real
                User bob
                Port=2222
            """
        let options = options(text, "n")
        #expect(options.identityFiles == ["/home/op/.ssh/a", "/home/op/b-real-n-bob-op-2222-%", "/keys/with space"])
        #expect(options.port == 2222)
    }

    @Test func valuesAreRead() {
        let text = """
            identitiesonly = yes
            IdentityAgent none
            UserKnownHostsFile ~/a "/b c"
            GlobalKnownHostsFile /g
            HostKeyAlias alias
            ConnectTimeout 1m30s
            StrictHostKeyChecking accept-new  # a comment
            ProxyJump bob@login01:2222,[2001:db8::1]:22,ssh://x
            """
        let options = options(text, "n")
        #expect(options.identitiesOnly == true)
        #expect(options.agent == SSHHostOptions.Agent.none)
        #expect(options.userKnownHostsFiles == ["/home/op/a", "/b c"])
        #expect(options.globalKnownHostsFiles == ["/g"])
        #expect(options.hostKeyAlias == "alias")
        #expect(options.connectTimeout == .seconds(90))
        #expect(options.hostKeyPolicy == .acceptNew)
        #expect(
            options.proxyJump
                == .hosts([
                    .init(host: "login01", user: "bob", port: 2222), .init(host: "2001:db8::1", port: 22),
                    .init(host: "x"),
                ]))
    }

    @Test(arguments: ["-oProxyCommand=x", "a,,b", "@x", "x:99999", "x:0", "[::1", ""])
    func aMalformedJumpIsAWarning(_ value: String) {
        let result = SSHClientConfig(owner: owner, text: "ProxyJump \"\(value)\"").options(for: "n")
        #expect(result.options.proxyJump == nil)
        #expect(result.warnings.count == 1)
        #expect(result.warnings.first?.line == 1)
    }

    @Test func switchingTheCheckOffInAFileHasNoEffect() {
        let result = SSHClientConfig(owner: owner, text: "StrictHostKeyChecking no").options(for: "n")
        #expect(result.options.hostKeyPolicy == .strict)
        #expect(result.warnings.count == 1)
    }

    @Test func matchAllAndHostWorkAndOthersAreIgnoredWithAWarning() {
        let text = """
            Host n
                HostName real
            Match host real
                User matched
            Match exec "touch /tmp/x"
                Port 1
            Match host other,re*
                HostKeyAlias alias
            Match all
                ConnectTimeout 3
            """
        let config = SSHClientConfig(owner: owner, text: text)
        let options = config.options(for: "n").options
        #expect(options.user == "matched")
        #expect(options.port == nil)
        #expect(options.hostKeyAlias == "alias")
        #expect(options.connectTimeout == .seconds(3))
        #expect(config.warnings.map(\.line) == [5])
    }

    @Test func includesAreReadInPlaceAndUnderTheirCondition() throws {
        let folder = try TemporaryFolder(prefix: "config")
        try folder.write(
            "first", "Include \(folder.path("conf.d"))/*\nHost gpu01\n  Include \(folder.path("inner"))\nUser last\n")
        try FileManager.default.createDirectory(atPath: folder.path("conf.d"), withIntermediateDirectories: true)
        try folder.write("conf.d/a", "Port 2201\n")
        try folder.write("conf.d/b", "Port 2202\nHost gpu02\nUser included\n")
        try folder.write("inner", "HostName inner\nHost gpu02\nHostName never\n")
        let config = SSHClientConfig(
            owner: owner, userFile: folder.path("first"), systemFile: folder.path("missing"))
        #expect(config.options(for: "gpu01").options.port == 2201)
        #expect(config.options(for: "gpu01").options.hostName == "inner")
        #expect(config.options(for: "gpu01").options.user == "last")
        #expect(config.options(for: "gpu02").options.hostName == nil)
        #expect(config.options(for: "gpu02").options.user == "included")
    }

    @Test func aFileThatIncludesItselfEnds() throws {
        let folder = try TemporaryFolder(prefix: "config")
        try folder.write("config", "User me\nInclude \(folder.path("config"))\n")
        let config = SSHClientConfig(owner: owner, userFile: folder.path("config"), systemFile: folder.path("missing"))
        #expect(config.options(for: "n").options.user == "me")
        #expect(config.warnings.contains { $0.text.contains("too deeply") })
    }

    @Test func aFileThatOthersMayWriteIsIgnored() throws {
        let folder = try TemporaryFolder(prefix: "config")
        try folder.write("config", "User me\n")
        #expect(chmod(folder.path("config"), 0o666) == 0)
        let config = SSHClientConfig(owner: owner, userFile: folder.path("config"), systemFile: folder.path("missing"))
        #expect(config.options(for: "n").options.user == nil)
        #expect(config.warnings.count == 1)
    }

    @Test func unsupportedKeywordsAreNamed() {
        let config = SSHClientConfig(owner: owner, text: "Host n\n  ProxyCommand nc %h %p\n  Compression yes\n")
        #expect(config.warnings.map(\.description) == ["config:2: proxycommand is not supported and has no effect"])
    }

    @Test func theInventoryWinsAndJumpHostsAreResolvedToo() throws {
        let text = """
            Host login01
                HostName 192.0.2.1
                User jumper
                ProxyJump outer
            Host outer
                ProxyJump none
            Host *
                User common
                Port 2222
                ProxyJump login01
                IdentityFile /key
            """
        let config = SSHClientConfig(owner: owner, text: text)
        let target = try config.target("gpu01", given: .init(address: "10.0.0.1", port: 22))
        #expect(target.address == "10.0.0.1")
        #expect(target.port == 22)
        #expect(target.user == "common")
        #expect(target.identityFiles == ["/key"])
        #expect(target.route.map(\.name) == ["outer", "login01"])
        #expect(target.route.map(\.address) == ["outer", "192.0.2.1"])
        #expect(target.route.map(\.user) == ["common", "jumper"])
        #expect(try config.target("gpu01", given: .init(proxyJump: "none")).route.isEmpty)
        #expect(try config.target("login01").route.map(\.name) == ["outer"])
    }

    @Test func aSlowNodeHasMoreTimeForEveryPartOfConnecting() throws {
        let text = "Host slow\n  ConnectTimeout 60\nHost quick\n  ConnectTimeout 2\n"
        let config = SSHClientConfig(owner: owner, text: text)
        func deadlines(_ name: String, _ timeout: Duration? = nil) throws -> [Duration] {
            let all = try config.target(name, given: .init(connectTimeout: timeout)).deadlines
            return [all.connect, all.banner, all.keyExchange, all.authentication, all.open]
        }
        func seconds(_ numbers: Int...) -> [Duration] { numbers.map { .seconds($0) } }
        #expect(try deadlines("other") == seconds(10, 20, 20, 30, 10))
        #expect(try deadlines("slow") == seconds(60, 120, 120, 30, 60))
        #expect(try deadlines("quick") == seconds(2, 4, 4, 30, 10))
        #expect(try deadlines("slow", .seconds(10)) == seconds(10, 20, 20, 30, 10))
    }

    @Test func jumpHostsInACircleAreRefused() {
        let config = SSHClientConfig(owner: owner, text: "Host a\nProxyJump b\nHost b\nProxyJump a\n")
        #expect(throws: SSHError.self) { try config.target("a") }
    }

    /// The same answers as OpenSSH's own reader.
    @Test func theAnswersAreThoseOfOpenSSH() throws {
        let folder = try TemporaryFolder(prefix: "config")
        let text = """
            Host gpu?? *.x !gpu09
              HostName %h.example
              Port 2200
            Host "gpu01" login*
              User quoted
              Port=1
              ConnectTimeout 7
            Match host gpu02.example
              User matched
            Host *
              User common
              HostKeyAlias all
              IdentitiesOnly yes
            """
        try folder.write("config", text)
        let config = SSHClientConfig(owner: owner, text: text)
        for host in ["gpu01", "gpu02", "gpu09", "login01", "a.x", "GPU01", "other"] {
            let lines = try Keygen.run(["-G", "-F", folder.path("config"), host], tool: "/usr/bin/ssh").split(
                separator: "\n")
            let theirs = Dictionary(
                lines.compactMap { line in
                    line.firstIndex(of: " ").map { (String(line[..<$0]), String(line[$0...].dropFirst())) }
                },
                uniquingKeysWith: { first, _ in first })
            let ours = config.options(for: host).options
            #expect((ours.hostName ?? host).lowercased() == theirs["hostname"], "\(host)")
            #expect(String(ours.port ?? 22) == theirs["port"], "\(host)")
            #expect(ours.user == theirs["user"], "\(host)")
            #expect(ours.hostKeyAlias == theirs["hostkeyalias"], "\(host)")
        }
    }

    @Test func randomTextIsHarmless() {
        var random = SeededRandom(seed: 5)
        let pieces = [
            "Host", "Match", "all", "host", "Include", "ProxyJump", "=", "\"", "'", "\\", " ", "\n", "\r", "*", "!",
            "%", "${", "}", "#", "é", "\0", "x",
        ]
        for _ in 0..<3000 {
            let text = (0..<Int.random(in: 0..<30, using: &random)).map { _ in
                pieces.randomElement(using: &random) ?? ""
            }.joined()
            _ = SSHClientConfig(owner: owner, text: text).options(for: "x")
        }
    }
}
