import Foundation
import Model
import TestSupport

@testable import Plugins

/// A folder of a test's own that plugins are written into.
final class PluginFolder: Sendable {
    let path = "/tmp/runbook-plugins-\(UInt64.random(in: 0 ... .max))"

    init() throws {
        try FileManager.default.createDirectory(
            atPath: path, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    /// An executable with this shell script.
    func script(_ text: String, mode: Int = 0o755) -> String {
        let file = "\(path)/plugin-\(UInt64.random(in: 0 ... .max))"
        write(file, "#!/bin/sh\n\(text)\n", mode)
        return file
    }

    /// A plugin whose executable is this Python program: `request` is what it is asked, and `answer(…)` answers.
    func plugin(
        _ body: String, kind: PluginManifest.Kind = .notify, timeout: Duration = .seconds(10),
        settings: [String: PluginManifest.Setting] = [:], sandbox: PluginSandbox = PluginSandbox(.required)
    ) throws -> Plugin {
        let folder = "\(path)/sample-\(UInt64.random(in: 0 ... .max))"
        try FileManager.default.createDirectory(
            atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        let start = """
            #!/usr/bin/env python3
            import json, os, subprocess, sys, time
            def answer(**members): print(json.dumps(members))
            try: request = json.loads(sys.stdin.buffer.read())
            except ValueError: answer(error="no JSON"); sys.exit(0)
            operation = request.get("operation")
            settings = request.get("settings", {})
            if operation == "describe": answer(protocol=1, name="sample", kind="\(kind.rawValue)"); sys.exit(0)

            """
        write(folder + "/run", start + body + "\n", 0o755)
        return Plugin(
            folder: folder,
            manifest: PluginManifest(
                name: "sample", kind: kind, summary: "A sample.", executable: "run", timeout: timeout,
                settings: settings),
            sandbox: sandbox)
    }

    /// Written by another process: a file that this one has open while a thread starts a process can't be run.
    private func write(_ file: String, _ text: String, _ mode: Int) {
        let process = SpawnedProcess()
        process.executableURL = URL(fileURLWithPath: "/bin/sh")
        process.arguments = [
            "-c", "printf '%s' \"$1\" >\"$0\" && chmod \"$2\" \"$0\"", file, text, String(mode, radix: 8),
        ]
        try? process.run()
        process.waitUntilExit()
    }
}
