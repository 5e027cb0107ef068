import Engine
import Foundation
import Glibc
import Model
import Testing

@Suite("user", .enabled(if: getuid() == 0, "it works as root"))
struct UserStepTests {
    static let key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIKq1"
    static let other = "ecdsa-sha2-nistp256 AAAAE2VjZHNhLXNoYTItbmlz"

    func system(_ shell: TestShell) throws -> PrivateSystem {
        let system = try PrivateSystem(shell)
        let home = system.bench.path("alice")
        mkdir(home, 0o755)
        chown(home, 4321, 4321)
        try system.append("passwd", "alice:x:4321:4321::\(home):/bin/sh")
        try system.append("group", "alice:x:4321:")
        try system.append("shadow", "alice:$y$j9T$abc$defghijk:19000:0:99999:7:::")
        return system
    }

    func key(_ line: String, isAbsent: Bool = false) throws -> StepProgram {
        try Lowered.program(
            .user(UserVerb(name: Lowered.text("alice"), key: Lowered.text(line), isAbsent: isAbsent)))
    }

    @Test("a first key makes the folder and the file, both the user's own", arguments: TestShell.here)
    func first(shell: TestShell) throws {
        let system = try system(shell)
        defer { system.end() }
        let bench = system.bench
        try bench.live(try key(Self.key + " alice@example")) { () throws in
            #expect(try bench.snapshot()["alice/.ssh"] == "40700 4321:4321")
            #expect(try bench.snapshot()["alice/.ssh/authorized_keys"]?.hasPrefix("100600 4321:4321 ") == true)
            #expect(try bench.text("alice/.ssh/authorized_keys") == Self.key + " alice@example\n")
        }
    }

    @Test("other keys stay, down to the byte", arguments: TestShell.here)
    func others(shell: TestShell) throws {
        let system = try system(shell)
        defer { system.end() }
        let bench = system.bench
        mkdir(bench.path("alice/.ssh"), 0o700)
        chown(bench.path("alice/.ssh"), 4321, 4321)
        let before = "# keys\n\nfrom=\"10.0.0.0/8\",command=\"echo \\\"hi\\\"\" \(Self.other) x\n#\(Self.key)"
        try bench.write("alice/.ssh/authorized_keys", before, mode: 0o640)
        chown(bench.path("alice/.ssh/authorized_keys"), 4321, 4321)
        let line = "restrict,command=\"x y\" \(Self.key) $(id) `id` 'q'"
        try bench.live(try key(line)) { () throws in
            #expect(try bench.text("alice/.ssh/authorized_keys") == before + "\n" + line + "\n")
        }
        #expect(try bench.run(try key(line).apply).status == 0)
        // With other options it is the same key: its line is replaced.
        #expect(try bench.run(try key(Self.key).apply).status == 0)
        #expect(try bench.text("alice/.ssh/authorized_keys") == before + "\n" + Self.key + "\n")
        try bench.live(try key(Self.other, isAbsent: true)) { () throws in
            #expect(try bench.text("alice/.ssh/authorized_keys") == "# keys\n\n#\(Self.key)\n\(Self.key)\n")
        }
        #expect(try bench.predict(try key("ssh-rsa AAAAB3NzaC1yc2EAAAA", isAbsent: true)).kind == .noChange)
    }

    @Test("links that the user planted lead nowhere", arguments: TestShell.here)
    func planted(shell: TestShell) throws {
        let system = try system(shell)
        defer { system.end() }
        let bench = system.bench
        mkdir(bench.path("root"), 0o700)
        try bench.write("root/authorized_keys", "root's own\n", mode: 0o600)
        symlink(bench.path("root"), bench.path("alice/.ssh"))
        #expect(try bench.predict(try key(Self.key)).kind == .unknown)
        #expect(try bench.run(try key(Self.key).apply).status == 1)
        unlink(bench.path("alice/.ssh"))
        mkdir(bench.path("alice/.ssh"), 0o700)
        chown(bench.path("alice/.ssh"), 4321, 4321)
        symlink(bench.path("root/authorized_keys"), bench.path("alice/.ssh/authorized_keys"))
        #expect(try bench.run(try key(Self.key).apply).status == 1)
        #expect(try bench.text("root/authorized_keys") == "root's own\n")
    }

