import Engine
import Foundation
import Glibc
import Model
import Testing

@Suite("file", .enabled(if: getuid() == 0, "it works as root"))
struct FileStepTests {
    static let hostile = "$(touch /tmp/pwned) `id` \"quotes\" 'single' \\n %s *\n-rf --\n\u{e9}\u{1F600}\ttab\n\n\n"

    func file(
        _ path: String, _ content: FileVerb.Content, owner: String? = nil, group: String? = nil, mode: String? = nil,
        validate: String? = nil
    ) throws -> StepProgram {
        try Lowered.program(
            .file(
                FileVerb(
                    path: Lowered.text(path), content: content, owner: owner.map(Lowered.text),
                    group: group.map(Lowered.text), mode: mode, validate: validate)))
    }

    @Test("is written, found as wanted, and taken away again", arguments: TestShell.here)
    func create(shell: TestShell) throws {
        let bench = try Workbench(shell)
        defer { bench.remove() }
        let program = try file(
            bench.path("new $(x) 'file"), .text(Lowered.text(Self.hostile)), owner: "daemon", group: "games",
            mode: "2640")
        try bench.live(program) { () throws in
            #expect(try bench.text("new $(x) 'file") == Self.hostile)
            #expect(try bench.snapshot()["new $(x) 'file"]?.hasPrefix("102640 1:60 ") == true)
        }
    }

