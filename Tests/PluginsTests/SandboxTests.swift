import Foundation
import Glibc
import Testing

@testable import Plugins

/// What a plugin in a sandbox sees and leaves behind. These need bubblewrap.
@Suite struct SandboxTests {
    private func call(
        _ folder: PluginFolder, _ script: String, hidden: [String] = [], timeout: Duration = .seconds(20),
        sandbox: PluginSandbox? = nil
    ) -> PluginCall {
        // In a folder of its own, which it finds read-only.
        let place = folder.path + "/own"
        try? FileManager.default.createDirectory(atPath: place, withIntermediateDirectories: true)
        chmod(place, 0o700)
        let path = folder.script(script)
        try? FileManager.default.moveItem(atPath: path, toPath: place + "/run")
        var call = PluginCall(path: place + "/run", timeout: timeout)
        call.sandbox = sandbox ?? PluginSandbox(.required, hidden: hidden)
        return call
    }

    private func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }

    @Test func whatIsHiddenIsEmptyForItAndTheRestIsThere() async throws {
        let folder = try PluginFolder()
        let state = folder.path + "/state"
        try FileManager.default.createDirectory(atPath: state, withIntermediateDirectories: true)
        for name in ["state/runbook.db", "controller.key", "seen"] {
            try Data("marked \(name)".utf8).write(to: URL(fileURLWithPath: folder.path + "/" + name))
        }
        try FileManager.default.createSymbolicLink(
            atPath: folder.path + "/link", withDestinationPath: folder.path + "/controller.key")
        let script = """
            cd \(folder.path)
            ls state | wc -l; cat state/runbook.db controller.key seen 2>/dev/null; echo
            echo x 2>/dev/null >own/left || echo read-only; echo x >written && echo written
            """
        // A link leads to what is hidden as well.
        let hidden = [state, folder.path + "/link", folder.path + "/none"]
        let answer = text(try await call(folder, script, hidden: hidden)([]))
        #expect(answer == "0\nmarked seen\nread-only\nwritten\n")
        #expect(FileManager.default.fileExists(atPath: state + "/runbook.db"))
    }

    @Test func itsOwnFolderIsThereWhereTheOneAboveIsHidden() async throws {
        let folder = try PluginFolder()
        #expect(text(try await call(folder, "ls \(folder.path)", hidden: [folder.path])([])) == "own\n")
    }

    @Test func nothingThatItStartsOutlivesIt() async throws {
        let folder = try PluginFolder()
        let file = folder.path + "/alive"
        let script =
            "setsid sh -c 'while :; do echo x >>\(file); sleep 0.02; done' </dev/null >/dev/null 2>&1 &\nsleep 0.3"
        _ = try await call(folder, script)([])
        let size = FileManager.default.contents(atPath: file)?.count ?? 0
        #expect(size > 0)
        try await Task.sleep(for: .milliseconds(300))
        #expect(FileManager.default.contents(atPath: file)?.count == size)
    }

    /// Numbers of the processes of a user that are no zombies.
    private func processes(of user: uid_t) -> Int {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        return names.count { name in
            var status = stat()
            guard Int(name) != nil, stat("/proc/" + name, &status) == 0, status.st_uid == user else { return false }
            return (try? String(contentsOfFile: "/proc/\(name)/stat", encoding: .utf8))?.contains(") Z ") == false
        }
    }

    /// As a user without privileges, as the service is.
    /// `./test` runs it alone: others, which wait for seconds only, would not get their turn.
    @Test(.enabled(if: geteuid() == 0, "it takes root to become somebody else"), .timeLimit(.minutes(10)))
    func oneThatMultipliesIsHeldToItsLimitAndEndsWithItsTime() async throws {
        guard case .usable(let bubblewrap) = await Bubblewrap.found.value else {
            Issue.record("bubblewrap can't make a sandbox here")
            return
        }
        let user = uid_t.random(in: 100_000...200_000)
        let folder = try PluginFolder()
        chmod(folder.path, 0o755)
        let bomb = folder.script("trap '' TERM; bomb() { bomb & bomb & wait; }; bomb 2>/dev/null & exec sleep 600")
        let words = bubblewrap.command(bomb, [], hidden: [])
        let quoted = ([words.path] + words.arguments).map { "'\($0)'" }.joined(separator: " ")
        let start = folder.script("exec setpriv --reuid=\(user) --regid=\(user) --clear-groups \(quoted)")
        let call = Task { try await PluginCall(path: start, timeout: .seconds(3))([]) }
        var most = 0
        for _ in 0..<600 {
            let now = processes(of: user)
            if most > 0, now == 0 { break }
            most = max(most, now)
            try await Task.sleep(for: .milliseconds(100))
        }
        let error = await #expect(throws: PluginError.self) { _ = try await call.value }
        #expect(error?.kind == .timedOut(.seconds(3)))
        // Beside those of the sandbox itself.
        #expect((100...Bubblewrap.processLimit + 4).contains(most), "\(most)")
        #expect(processes(of: user) == 0)
    }

    @Test func itSeesNoOtherProcessAndHasNoCapabilities() async throws {
        let folder = try PluginFolder()
        let script = "kill -0 \(getpid()) 2>/dev/null && echo seen; grep -E '^(CapEff|NoNewPrivs)' /proc/self/status"
        #expect(text(try await call(folder, script)([])) == "CapEff:\t0000000000000000\nNoNewPrivs:\t1\n")
    }

    @Test func itHasTimeToEndAfterSIGTERM() async throws {
        for sandbox in [nil, PluginSandbox.none] {
            let folder = try PluginFolder()
            let script = """
                trap 'echo ending; sleep 0.2; echo x >\(folder.path)/ended; exit 0' TERM
                while :; do sleep 0.05; done
                """
            let error = await #expect(throws: PluginError.self) {
                try await call(folder, script, timeout: .seconds(3), sandbox: sandbox)([])
            }
            #expect(error?.kind == .timedOut(.seconds(3)))
            #expect(FileManager.default.fileExists(atPath: folder.path + "/ended"))
        }
    }

    @Test func oneThatNobodyWaitsForIsEndedAndHasTimeForThat() async throws {
        let folder = try PluginFolder()
        let script = """
            trap 'echo ending; sleep 0.2; echo x >\(folder.path)/ended; exit 0' TERM
            echo x >\(folder.path)/begun
            while :; do sleep 0.05; done
            """
        let call = call(folder, script)
        let task = Task { try await call([]) }
        while !FileManager.default.fileExists(atPath: folder.path + "/begun") {
            try await Task.sleep(for: .milliseconds(20))
        }
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
        #expect(FileManager.default.fileExists(atPath: folder.path + "/ended"))
    }

    @Test func howItEndsIsToldAsWithoutOne() async throws {
        let folder = try PluginFolder()
        let failed = await #expect(throws: PluginError.self) {
            try await call(folder, "echo why >&2; exit 4")([])
        }
        #expect(failed?.kind == .failed("exit status 4: why"))
    }
}
