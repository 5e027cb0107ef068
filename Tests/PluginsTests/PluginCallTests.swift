import Foundation
import Testing

@testable import Plugins

/// Plugins are programs of other people: only safe files are run, and none can hold the controller up.
@Suite struct PluginCallTests {
    private final class Folder: Sendable {
        let path = "/tmp/runbook-plugins-\(UInt64.random(in: 0 ... .max))"

        init() throws {
            try FileManager.default.createDirectory(
                atPath: path, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        }

        deinit { try? FileManager.default.removeItem(atPath: path) }

        func plugin(_ script: String, mode: Int = 0o755) -> String {
            let file = "\(path)/plugin-\(UInt64.random(in: 0 ... .max))"
            // Written by another process: a file that this one has open while a thread starts a process can't be run.
            let process = Process()
            process.executableURL = URL(fileURLWithPath: "/bin/sh")
            process.arguments = [
                "-c", "printf '#!/bin/sh\\n%s\\n' \"$1\" >\"$0\" && chmod \"$2\" \"$0\"", file, script,
                String(mode, radix: 8),
            ]
            try? process.run()
            process.waitUntilExit()
            return file
        }
    }

    @Test func oneGetsItsInputAndNoVariableOfTheControllers() async throws {
        let folder = try Folder()
        setenv("RUNBOOK_TEST_SECRET", "marked", 1)
        let answer = try await PluginCall(path: folder.plugin("cat; env"), arguments: ["--list"])(Array("in\n".utf8))
        let text = String(decoding: answer, as: UTF8.self)
        #expect(text.hasPrefix("in\n"))
        #expect(text.contains("PATH="))
        #expect(!text.contains("marked"))
    }

    @Test func oneThatOthersCanWriteIsNotRun() async throws {
        let folder = try Folder()
        for (path, part) in [
            (folder.plugin("echo x", mode: 0o777), "can be written by other users"),
            (folder.plugin("echo x", mode: 0o644), "can't be executed"), (folder.path + "/none", "no plugin"),
        ] {
            let error = await #expect(throws: PluginError.self) { try await PluginCall(path: path)([]) }
            #expect(error?.description.contains(part) == true)
        }
        let inOpenFolder = folder.plugin("echo x")
        chmod(folder.path, 0o777)
        let error = await #expect(throws: PluginError.self) { try await PluginCall(path: inOpenFolder)([]) }
        #expect(error?.description.contains(folder.path) == true)
    }

    @Test func oneThatFailsHangsOrFloodsEndsWithItsReason() async throws {
        let folder = try Folder()
        let failed = await #expect(throws: PluginError.self) {
            try await PluginCall(path: folder.plugin("echo first >&2; echo why >&2; exit 4"))([])
        }
        #expect(failed?.description.hasSuffix("why") == true)
        let hung = await #expect(throws: PluginError.self) {
            try await PluginCall(path: folder.plugin("exec sleep 600"), timeout: .milliseconds(300))([])
        }
        #expect(hung?.kind == .timedOut(.milliseconds(300)))
        await #expect(throws: PluginError.self) {
            try await PluginCall(path: folder.plugin("exec head -c 80000000 /dev/zero"))([])
        }
    }
}
