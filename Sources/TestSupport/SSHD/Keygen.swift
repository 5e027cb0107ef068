import Foundation

/// ssh-keygen(1).
package enum Keygen {
    /// The tool failed.
    package struct Failure: Error {
        /// What it printed.
        package let output: String
    }

    /// Makes a key pair. Few rounds of key derivation, so that tests are quick.
    package static func generate(
        type: String, bits: Int? = nil, at path: String, passphrase: String = "", rounds: Int = 2, extra: [String] = []
    ) throws {
        var arguments = ["-q", "-t", type, "-N", passphrase, "-f", path, "-C", "test"]
        if let bits { arguments += ["-b", String(bits)] }
        if !passphrase.isEmpty, !extra.contains("-m") { arguments += ["-a", String(rounds)] }
        try run(arguments + extra)
    }

    @discardableResult
    /// Runs ssh-keygen, or another tool, and returns what it printed.
    /// - Throws: `Failure` if its exit code is not 0.
    package static func run(_ arguments: [String], tool: String = "/usr/bin/ssh-keygen") throws -> String {
        let process = SpawnedProcess()
        process.executableURL = URL(fileURLWithPath: tool)
        process.arguments = arguments
        let pipe = Pipe()
        process.standardOutput = pipe
        process.standardError = pipe
        process.standardInput = FileHandle.nullDevice
        try process.run()
        let output = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { throw Failure(output: output) }
        return output
    }
}
