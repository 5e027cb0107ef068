import Engine
import Foundation
import Glibc
import Model
import Testing

@Suite("edit", .enabled(if: getuid() == 0, "it works as root"))
struct EditStepTests {
    func edit(
        _ bench: Workbench, _ change: EditVerb.Change, isAbsent: Bool = false, validate: String? = nil
    ) throws -> StepProgram {
        try Lowered.program(
            .edit(
                EditVerb(
                    path: Lowered.text(bench.path("conf")), change: change, isAbsent: isAbsent, validate: validate)))
    }

    func set(_ key: String, _ value: String, _ separator: String = "=") -> EditVerb.Change {
        EditCase.set(key, value, separator)
    }

    @Test("changes what it should and nothing else", arguments: TestShell.here, EditCase.all)
    func change(shell: TestShell, edit: EditCase) throws {
        let bench = try Workbench(shell)
        defer { bench.remove() }
        // The replacement character stands for a byte that is no text.
        func bytes(_ text: String) -> [UInt8] {
            Array(text.utf8).split(separator: Array("\u{FFFD}".utf8), omittingEmptySubsequences: false).joined(
                separator: [0xFE]).map(\.self)
        }
        try bench.write("conf", bytes(edit.before), mode: 0o640)
        chown(bench.path("conf"), 3, 4)
        let program = try self.edit(bench, edit.change, isAbsent: edit.isAbsent)
        guard let after = edit.after else {
            #expect(try bench.predict(program).kind == .noChange)
            let before = try bench.snapshot()
            #expect(try bench.run(program.apply).status == 0)
            #expect(try bench.snapshot() == before)
            return
        }
        try bench.live(program) { () throws in
            #expect(try bench.read("conf") == bytes(after))
            #expect(try bench.snapshot()["conf"]?.hasPrefix("100640 3:4 ") == true)
        }
    }

    @Test("a file that is not there is made, and goes again", arguments: TestShell.here)
    func missing(shell: TestShell) throws {
        let bench = try Workbench(shell)
        defer { bench.remove() }
        try bench.live(try edit(bench, set("b", "9")))
        #expect(try bench.predict(try edit(bench, set("b", ""), isAbsent: true)).kind == .noChange)
    }

    @Test("what a killed one has left goes, what others work on stays", arguments: TestShell.here)
    func leftovers(shell: TestShell) throws {
        let bench = try Workbench(shell)
        defer { bench.remove() }
        var name = utsname()
        uname(&name)
        let host = withUnsafeBytes(of: &name.nodename) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
        let others = [".runbook-elsewhere.1.abcdefgh~", ".runbook-\(host).\(getpid()).abcdefgh~"]
        let own = ".runbook-\(host).4194305.abcdefgh~"
        for file in others + [own] { try bench.write(file, "half") }
        #expect(try bench.run(try edit(bench, set("b", "9")).apply).status == 0)
        for file in others { #expect(try bench.read(file) == Array("half".utf8)) }
        #expect(!FileManager.default.fileExists(atPath: bench.path(own)))
    }

    @Test("the difference shows only the line", arguments: TestShell.here)
    func difference(shell: TestShell) throws {
        let bench = try Workbench(shell)
        defer { bench.remove() }
        try bench.write("conf", "a=1\nb=2\nc=3\n")
        #expect(try bench.predict(try edit(bench, set("b", "9"))).diff?.contains(" a=1\n-b=2\n+b=9\n c=3\n") == true)
    }

    @Test("a link leads to the file that is edited", arguments: TestShell.here)
    func linked(shell: TestShell) throws {
        let bench = try Workbench(shell)
        defer { bench.remove() }
        try bench.write("real", "b=1\n", mode: 0o600)
        symlink("real", bench.path("conf"))
        try bench.live(try edit(bench, set("b", "9"))) { () throws in
            #expect(try bench.text("real") == "b=9\n")
        }
    }

    @Test("what is not understood is left alone", arguments: TestShell.here)
    func refused(shell: TestShell) throws {
        let bench = try Workbench(shell)
        defer { bench.remove() }
        for (text, change) in [
            ("a\0b=1\n", set("b", "9")), ("# BEGIN runbook\n", EditCase.block("x")),
            ("# END runbook\n# BEGIN runbook\n", EditCase.block("x")),
            ("# BEGIN runbook\n# END runbook\n# BEGIN runbook\n# END runbook\n", EditCase.block("x")),
            ("x\n", EditCase.line("(", "y")),
        ] {
            try bench.write("conf", text)
            let before = try bench.snapshot()
            let program = try edit(bench, change)
            #expect(try bench.predict(program).kind == .unknown, "\(text)")
            #expect(try bench.run(program.apply).status == 1)
            #expect(try bench.snapshot() == before)
        }
    }

    @Test("a validate command can refuse it", arguments: TestShell.here)
    func validate(shell: TestShell) throws {
        let bench = try Workbench(shell)
        defer { bench.remove() }
        try bench.write("conf", "b=1\n")
        #expect(try bench.run(try edit(bench, set("b", "9"), validate: "! grep -q b=9 \"$FILE\"").apply).status == 1)
        #expect(try bench.text("conf") == "b=1\n")
    }

    @Test("control characters, empty keys and odd separators are refused before anything is sent")
    func values() throws {
        func error(_ change: EditVerb.Change) -> LoweringError? {
            Lowered.error(of: .edit(EditVerb(path: Lowered.text("/etc/x"), change: change)))
        }
        for value in ["a\nb", "a\rb", "a\u{1B}b"] {
            #expect(error(set("k", value))?.key == "edit.value")
            #expect(error(EditCase.line("", value))?.key == "edit.line")
            #expect(error(set(value, "v"))?.key == "edit.key")
        }
        #expect(error(set("", "v"))?.key == "edit.key")
        #expect(error(set("#k", "v"))?.key == "edit.key")
        #expect(error(set("k", "v", "\n"))?.key == "edit.separator")
        #expect(error(EditCase.block("a\n# END runbook\n"))?.key == "edit.block")
        #expect(error(EditCase.block("a", "x\ny"))?.key == "edit.marker")
    }
}
