import Foundation
import TestSupport

/// The built program and the most memory that it has. Who starts it is small: a process begins with its parent's peak.
final class MeasuredProgram {
    struct Ending {
        var status: Int
        var error: String
        /// In bytes.
        var peak: Int
    }

    private static let script = """
        import resource, subprocess, sys
        status = subprocess.call(sys.argv[2:])
        peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
        with open(sys.argv[1], 'w') as file: file.write(f'{status} {peak}')
        """

    /// The file that has its standard output.
    let output: String
    private let error: String
    private let usage: String
    private let process = SpawnedProcess()

    /// Starts it.
    init(_ words: [String], environment: [String: String], in folder: TemporaryFolder) throws {
        let name = folder.path("program-\(UInt64.random(in: 0 ... .max))")
        output = name + ".out"
        error = name + ".err"
        usage = name + ".usage"
        for file in [output, error] { _ = FileManager.default.createFile(atPath: file, contents: nil) }
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["python3", "-c", Self.script, usage, ApprovalSite.binary] + words
        process.environment = environment
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = FileHandle(forWritingAtPath: output)
        process.standardError = FileHandle(forWritingAtPath: error)
        try process.run()
    }

    var isRunning: Bool { process.isRunning }

    /// Waits for its end.
    func ending() throws -> Ending {
        process.waitUntilExit()
        let numbers = try String(contentsOfFile: usage, encoding: .utf8).split(separator: " ").compactMap { Int($0) }
        guard numbers.count == 2 else { throw POSIXError(.EIO) }
        return Ending(
            status: numbers[0], error: try String(contentsOfFile: error, encoding: .utf8), peak: numbers[1] << 10)
    }
}
