import Engine
import Foundation
import Glibc
import Model
import TestSupport
import Testing

/// Root's work in folders that others may write to.
@Suite("Planted links", .enabled(if: getuid() == 0, "it works as root"))
struct PlantedLinkTests {
    func write(_ path: String, _ text: String = "new", owner: String? = nil) throws -> StepProgram {
        try Lowered.program(
            .file(
                FileVerb(
                    path: Lowered.text(path), content: .text(Lowered.text(text)), owner: owner.map(Lowered.text))))
    }

    func folder(_ path: String, owner: uid_t, group: gid_t? = nil, mode: mode_t = 0o755) {
        mkdir(path, 0o755)
        chown(path, owner, group ?? owner)
        chmod(path, mode)
    }

    @Test("beneath another user's folder the work is that user's", arguments: TestShell.here)
    func owner(shell: TestShell) throws {
        let bench = try Workbench(shell)
        defer { bench.remove() }
        folder(bench.path("home"), owner: 4321)
        folder(bench.path("home/sub"), owner: 4321, mode: 0o700)
        try bench.live(try write(bench.path("home/sub/conf"))) { () throws in
            #expect(try bench.snapshot()["home/sub/conf"]?.hasPrefix("100644 4321:4321 ") == true)
        }
        try bench.write("home/sub/old", "old", mode: 0o640)
        chown(bench.path("home/sub/old"), 4321, 4321)
        try bench.live(try write(bench.path("home/sub/old")))
    }

    @Test("a link that the user planted leads nowhere", arguments: TestShell.here)
    func planted(shell: TestShell) throws {
        let bench = try Workbench(shell)
        defer { bench.remove() }
        folder(bench.path("secret"), owner: 0, mode: 0o700)
        try bench.write("secret/shadow", "root's own", mode: 0o600)
        folder(bench.path("home"), owner: 4321)
        symlink(bench.path("secret"), bench.path("home/sub"))
        let throughFolder = try write(bench.path("home/sub/shadow"))
        let report = try bench.predict(throughFolder)
        #expect(report.kind == .unknown)
        #expect(report.reason.contains("symbolic link"))
        #expect(!"\(report)".contains("root's own"))
        #expect(try bench.run(throughFolder.apply).status == 1)
        #expect(try bench.run(throughFolder.capture).status == 1)
        // As the last name: the link itself is replaced, as that user, and nothing behind it is read.
        symlink(bench.path("secret/shadow"), bench.path("home/conf"))
        let atTheEnd = try write(bench.path("home/conf"))
        let captured = try bench.run(atTheEnd.capture)
        #expect(!captured.text.contains("root's own"))
        #expect(try bench.run(atTheEnd.apply).status == 0)
        #expect(try bench.text("secret/shadow") == "root's own")
        #expect(try bench.text("home/conf") == "new")
        // And an edit, which follows links, doesn't follow this one.
        symlink(bench.path("secret/shadow"), bench.path("home/edited"))
        let edit = try Lowered.program(
            .edit(
                EditVerb(
                    path: Lowered.text(bench.path("home/edited")),
                    change: .line(match: "", line: Lowered.text("added")))))
        #expect(try bench.run(edit.apply).status == 1)
        #expect(try bench.text("secret/shadow") == "root's own")
    }

    @Test("a folder that is swapped for a link while the work goes on harms nobody else", arguments: TestShell.here)
    func race(shell: TestShell) throws {
        let bench = try Workbench(shell)
        defer { bench.remove() }
        folder(bench.path("secret"), owner: 0, mode: 0o755)
        try bench.write("secret/conf", "root's own", mode: 0o644)
        folder(bench.path("home"), owner: 4321)
        folder(bench.path("home/sub"), owner: 4321)
        let before = try TreeSnapshot(of: bench.path("secret")).entries
        // The attacker, as the user himself: a folder and a link to root's folder take turns at one name.
        let attacker = SpawnedProcess()
        attacker.executableURL = URL(fileURLWithPath: "/usr/bin/setpriv")
        attacker.arguments = [
            "--reuid", "4321", "--regid", "4321", "--clear-groups", "--", "/bin/dash", "-c",
            """
            cd "$1/home" || exit 1
            turn=0
            while :; do
                mv sub aside; ln -s ../secret sub; rm -f aside/.runbook-*; ln -s ../../secret/conf aside/conf
                rm -f sub; mv aside sub; rm -f sub/conf
                # Long enough now and then for a file to be written.
                turn=$((turn + 1))
                [ $((turn % 40)) != 0 ] || sleep 0.5
            done 2>/dev/null
            """, "sh", bench.root,
        ]
        attacker.standardError = FileHandle.nullDevice
        try attacker.run()
        defer {
            kill(attacker.processIdentifier, SIGKILL)
            attacker.waitUntilExit()
        }
        let program = try write(bench.path("home/sub/conf"), "attack")
        // Each does its work or says why not.
        func isDone(_ result: Workbench.Result, _ place: String) -> Bool {
            #expect(result.status == 0 || result.status == 1 && !result.errors.isEmpty, "\(place): \(result)")
            return result.status == 0
        }
        var (written, refused, number) = (0, 0, 0)
        while number < 10 || number < 100 && (written == 0 || refused == 0) {
            number += 1
            if isDone(try bench.run(program.apply), "apply \(number)") { written += 1 } else { refused += 1 }
            let captured = try bench.run(program.capture)
            _ = isDone(captured, "capture \(number)")
            #expect(try TreeSnapshot(of: bench.path("secret")).entries == before)
            _ = isDone(try bench.run(program.undo, input: captured.output), "undo \(number)")
            #expect(try TreeSnapshot(of: bench.path("secret")).entries == before)
        }
        #expect(written > 0)
        #expect(refused > 0)
    }

