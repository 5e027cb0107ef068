import Foundation
import Glibc

/// The same command once more, in a session of its own, without `--detach` and without a terminal.
struct DetachedRun {
    let arguments: [String]

    /// Starts it and returns its process id.
    func start() throws -> Int32 {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/setsid")
        let own = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? arguments[0]
        process.arguments = [own] + arguments.dropFirst().filter { $0 != "--detach" } + ["-q"]
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        try process.run()
        return process.processIdentifier
    }
}
