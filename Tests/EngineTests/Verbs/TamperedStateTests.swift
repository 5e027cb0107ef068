import Engine
import Foundation
import Glibc
import Model
import Testing

/// What an undo is given that the journal does not hold: files that were kept in the step's folder on the node.
@Suite("Tampered undo state", .enabled(if: getuid() == 0, "it works as root"))
struct TamperedStateTests {
    /// A file too large for the journal, replaced; then `tamper` is done to what was kept of it.
    private func undone(
        _ shell: TestShell, _ tamper: (Workbench, _ kept: String) throws -> Void,
        _ look: (Workbench, Workbench.Result) throws -> Void
    ) throws {
        let bench = try Workbench(shell)
        defer { bench.remove() }
        try bench.write("big", Workbench.large, mode: 0o640)
        chown(bench.path("big"), 1, 2)
        let program = try Lowered.program(
            .file(FileVerb(path: Lowered.text(bench.path("big")), content: .text(Lowered.text("small")))))
        let captured = try bench.run(program.capture)
        #expect(captured.status == 0 && captured.output.count < 1000, "\(captured.errors)")
        #expect(try bench.run(program.apply).status == 0)
        try tamper(bench, bench.state + "/before")
        try look(bench, try bench.run(program.undo, input: captured.output))
    }

    private func isRefused(
        _ shell: TestShell, because reason: String, _ tamper: (Workbench, _ kept: String) throws -> Void
    ) throws {
        try undone(shell, tamper) { (bench, result) throws in
            #expect(result.status == 1)
            #expect(result.errors.contains(reason), "\(result.errors)")
            // As the step left it: nothing of what was found there got into its place.
            #expect(try bench.text("big") == "small")
            #expect(try bench.snapshot()["big"]?.hasPrefix("100640 1:2 ") == true)
            #expect(try bench.snapshot().keys.sorted() == [".", "big"])
        }
    }

    @Test("other bytes of the same length are refused", arguments: TestShell.here)
    func bytes(shell: TestShell) throws {
        try isRefused(shell, because: "are damaged") { _, kept in
            let handle = try #require(FileHandle(forWritingAtPath: kept))
            try handle.seek(toOffset: 6_500_000)
            try handle.write(contentsOf: Data([0x23]))
            try handle.close()
        }
    }

    @Test("cut or longer, it is refused", arguments: TestShell.here)
    func length(shell: TestShell) throws {
        for length in [0, 12_999_999, 13_000_001] {
            try isRefused(shell, because: "are damaged") { _, kept in truncate(kept, length) }
        }
    }

    @Test("another path is not followed, and what is no file is not read", arguments: TestShell.here)
    func path(shell: TestShell) throws {
        let reason = "was taken away"
        try isRefused(shell, because: reason) { _, kept in unlink(kept) }
        try isRefused(shell, because: reason) { _, kept in
            unlink(kept)
            symlink("/etc/shadow", kept)
        }
        try isRefused(shell, because: reason) { bench, kept in
            rename(kept, bench.state + "/elsewhere")
            symlink("elsewhere", kept)
        }
        try isRefused(shell, because: reason) { _, kept in
            unlink(kept)
            mkdir(kept, 0o700)
        }
        // Whoever opened it would wait for a writer for ever.
        try isRefused(shell, because: reason) { _, kept in
            unlink(kept)
            mkfifo(kept, 0o600)
        }
        try isRefused(shell, because: reason) { _, kept in
            unlink(kept)
            symlink("/dev/zero", kept)
        }
    }

    @Test("owner and mode come from the journal, whatever the kept file has", arguments: TestShell.here)
    func mode(shell: TestShell) throws {
        try undone(shell) { _, kept in
            chown(kept, 4321, 4321)
            chmod(kept, 0o6777)
        } _: { (bench, result) throws in
            #expect(result.status == 0, "\(result.errors)")
            let isSame = try bench.read("big") == Workbench.large
            #expect(isSame)
            #expect(try bench.snapshot()["big"]?.hasPrefix("100640 1:2 ") == true)
        }
    }

    /// Where nothing can print extended attributes, they are kept beside the journal's bytes. With the tools of busybox
    /// they are not kept at all.
    @Test("attributes that were changed are refused", arguments: TestShell.here.filter { $0 != .busybox })
    func attributes(shell: TestShell) throws {
        for isTampered in [false, true] {
            let bench = try Workbench(shell)
            defer { bench.remove() }
            try bench.write("conf", "old", mode: 0o600)
            try #require(ExtendedAttributes.set("user.note", [1, 2], on: bench.path("conf")))
            // All programs but those that print or set attributes.
            let tools = bench.folder + "/tools"
            mkdir(tools, 0o755)
            for folder in ["/usr/bin", "/bin", "/usr/sbin"] {
                for name in try FileManager.default.contentsOfDirectory(atPath: folder)
                where !["getfattr", "setfattr", "getfacl", "setfacl"].contains(name) {
                    symlink("\(folder)/\(name)", "\(tools)/\(name)")
                }
            }
            let path = ["PATH": "\(bench.bin):\(tools)"]
            let program = try Lowered.program(
                .file(FileVerb(path: Lowered.text(bench.path("conf")), content: .text(Lowered.text("new")))))
            let before = try bench.snapshot()
            let captured = try bench.run(program.capture, adding: path)
            #expect(
                captured.status == 0 && captured.text.contains("\nattributes "), "\(captured.text)\(captured.errors)")
            #expect(try bench.run(program.apply, adding: path).status == 0)
            let after = try bench.snapshot()
            if isTampered {
                try #require(ExtendedAttributes.set("user.note", [6, 6, 6], on: bench.state + "/attributes"))
            }
            let undone = try bench.run(program.undo, input: captured.output, adding: path)
            if isTampered {
                #expect(undone.status == 1)
                #expect(undone.errors.contains("were changed or taken away"), "\(undone.errors)")
                #expect(try bench.snapshot() == after)
            } else {
                #expect(undone.status == 0, "\(undone.errors)")
                #expect(try bench.snapshot() == before)
            }
        }
    }
}