    @Test("a folder that others may write to is refused", arguments: TestShell.here)
    func writable(shell: TestShell) throws {
        let bench = try Workbench(shell)
        defer { bench.remove() }
        folder(bench.path("all"), owner: 0, mode: 0o777)
        folder(bench.path("group"), owner: 0, group: 1, mode: 0o775)
        folder(bench.path("users"), owner: 4321, group: 1, mode: 0o775)
        for name in ["all", "group", "users"] {
            let program = try write(bench.path("\(name)/conf"))
            let report = try bench.predict(program)
            #expect(report.kind == .unknown, "\(name)")
            #expect(report.reason.contains("may write to the folder \(bench.path(name))"))
            #expect(try bench.run(program.apply).status == 1)
            #expect(access(bench.path("\(name)/conf"), F_OK) != 0)
        }
        // A group with nobody in it can't write.
        folder(bench.path("empty"), owner: 0, group: 54321, mode: 0o775)
        #expect(try bench.run(try write(bench.path("empty/conf")).apply).status == 0)
    }

    @Test("in a folder like /tmp only root's own names are touched", arguments: TestShell.here)
    func sticky(shell: TestShell) throws {
        let bench = try Workbench(shell)
        defer { bench.remove() }
        folder(bench.path("tmp"), owner: 0, mode: 0o1777)
        try bench.live(try write(bench.path("tmp/conf")))
        try bench.write("tmp/theirs", "theirs")
        chown(bench.path("tmp/theirs"), 4321, 4321)
        #expect(try bench.predict(try write(bench.path("tmp/theirs"))).kind == .unknown)
        symlink("/etc", bench.path("tmp/way"))
        #expect(try bench.predict(try write(bench.path("tmp/way/conf"))).reason.contains("symbolic link"))
        // A link in the place of the file is replaced, not followed.
        try bench.write("target", "target")
        symlink(bench.path("target"), bench.path("tmp/link"))
        #expect(try bench.run(try write(bench.path("tmp/link")).apply).status == 0)
        #expect(try bench.text("target") == "target")
        #expect(try bench.text("tmp/link") == "new")
    }

    @Test("a link that root put there is followed, and so is what it leads to", arguments: TestShell.here)
    func ownLinks(shell: TestShell) throws {
        let bench = try Workbench(shell)
        defer { bench.remove() }
        folder(bench.path("a"), owner: 0)
        folder(bench.path("a/b"), owner: 0)
        folder(bench.path("home"), owner: 4321)
        symlink("../a/./b/", bench.path("a/link"))
        symlink("a/../a/link", bench.path("chain"))
        symlink(bench.path("home"), bench.path("to home"))
        try bench.live(try write(bench.path("chain/conf"))) { () throws in
            #expect(try bench.text("a/b/conf") == "new")
        }
        #expect(try bench.run(try write(bench.path("to home/conf")).apply).status == 0)
        #expect(try bench.snapshot()["home/conf"]?.hasPrefix("100644 4321:4321 ") == true)
        symlink("loop", bench.path("loop"))
        #expect(try bench.predict(try write(bench.path("loop/conf"))).reason.contains("too many symbolic links"))
    }

    @Test("a user can't be made to give a file to another", arguments: TestShell.here)
    func giving(shell: TestShell) throws {
        let bench = try Workbench(shell)
        defer { bench.remove() }
        folder(bench.path("home"), owner: 4321)
        let report = try bench.predict(try write(bench.path("home/conf"), owner: "root"))
        #expect(report.kind == .unknown)
        #expect(report.reason.contains("can't give a file to user id 0"))
    }
}