    @Test("replaces a file and puts back its bytes, owner, mode and attributes", arguments: TestShell.here)
    func replace(shell: TestShell) throws {
        let bench = try Workbench(shell)
        defer { bench.remove() }
        let bytes: [UInt8] = Array(0...255) + [10, 0, 10] + Array("no newline".utf8)
        try bench.write("conf", bytes, mode: 0o4750)
        chown(bench.path("conf"), 2, 3)
        chmod(bench.path("conf"), 0o4750)
        if shell != .busybox { try #require(ExtendedAttributes.set("user.note", [1, 0, 2], on: bench.path("conf"))) }
        let program = try file(bench.path("conf"), .source(path: "x", bytes: [1, 0, 2]))
        try bench.live(program) { () throws in
            #expect(try bench.read("conf") == [1, 0, 2])
            #expect(try bench.snapshot()["conf"]?.hasPrefix("104750 2:3 ") == true)
            #expect(try bench.snapshot()["conf"]?.contains("user.note") == (shell != .busybox))
        }
    }

    @Test("the difference is shown before anything is changed", arguments: TestShell.here)
    func difference(shell: TestShell) throws {
        let bench = try Workbench(shell)
        defer { bench.remove() }
        try bench.write("conf", "one\ntwo\n")
        let program = try file(bench.path("conf"), .text(Lowered.text("one\nthree\n")))
        let report = try bench.predict(program)
        #expect(report.diff?.contains("\n-two\n+three\n") == true)
        #expect(report.diff?.hasPrefix("--- \(bench.path("conf"))\n") == true)
        #expect(report.grade == .exact)
        let sensitive = try Lowered.program(
            of: Lowered.step(
                .file(FileVerb(path: Lowered.text(bench.path("conf")), content: .text(Lowered.text("x")))),
                isSensitive: true))
        #expect(try bench.predict(sensitive).diff == nil)
    }

    @Test("is removed and comes back", arguments: TestShell.here)
    func absent(shell: TestShell) throws {
        let bench = try Workbench(shell)
        defer { bench.remove() }
        try bench.write("-rf", Self.hostile, mode: 0o600)
        try bench.live(try file(bench.path("-rf"), .absent)) { () throws in
            #expect(access(bench.path("-rf"), F_OK) != 0)
        }
    }

    @Test("only owner and mode change where there is no content", arguments: TestShell.here)
    func attributesOnly(shell: TestShell) throws {
        let bench = try Workbench(shell)
        defer { bench.remove() }
        try bench.write("conf", "text")
        try bench.live(try file(bench.path("conf"), .unchanged, owner: "1", mode: "0600")) { () throws in
            #expect(try bench.snapshot()["conf"]?.hasPrefix("100600 1:0 ") == true)
            #expect(try bench.text("conf") == "text")
        }
    }

    @Test("folders on the way are made, and go again", arguments: TestShell.here)
    func folders(shell: TestShell) throws {
        let bench = try Workbench(shell)
        defer { bench.remove() }
        try bench.live(try file(bench.path("a b/c/d/file"), .text(Lowered.text("x")))) { () throws in
            #expect(try bench.snapshot()["a b/c"] == "40755 0:0")
        }
    }

    @Test("a link that is replaced is a link again afterwards", arguments: TestShell.here)
    func symbolicLink(shell: TestShell) throws {
        let bench = try Workbench(shell)
        defer { bench.remove() }
        try bench.write("real", "real")
        symlink("real", bench.path("link"))
        try bench.live(try file(bench.path("link"), .text(Lowered.text("new")))) { () throws in
            #expect(try bench.text("real") == "real")
            #expect(try bench.text("link") == "new")
        }
    }

    @Test("a validate command sees the new file and can refuse it", arguments: TestShell.here)
    func validate(shell: TestShell) throws {
        let bench = try Workbench(shell)
        defer { bench.remove() }
        try bench.write("conf", "old", mode: 0o600)
        let before = try bench.snapshot()
        let refused = try file(
            bench.path("conf"), .text(Lowered.text("bad")),
            validate: "grep -q good \"$FILE\" || { echo it is bad >&2; exit 7; }")
        let result = try bench.run(refused.apply)
        #expect(result.status == 1)
        #expect(result.errors.contains("it is bad"))
        #expect(try bench.snapshot() == before)
        let taken = try file(
            bench.path("conf"), .text(Lowered.text("good")),
            validate: "[ \"$(stat -c %a \"$FILE\")\" = 600 ] && grep -q good \"$FILE\"")
        #expect(try bench.run(taken.apply).status == 0)
        #expect(try bench.text("conf") == "good")
    }

    @Test("another former value than the planned one is left alone", arguments: TestShell.here)
    func drift(shell: TestShell) throws {
        let bench = try Workbench(shell)
        defer { bench.remove() }
        try bench.write("conf", "planned")
        let program = try file(bench.path("conf"), .text(Lowered.text("new")))
        let planned = try bench.predict(program)
        try bench.write("conf", "changed meanwhile")
        let before = try bench.snapshot()
        let result = try bench.run(program.apply, adding: ["RUNBOOK_EXPECT": planned.beforeDigest ?? ""])
        #expect(result.status == StepProgram.driftStatus)
        #expect(try bench.snapshot() == before)
        // And so is a value that someone gave it between the step and its undo.
        let captured = try bench.run(program.capture)
        #expect(try bench.run(program.apply).status == 0)
        try bench.write("conf", "by hand")
        let undone = try bench.run(
            program.undo, input: captured.output, adding: ["RUNBOOK_EXPECT": planned.afterDigest ?? ""])
        #expect(undone.status == StepProgram.driftStatus)
        #expect(try bench.text("conf") == "by hand")
    }

    @Test("damaged captured bytes are not written", arguments: TestShell.here)
    func damaged(shell: TestShell) throws {
        let bench = try Workbench(shell)
        defer { bench.remove() }
        try bench.write("conf", "planned")
        let program = try file(bench.path("conf"), .text(Lowered.text("new")))
        var captured = try bench.run(program.capture).output
        #expect(try bench.run(program.apply).status == 0)
        let after = try bench.snapshot()
        captured[captured.count - 1] ^= 1
        #expect(try bench.run(program.undo, input: captured).status == 1)
        #expect(try bench.run(program.undo, input: []).status == 1)
        #expect(try bench.run(program.undo, input: Array("kind file\nmode $(id)\nbytes\n".utf8)).status == 1)
        #expect(try bench.snapshot() == after)
    }

    @Test("a file too large for the journal is kept on the node", arguments: TestShell.here)
    func large(shell: TestShell) throws {
        let bench = try Workbench(shell)
        defer { bench.remove() }
        try bench.write("big", Workbench.large)
        let program = try file(bench.path("big"), .text(Lowered.text("small")))
        let captured = try bench.run(program.capture)
        #expect(captured.status == 0, "\(captured.errors)")
        #expect(captured.output.count < 1000)
        #expect(try bench.run(program.apply).status == 0)
        let undone = try bench.run(program.undo, input: captured.output)
        #expect(undone.status == 0, "\(undone.errors)")
        let isSame = try bench.read("big") == Workbench.large
        #expect(isSame)
    }

    @Test("a full disk leaves the old file whole", arguments: TestShell.here)
    func fullDisk(shell: TestShell) throws {
        let bench = try Workbench(shell)
        defer { bench.remove() }
        let small = bench.path("small")
        mkdir(small, 0o755)
        try #require(mount("tmpfs", small, "tmpfs", 0, "size=64k") == 0)
        defer { umount2(small, Int32(MNT_DETACH)) }
        try bench.write("small/conf", String(repeating: "o", count: 30_000), mode: 0o640)
        let before = try bench.snapshot()
        let program = try file(small + "/conf", .text(Lowered.text(String(repeating: "n", count: 60_000))))
        let result = try bench.run(program.apply)
        #expect(result.status == 1)
        #expect(result.errors.contains("can't be written"))
        #expect(try bench.snapshot() == before)
    }

    @Test("what can't be a file is refused", arguments: TestShell.here)
    func otherKinds(shell: TestShell) throws {
        let bench = try Workbench(shell)
        defer { bench.remove() }
        mkdir(bench.path("folder"), 0o755)
        mkfifo(bench.path("pipe"), 0o644)
        try bench.write("file", "x")
        for name in ["folder", "pipe", "file/below"] {
            let program = try file(bench.path(name), .text(Lowered.text("x")))
            let report = try bench.predict(program)
            #expect(report.kind == .unknown)
            #expect(report.reason.contains(bench.root))
            #expect(try bench.run(program.apply).status == 1)
        }
    }

    @Test("an unknown owner is told before anything is changed", arguments: TestShell.here)
    func unknownOwner(shell: TestShell) throws {
        let bench = try Workbench(shell)
        defer { bench.remove() }
        let program = try file(bench.path("x"), .text(Lowered.text("x")), owner: "nobody-here")
        let report = try bench.predict(program)
        #expect(report.kind == .unknown)
        #expect(report.reason == "there is no user nobody-here")
        #expect(try bench.run(program.apply).status == 1)
        #expect(access(bench.path("x"), F_OK) != 0)
    }

    @Test("several names of one file lower what the undo is worth", arguments: TestShell.here)
    func hardLinks(shell: TestShell) throws {
        let bench = try Workbench(shell)
        defer { bench.remove() }
        try bench.write("one", "x")
        link(bench.path("one"), bench.path("two"))
        let report = try bench.predict(try file(bench.path("one"), .text(Lowered.text("y"))))
        #expect(report.kind == .change)
        #expect(report.grade == .compensating)
    }
}
