import Foundation
import TestSupport
import Testing

@testable import SSH

/// The known_hosts format and the judgement on a key, without a server.
@Suite struct KnownHostsTests {
    static let keyA = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f"
    static let keyB = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIP/+/fz7+vn49/b19PPy8fDv7u3s6+rp6Ofm5eTj4uHg"

    private func key(_ line: String) throws -> HostKey {
        let data = try #require(Data(base64Encoded: String(line.split(separator: " ")[1])))
        return try #require(HostKey(blob: Array(data)))
    }

    private func hosts(_ text: String) -> KnownHosts {
        KnownHosts(Array(text.utf8), path: "known_hosts")
    }

    private func verdict(_ text: String, _ names: [String], _ line: String = keyA) throws -> String {
        switch HostKeyLookup(names: names, in: hosts(text)).verdict(on: try key(line)) {
        case .known: "known"
        case .unknown: "unknown"
        case .changed(let places, let name): "changed \(name) \(places.map { String($0.line) }.joined(separator: ","))"
        case .revoked(let place): "revoked \(place.line)"
        case .authorityOnly(let place, let name): "authority \(name) \(place.line)"
        }
    }

    @Test func namesAreFoundByPatternsPortsAndCase() throws {
        let text = """
            # comment

            gpu01,192.0.2.1 \(Self.keyA) a comment
            *.cluster,!login.cluster \(Self.keyA)
            [gpu02]:2222 \(Self.keyA)
            gpu?? \(Self.keyA)
            2001:db8::1 \(Self.keyA)
            """
        let hosts = hosts(text)
        #expect(hosts.problems.isEmpty)
        func lines(_ name: String) -> [Int] { hosts.lines(for: name).lines.map(\.location.line) }
        #expect(lines("gpu01") == [3, 6])
        #expect(lines("GPU01") == [3, 6])
        #expect(lines("192.0.2.1") == [3])
        #expect(lines("a.cluster") == [4])
        #expect(lines("login.cluster") == [])
        #expect(lines("[gpu02]:2222") == [5])
        #expect(lines("gpu02") == [6])
        #expect(lines("gpu003") == [])
        #expect(lines("2001:db8::1") == [7])
    }

    /// Made by ssh-keygen -H.
    @Test func hashedNamesAreFound() throws {
        let folder = try TemporaryFolder(prefix: "hosts")
        try folder.write("known_hosts", "gpu01 \(Self.keyA)\n[gpu02]:2222 \(Self.keyB)\n")
        try Keygen.run(["-q", "-H", "-f", folder.path("known_hosts")])
        let hosts = hosts(try folder.read("known_hosts"))
        #expect(hosts.entries.count == 2)
        #expect(hosts.lines(for: "gpu01").lines.count == 1)
        #expect(hosts.lines(for: "[gpu02]:2222").lines.count == 1)
        #expect(hosts.lines(for: "gpu02").lines.isEmpty)
    }

    /// A hashed line that was found for one name is passed over for others, and only until the file changes.
    @Test func aHashedLineIsClaimedByItsName() throws {
        let folder = try TemporaryFolder(prefix: "hosts")
        try folder.write("known_hosts", "gpu01 \(Self.keyA)\ngpu02 \(Self.keyB)\n")
        try Keygen.run(["-q", "-H", "-f", folder.path("known_hosts")])
        let store = HostKeyStore(paths: [folder.path("known_hosts")])
        for _ in 0..<2 {
            for name in ["gpu01", "gpu02", "gpu03"] {
                let lines = try store.list(SSHTarget(name: name, user: "root"))
                #expect(lines.count == (name == "gpu03" ? 0 : 1))
            }
        }
        try folder.write("known_hosts", "gpu09 \(Self.keyA)\ngpu03 \(Self.keyB)\n")
        try Keygen.run(["-q", "-H", "-f", folder.path("known_hosts")])
        #expect(try store.list(SSHTarget(name: "gpu03", user: "root")).map(\.location.line) == [2])
        #expect(try store.list(SSHTarget(name: "gpu01", user: "root")).isEmpty)
    }

    @Test func aBadLineIsReportedAndTheOthersHold() throws {
        let text = """
            gpu01 \(Self.keyA)
            gpu02 ssh-ed25519 not-base64!
            gpu03
            @unknown gpu04 \(Self.keyA)
            gpu05 ecdsa-sha2-nistp256 \(Self.keyA.split(separator: " ")[1])
            |1|bad|worse \(Self.keyA)
            gpu06 \(Self.keyB)
            """
        let hosts = hosts(text)
        #expect(hosts.problems.map(\.location.line) == [2, 3, 4, 5, 6])
        #expect(hosts.problems[0].description == "known_hosts:2: the key is not base64 of a public key")
        #expect(hosts.lines(for: "gpu06").lines.count == 1)
    }

