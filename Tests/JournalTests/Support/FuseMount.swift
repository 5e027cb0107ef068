import Foundation
import Glibc
import TestSupport

/// A folder that bindfs(1) shows at another place.
struct FuseMount {
    let source: String
    let place: String

    private static let program = "/usr/bin/bindfs"

    static let isPossible =
        geteuid() == 0 && access(program, X_OK) == 0 && access("/dev/fuse", R_OK | W_OK) == 0

    struct Failure: Error {}

    /// Mounts below `folder`.
    init(in folder: String) throws {
        (source, place) = (folder + "/source", folder + "/mount")
        for path in [source, place] {
            try FileManager.default.createDirectory(
                atPath: path, withIntermediateDirectories: false, attributes: [.posixPermissions: 0o700])
        }
        guard try Self.run(Self.program, ["-n", source, place]) == 0 else { throw Failure() }
    }

    /// Also where something has a file open there.
    func end() { _ = try? Self.run("/usr/bin/umount", ["-l", place]) }

    private static func run(_ tool: String, _ words: [String]) throws -> Int32 {
        let process = SpawnedProcess()
        process.executableURL = URL(fileURLWithPath: tool)
        process.arguments = words
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        return process.terminationStatus
    }
}
