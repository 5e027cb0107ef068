import Foundation
import Glibc
import TestSupport
import Testing

/// A mount namespace of one's own, whose /etc is a copy: users, passwords and mounts can change in it without anybody
/// else's seeing it. It ends with this value.
final class PrivateSystem {
    private let process: SpawnedProcess
    let bench: Workbench
    var etc: String { bench.folder + "/etc" }

    /// Users are lines of passwd; each has a home folder beneath the bench's root.
    init(_ shell: TestShell, users: [String] = []) throws {
        var bench = try Workbench(shell)
        let etc = bench.folder + "/etc"
        try Workbench.execute("/bin/cp", ["-a", "/etc", etc], environment: [:], input: [])
        process = SpawnedProcess()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/unshare")
        process.arguments = [
            "--mount", "--propagation", "private", "/bin/sh", "-c",
            "mount --bind \"$1\" /etc && echo ready && exec sleep 86400", "sh", etc,
        ]
        let pipe = Pipe()
        process.standardOutput = pipe
        process.standardInput = FileHandle.nullDevice
        try process.run()
        try #require(pipe.fileHandleForReading.availableData == Data("ready\n".utf8))
        bench.enter = ["/usr/bin/nsenter", "--mount", "--target", "\(process.processIdentifier)", "--"]
        self.bench = bench
        for user in users {
            let fields = user.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
            try append("passwd", user)
            try append("group", "\(fields[0]):x:\(fields[3]):")
            try append("shadow", "\(fields[0]):$y$j9T$abc$defghijk:19000:0:99999:7:::")
        }
    }

    func end() {
        kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
        bench.remove()
    }

    func append(_ file: String, _ line: String) throws {
        let handle = try #require(FileHandle(forWritingAtPath: etc + "/" + file))
        try handle.seekToEnd()
        try handle.write(contentsOf: Data((line + "\n").utf8))
        try handle.close()
    }

    /// Runs a command inside.
    @discardableResult
    func inside(_ command: String...) throws -> Workbench.Result {
        let all = bench.enter + command
        return try Workbench.execute(
            all[0], Array(all.dropFirst()), environment: ["PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C"],
            input: [])
    }
}
