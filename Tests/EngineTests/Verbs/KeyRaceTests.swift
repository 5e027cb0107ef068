import Engine
import Foundation
import Glibc
import Model
import TestSupport
import Testing

/// A user whose `.ssh` is by turns a folder and a link to another's keys, while root adds keys to it.
@Suite("A key and a link that come and go", .enabled(if: getuid() == 0, "it works as root"))
struct KeyRaceTests {
    /// The swapping, as the user himself. What was written to the folder stays beneath the home, under whatever name.
    private final class Attacker {
        private let process = SpawnedProcess()

        init(in root: String) throws {
            process.executableURL = URL(fileURLWithPath: "/usr/bin/setpriv")
            process.arguments = [
                "--reuid", "4321", "--regid", "4321", "--clear-groups", "--", "/bin/dash", "-c",
                """
                cd "$1/alice" || exit 1
                turn=0
                while :; do
                    mv .ssh aside; ln -s ../secret .ssh; rm -f aside/.runbook-*
                    rm -f .ssh; mv aside .ssh
                    # Long enough now and then for a key to be added.
                    turn=$((turn + 1))
                    [ $((turn % 40)) != 0 ] || sleep 0.5
                done 2>/dev/null
                """, "sh", root,
            ]
            process.standardError = FileHandle.nullDevice
            try process.run()
        }

        /// To the shell and, since it leads a group, to what it has started just then.
        func signal(_ signal: CInt) {
            kill(-process.processIdentifier, signal)
            kill(process.processIdentifier, signal)
        }

        func end() {
            guard process.isRunning else { return }
            signal(SIGKILL)
            process.waitUntilExit()
        }
    }

    private func key(_ number: Int) -> String {
        "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI\(100_000 + number) key\(number)"
    }

    private func program(_ number: Int) throws -> StepProgram {
        try Lowered.program(.user(UserVerb(name: Lowered.text("alice"), key: Lowered.text(key(number)))))
    }

    private func makeSystem(_ shell: TestShell) throws -> PrivateSystem {
        let system = try PrivateSystem(shell)
        let bench = system.bench
        for folder in ["alice", "alice/.ssh"] {
            mkdir(bench.path(folder), folder == "alice" ? 0o755 : 0o700)
            chown(bench.path(folder), 4321, 4321)
        }
        try system.append("passwd", "alice:x:4321:4321::\(bench.path("alice")):/bin/sh")
        try system.append("group", "alice:x:4321:")
        try system.append("shadow", "alice:$y$j9T$abc$defghijk:19000:0:99999:7:::")
        try bench.write("alice/.ssh/authorized_keys", key(0) + "\n", mode: 0o600)
        chown(bench.path("alice/.ssh/authorized_keys"), 4321, 4321)
        mkdir(bench.path("secret"), 0o755)
        try bench.write("secret/authorized_keys", "root's own\n", mode: 0o600)
        return system
    }

    /// Whether some `authorized_keys` in the home has the key. A folder that moved just then is looked through again.
    private func has(_ number: Int, in bench: Workbench) throws -> Bool {
        for _ in 0..<20 {
            let found = try Workbench.execute(
                "/bin/grep", ["-rqF", "--include=authorized_keys", key(number), bench.path("alice")],
                environment: ["PATH": "/usr/bin:/bin"], input: [])
            if found.status == 0 { return true }
            usleep(5_000)
        }
        return false
    }

    /// All but the home, which is the user's.
    private func outside(_ bench: Workbench) throws -> [String: String] {
        try bench.snapshot().filter { !$0.key.hasPrefix("alice") }
    }

    @Test("each try adds the key or says why not, and nothing outside the home changes", arguments: TestShell.here)
    func race(shell: TestShell) throws {
        let system = try makeSystem(shell)
        defer { system.end() }
        let bench = system.bench
        let before = try outside(bench)
        let secret = try TreeSnapshot(of: bench.path("secret")).entries
        let accounts = try TreeSnapshot(of: system.etc).entries
        let attacker = try Attacker(in: bench.root)
        defer { attacker.end() }
        var (added, refused, number) = (0, 0, 0)
        while number < 12 || number < 100 && (added == 0 || refused == 0) {
            number += 1
            let program = try program(number)
            let captured = try bench.run(program.capture)
            let applied = try bench.run(program.apply)
            attacker.signal(SIGSTOP)
            switch applied.status {
            case 0:
                added += 1
                #expect(try has(number, in: bench), "\(number)")
            case 1:
                refused += 1
                #expect(!applied.errors.isEmpty, "\(number)")
            default: Issue.record("\(number): \(applied.status) \(applied.errors)")
            }
            attacker.signal(SIGCONT)
            if captured.status == 0 {
                let undone = try bench.run(program.undo, input: captured.output)
                #expect(undone.status == 0 || undone.status == 1 && !undone.errors.isEmpty, "\(number)")
            }
            #expect(!captured.text.contains("root's own"), "\(number)")
            #expect(try TreeSnapshot(of: bench.path("secret")).entries == secret, "\(number)")
        }
        attacker.end()
        #expect(added > 0)
        #expect(refused > 0)
        #expect(try outside(bench) == before)
        #expect(try TreeSnapshot(of: system.etc).entries == accounts)
    }
}
