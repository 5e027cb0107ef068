import Foundation
import Model

/// What follows a frame's line: variables, secrets, script and input, each with its length, then the closing line.
///
/// All of it is data to the node's shell: text as lines, anything with a NUL in base64.
struct FrameBody {
    /// Number of variables, number of secrets, whether there is input.
    let counts: [String]
    /// SHA-256 of the script in hexadecimal.
    let digest: String
    let bytes: [UInt8]

    init(_ invocation: Invocation, token: String) throws(FrameRefusal) {
        let script = Array(invocation.script.utf8)
        guard !script.contains(0) else { throw FrameRefusal("the script holds a NUL byte, which no shell can take") }
        var bytes: [UInt8] = []
        for (name, value) in invocation.environment.sorted(by: { $0.key < $1.key }) {
            guard Self.isVariable(name) else { throw FrameRefusal("'\(name)' can't be the name of a variable") }
            guard !value.utf8.contains(0) else { throw FrameRefusal("the variable '\(name)' holds a NUL byte") }
            bytes += Self.blob(name, Array(value.utf8))
        }
        for (name, secret) in invocation.secrets.sorted(by: { $0.key < $1.key }) {
            guard Self.isVariable(name) else { throw FrameRefusal("'\(name)' can't be the name of a secret") }
            bytes += Self.blob(name, secret.exposed)
        }
        bytes += Self.blob("script", script)
        if let input = invocation.input { bytes += Self.blob("input", input) }
        counts = [
            String(invocation.environment.count), String(invocation.secrets.count), invocation.input == nil ? "0" : "1",
        ]
        digest = SupervisorScript.digest(script)
        self.bytes = bytes + Array("RB2 \(token) .\n".utf8)
    }

    private static func blob(_ name: String, _ content: [UInt8]) -> [UInt8] {
        var content = content
        var encoding = "t"
        if content.contains(0) {
            encoding = "b"
            content = Array(
                Data(content).base64EncodedString(options: [.lineLength76Characters, .endLineWithLineFeed]).utf8)
        }
        let lines = content.count { $0 == UInt8(ascii: "\n") } + 1
        content.append(UInt8(ascii: "\n"))
        return Array("\(name) \(encoding) \(lines) \(content.count)\n".utf8) + content
    }

    /// Names that shells keep for themselves or that change how a script is read; the supervisor's own; and `IFS`.
    private static let reserved: Set<String> = [
        "BASHOPTS", "BASH_ENV", "ENV", "EUID", "IFS", "LINENO", "OPTIND", "PPID", "PS4", "RUNBOOK_INVOCATION",
        "RUNBOOK_STATE", "SHELLOPTS", "UID", "_",
    ]

    private static func isVariable(_ name: String) -> Bool {
        guard let first = name.utf8.first, !(48...57).contains(first), !reserved.contains(name), !name.hasPrefix("_rb_")
        else { return false }
        return name.utf8.allSatisfy {
            $0 == UInt8(ascii: "_") || (48...57).contains($0) || (65...90).contains($0) || (97...122).contains($0)
        }
    }
}
