import Foundation
import Testing

@testable import Plugins

/// Plugins are programs of other people: only safe files are run, and none can hold the controller up.
@Suite struct PluginCallTests {
    @Test func oneGetsItsInputAndNoVariableOfTheControllers() async throws {
        let folder = try PluginFolder()
        setenv("RUNBOOK_TEST_SECRET", "marked", 1)
        let answer = try await PluginCall(path: folder.script("cat; env"), arguments: ["--list"])(Array("in\n".utf8))
        let text = String(decoding: answer, as: UTF8.self)
        #expect(text.hasPrefix("in\n"))
        #expect(text.contains("PATH="))
        #expect(!text.contains("marked"))
    }

    @Test func oneThatOthersCanWriteIsNotRun() async throws {
        let folder = try PluginFolder()
        for (path, part) in [
            (folder.script("echo x", mode: 0o777), "can be written by other users"),
            (folder.script("echo x", mode: 0o644), "can't be executed"), (folder.path + "/none", "no plugin"),
        ] {
            let error = await #expect(throws: PluginError.self) { try await PluginCall(path: path)([]) }
            #expect(error?.description.contains(part) == true)
        }
        let inOpenFolder = folder.script("echo x")
        chmod(folder.path, 0o777)
        let error = await #expect(throws: PluginError.self) { try await PluginCall(path: inOpenFolder)([]) }
        #expect(error?.description.contains(folder.path) == true)
    }

    @Test func oneThatFailsHangsOrFloodsEndsWithItsReason() async throws {
        let folder = try PluginFolder()
        let failed = await #expect(throws: PluginError.self) {
            try await PluginCall(path: folder.script("echo first >&2; echo why >&2; exit 4"))([])
        }
        #expect(failed?.description.hasSuffix("why") == true)
        let hung = await #expect(throws: PluginError.self) {
            try await PluginCall(path: folder.script("exec sleep 600"), timeout: .milliseconds(300))([])
        }
        #expect(hung?.kind == .timedOut(.milliseconds(300)))
        await #expect(throws: PluginError.self) {
            try await PluginCall(path: folder.script("exec head -c 80000000 /dev/zero"))([])
        }
    }
}
