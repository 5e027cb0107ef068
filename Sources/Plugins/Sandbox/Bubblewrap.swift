import Foundation
import Glibc
import Subprocess

/// Sandboxes by bubblewrap (<https://github.com/containers/bubblewrap>), which needs no privileges where the kernel gives
/// user namespaces to all.
struct Bubblewrap: Sendable {
    /// Whether this machine has it, and it works here.
    enum Finding: Sendable {
        case usable(Bubblewrap)
        case unusable(String)
    }

    /// Looked for once.
    static let found = Task { await find() }

    /// Whether the sandbox has a `/proc` of its own. Where parts of `/proc` are covered, as in a hardened unit, the kernel
    /// allows none; the outer one then shows processes whose files the plugin can't open.
    private let hasProc: Bool

    private static func find() async -> Finding {
        var reason = ""
        for hasProc in [true, false] {
            let candidate = Bubblewrap(hasProc: hasProc)
            let probe = candidate.command("/bin/true", [], hidden: [])
            do {
                let result = try await run(
                    .path(.init(probe.path)), arguments: Arguments(probe.arguments), output: .discarded,
                    error: .string(limit: 1 << 16))
                if case .exited(0) = result.terminationStatus { return .usable(candidate) }
                if case .exited(127) = result.terminationStatus { return .unusable("bubblewrap is not installed") }
                reason = PluginText([]).lastLine(of: Array(result.standardError.utf8))
            } catch {
                reason = "\(error)"
            }
        }
        return .unusable("bubblewrap can't make a sandbox here: \(reason)")
    }

    /// The most processes and threads that a plugin may have at one time. The kernel holds root to none.
    static let processLimit = 2048

    /// The command that runs `path` in a sandbox. Its outer process ignores SIGTERM, so that it stays while the plugin,
    /// which does not ignore it, ends by its own time.
    func command(_ path: String, _ arguments: [String], hidden: [String]) -> (path: String, arguments: [String]) {
        var words = ["--ignore-signal=TERM", "bwrap", "--unshare-pid", "--cap-drop", "ALL", "--dev-bind", "/", "/"]
        if hasProc { words += ["--proc", "/proc"] }
        for place in hidden.compactMap(Self.real) {
            words += place.isFolder ? ["--tmpfs", place.path] : ["--ro-bind", "/dev/null", place.path]
        }
        let folder = NSString(string: path).deletingLastPathComponent
        words += ["--ro-bind", folder, folder, "--"]
        words += ["prlimit", "--nproc=\(Self.processLimit)", "env", "--default-signal=TERM", path]
        return ("/usr/bin/env", words + arguments)
    }

    /// The path without links, and whether a folder is there; nil where nothing is.
    private static func real(_ path: String) -> (path: String, isFolder: Bool)? {
        guard let pointer = realpath(path, nil) else { return nil }
        defer { free(pointer) }
        let real = String(cString: pointer)
        var isFolder: ObjCBool = false
        guard real != "/", FileManager.default.fileExists(atPath: real, isDirectory: &isFolder) else { return nil }
        return (real, isFolder.boolValue)
    }
}
