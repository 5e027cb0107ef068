import Foundation
import TestSupport

/// A terminal on which a program is used, and all that it gets.
enum PseudoTerminal {
    /// The bytes that the terminal gets until the program has ended.
    static func record(
        _ words: [String], environment: [String: String], in folder: TemporaryFolder
    ) throws -> [UInt8] {
        let record = folder.path("terminal-\(UInt64.random(in: 0 ... .max))")
        _ = FileManager.default.createFile(atPath: record, contents: nil)
        let process = SpawnedProcess()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["python3", "-c", "import pty, sys; pty.spawn(sys.argv[1:])"] + words
        process.environment = environment
        process.currentDirectoryURL = URL(fileURLWithPath: folder.root)
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = FileHandle(forWritingAtPath: record)
        process.standardError = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        return [UInt8](FileManager.default.contents(atPath: record) ?? Data())
    }
}