    @Test func theVerdictFollowsTheStrictestLine() throws {
        let (a, b) = (Self.keyA, Self.keyB)
        #expect(try verdict("", ["n"]) == "unknown")
        #expect(try verdict("n \(a)", ["n"]) == "known")
        #expect(try verdict("n \(b)\nn \(a)", ["n"]) == "known")
        #expect(try verdict("n \(b)", ["n"]) == "changed n 1")
        #expect(try verdict("x \(a)\nn \(b)", ["n", "x"]) == "changed n 2")
        #expect(try verdict("n \(a)\nx \(b)", ["n", "x"]) == "changed x 2")
        #expect(try verdict("n \(a)", ["n", "x"]) == "known")
        #expect(try verdict("n \(a)\n@revoked * \(a)", ["n"]) == "revoked 2")
        #expect(try verdict("n \(a)\n@revoked other \(a)", ["n"]) == "known")
        #expect(try verdict("@revoked * \(b)", ["n"]) == "unknown")
        #expect(try verdict("@cert-authority * \(b)", ["n"]) == "authority n 1")
        #expect(try verdict("@cert-authority * \(a)", ["n"]) == "authority n 1")
        #expect(try verdict("@cert-authority * \(b)\nn \(a)", ["n"]) == "known")
        #expect(try verdict("@cert-authority x \(b)", ["n"]) == "unknown")
    }

    @Test func acceptAndForgetChangeOnlyTheirOwnLines() throws {
        let folder = try TemporaryFolder(prefix: "hosts")
        let before = "# kept\ngpu01,gpu09 \(Self.keyB)\n@revoked * \(Self.keyB)\n*.x \(Self.keyB)\nbroken line"
        try folder.write("known_hosts", before)
        let store = HostKeyStore(paths: [folder.path("known_hosts")])
        let target = SSHTarget(name: "gpu02", address: "192.0.2.2", user: "root")
        try store.accept(try key(Self.keyA), for: target)
        #expect(try folder.read("known_hosts") == before + "\ngpu02,192.0.2.2 \(Self.keyA)\n")
        // Again changes nothing.
        try store.accept(try key(Self.keyA), for: target)
        #expect(store.accepted.count == 1)
        #expect(try store.list(target).map(\.location.line) == [3, 6])
        #expect(try store.forget(target) == 1)
        #expect(try folder.read("known_hosts") == before + "\n")
        #expect(try store.forget(SSHTarget(name: "gpu01", address: "gpu01", user: "root")) == 1)
        #expect(try folder.read("known_hosts").contains("\ngpu09 \(Self.keyB)\n"))
        #expect(try store.forget(target) == 0)
    }

    @Test func acceptRefusesWhatConflicts() throws {
        let folder = try TemporaryFolder(prefix: "hosts")
        try folder.write("known_hosts", "gpu01 \(Self.keyA)\n")
        let store = HostKeyStore(paths: [folder.path("known_hosts")])
        let changed = #expect(throws: SSHError.self) {
            try store.accept(try key(Self.keyB), for: SSHTarget(name: "gpu01", user: "root"))
        }
        #expect(changed?.code == "host-key-changed")
        let shared = #expect(throws: SSHError.self) {
            try store.accept(try key(Self.keyA), for: SSHTarget(name: "gpu02", user: "root"))
        }
        #expect(shared?.code == "host-key-shared")
        #expect(try folder.read("known_hosts") == "gpu01 \(Self.keyA)\n")
    }

    @Test func aChangeOnDiskIsSeen() throws {
        let folder = try TemporaryFolder(prefix: "hosts")
        let store = HostKeyStore(paths: [folder.path("known_hosts")])
        let target = SSHTarget(name: "gpu01", user: "root")
        #expect(try store.list(target).isEmpty)
        try folder.write("known_hosts", "gpu01 \(Self.keyA)\n")
        #expect(try store.list(target).count == 1)
    }

    /// Any bytes are read without a crash, and a good last line always holds.
    @Test func randomTextIsHarmless() throws {
        var random = SeededRandom(seed: 3)
        let pieces = [
            "@revoked", "@", "|1|", "|", ",", "!", "*", " ", "\t", "\n", "\r", "AAAA", "gpu", "=", "\u{0}", "é", "#",
        ]
        for _ in 0..<2000 {
            var bytes: [UInt8] = []
            for _ in 0..<Int.random(in: 0..<30, using: &random) {
                bytes += Array((pieces.randomElement(using: &random) ?? "").utf8)
                if Int.random(in: 0..<8, using: &random) == 0 { bytes.append(.random(in: 0...255, using: &random)) }
            }
            let hosts = KnownHosts(bytes + Array("\nlast \(Self.keyA)".utf8), path: "x")
            #expect(hosts.lines(for: "last").lines.contains { $0.hostField == "last" })
        }
    }

    @Test func patternsTakeLinearTime() {
        let pattern = HostPattern(String(repeating: "*a", count: 2000))
        #expect(!pattern.matches(String(repeating: "a", count: 1999)))
        #expect(pattern.matches(String(repeating: "a", count: 2000)))
    }
}