    @Test("a password is locked and expired, and back to its very line", arguments: TestShell.here)
    func password(shell: TestShell) throws {
        let system = try system(shell)
        defer { system.end() }
        let bench = system.bench
        func shadow() throws -> String { try String(contentsOfFile: system.etc + "/shadow", encoding: .utf8) }
        for (verb, line) in [
            (UserVerb(name: Lowered.text("alice"), locked: true), "alice:!$y$j9T$abc$defghijk:19000:"),
            (UserVerb(name: Lowered.text("alice"), expire: true), "alice:$y$j9T$abc$defghijk:0:"),
            (UserVerb(name: Lowered.text("alice"), locked: true, expire: true), "alice:!$y$j9T$abc$defghijk:0:"),
        ] {
            let program = try Lowered.program(.user(verb))
            let before = try shadow()
            let planned = try bench.predict(program)
            #expect(planned.kind == .change, "\(planned)")
            #expect(try shadow() == before)
            let captured = try bench.run(program.capture)
            #expect(!captured.text.contains("y$"), "a hash left the node")
            let applied = try bench.run(program.apply, adding: ["RUNBOOK_EXPECT": planned.beforeDigest ?? ""])
            #expect(applied.status == 0, "\(applied.errors)")
            #expect(try shadow().contains(line))
            let second = try bench.predict(program)
            #expect(second.kind == .noChange)
            #expect(second.beforeDigest == planned.afterDigest)
            let undone = try bench.run(program.undo, input: captured.output)
            #expect(undone.status == 0, "\(undone.errors)")
            #expect(try shadow() == before)
        }
    }

    @Test("unlocking is undone by locking", arguments: TestShell.here)
    func unlocking(shell: TestShell) throws {
        let system = try system(shell)
        defer { system.end() }
        let bench = system.bench
        try system.inside("usermod", "-L", "alice")
        let before = try String(contentsOfFile: system.etc + "/shadow", encoding: .utf8)
        let program = try Lowered.program(.user(UserVerb(name: Lowered.text("alice"), locked: false)))
        let captured = try bench.run(program.capture)
        #expect(try bench.run(program.apply).status == 0)
        #expect(try bench.predict(program).kind == .noChange)
        #expect(try bench.run(program.undo, input: captured.output).status == 0)
        #expect(try String(contentsOfFile: system.etc + "/shadow", encoding: .utf8) == before)
    }

    @Test("a user that is not there is told", arguments: TestShell.here)
    func nobody(shell: TestShell) throws {
        let system = try system(shell)
        defer { system.end() }
        let program = try Lowered.program(
            .user(UserVerb(name: Lowered.text("mallory"), key: Lowered.text(Self.key))))
        #expect(try system.bench.predict(program).reason == "there is no user mallory")
        #expect(try system.bench.run(program.apply).status == 1)
    }

    @Test("what is no key, and what asks for nothing, is refused before anything is sent")
    func values() {
        func error(_ verb: UserVerb) -> LoweringError? { Lowered.error(of: .user(verb)) }
        let alice = Lowered.text("alice")
        for line in [
            "", "AAAA", "ssh-ed25519", "ssh-ed25519 AAAA\nssh-rsa AAAAB3NzaC1yc2EAAAA", "#\(Self.key)",
            "ssh-rsa ../../x",
        ] {
            #expect(error(UserVerb(name: alice, key: Lowered.text(line)))?.key == "user.key", "\(line)")
        }
        for name in ["-rf", "a b", "a\nb", "../x", "a:b", ""] {
            #expect(error(UserVerb(name: Lowered.text(name), locked: true))?.key == "user.name", "\(name)")
        }
        #expect(error(UserVerb(name: alice))?.code == .value)
        #expect(error(UserVerb(name: alice, key: Lowered.text(Self.key), locked: true))?.code == .value)
    }
}
