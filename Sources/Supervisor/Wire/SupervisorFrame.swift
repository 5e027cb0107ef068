import Foundation
import Model

/// What the controller sends to the supervisor. Pure: a value in, bytes out.
struct SupervisorFrame {
    let bytes: [UInt8]

    private init(_ line: String) { bytes = Array((line + "\n").utf8) }

    private init(_ line: String, _ payload: [UInt8]) { bytes = Array((line + "\n").utf8) + payload }

    /// Runs a script; `nonce` ends the payload's parts and must be unguessable.
    static func invoke(_ invocation: Invocation, from offsets: OutputOffsets, nonce: String) throws -> SupervisorFrame {
        let payload = try Payload(invocation, nonce: nonce)
        let id = invocation.id
        let common =
            "\(nonce) \(payload.digest) \(Self.seconds(invocation.timeout)) \(Self.seconds(invocation.grace)) "
            + "\(invocation.outputLimit) \(invocation.shell.rawValue)"
        switch invocation.mode {
        case .plain:
            return SupervisorFrame(
                "RUN \(id) \(common) \(invocation.readOnlySandbox ? "yes" : "no") \(Self.state(of: invocation.stateOwner ?? id))",
                payload.bytes)
        case .guarded:
            return SupervisorFrame(
                "STEP \(id) \(common) \(invocation.once ? "yes" : "no") \(Self.state(of: invocation.stateOwner ?? id)) "
                    + "\(offsets.standardOutput) \(offsets.standardError)", payload.bytes)
        }
    }

    static func attach(_ id: InvocationID, scriptDigest: String, limit: Int, from offsets: OutputOffsets)
        -> SupervisorFrame
    {
        SupervisorFrame("ATTACH \(id) \(scriptDigest) \(limit) \(offsets.standardOutput) \(offsets.standardError)")
    }

    static func arm(_ undo: Invocation, after delay: Duration, nonce: String) throws -> SupervisorFrame {
        let payload = try Payload(undo, nonce: nonce)
        return SupervisorFrame(
            "ARM \(undo.id) \(nonce) \(payload.digest) \(seconds(delay)) \(undo.shell.rawValue) \(state(of: undo.stateOwner ?? undo.id))",
            payload.bytes)
    }

    static func stop(_ id: InvocationID) -> SupervisorFrame { SupervisorFrame("STOP \(id)") }
    static func acknowledge(_ id: InvocationID) -> SupervisorFrame { SupervisorFrame("ACK \(id)") }
    static func disarm(_ id: InvocationID) -> SupervisorFrame { SupervisorFrame("DISARM \(id)") }
    static func lease(_ run: RunID, fence: Int) -> SupervisorFrame { SupervisorFrame("LEASE \(run) \(fence)") }
    static func release(_ run: RunID) -> SupervisorFrame { SupervisorFrame("RELEASE \(run)") }
    static let bye = SupervisorFrame("BYE")

    /// The step's state folder, the same for all of its attempts and its undo.
    private static func state(of id: InvocationID) -> String { "\(id.run).\(id.target).\(id.step)" }

    /// Whole seconds, at least one.
    private static func seconds(_ duration: Duration) -> Int { max(1, (duration.wholeMilliseconds + 999) / 1000) }
}

/// A script with its values, as lines.
private struct Payload {
    let bytes: [UInt8]
    let digest: String

    init(_ invocation: Invocation, nonce: String) throws {
        var script = Array(invocation.script.utf8)
        if script.last != UInt8(ascii: "\n") { script.append(UInt8(ascii: "\n")) }
        guard !script.contains(0) else {
            throw SessionError(.unusable, "The script of this step holds a NUL byte, which no shell can take.")
        }
        digest = SupervisorScript.digest(script)
        let end = Array((nonce + "\n").utf8)
        var bytes = script + end
        for (name, value) in invocation.environment.sorted(by: { $0.key < $1.key }) {
            guard Self.isName(name), !value.utf8.contains(0) else {
                throw SessionError(.unusable, "The variable '\(name)' can't be given to a script.")
            }
            bytes += Array("export \(name)=\(SupervisorScript.quoted(value))\n".utf8)
        }
        bytes += end
        for (name, secret) in invocation.secrets.sorted(by: { $0.key < $1.key }) {
            guard Self.isName(name) else {
                throw SessionError(.unusable, "The secret '\(name)' can't be given to a script.")
            }
            bytes += Array("\(name) \(Data(secret.exposed).base64EncodedString())\n".utf8)
        }
        bytes += end
        if let input = invocation.input, !input.isEmpty {
            bytes += Array(
                Data(input).base64EncodedString(options: [.lineLength76Characters, .endLineWithLineFeed]).utf8)
            bytes.append(UInt8(ascii: "\n"))
        }
        self.bytes = bytes + end
    }

    private static func isName(_ text: String) -> Bool {
        guard let first = text.utf8.first, first == UInt8(ascii: "_") || Self.isLetter(first) else { return false }
        return text.utf8.allSatisfy { $0 == UInt8(ascii: "_") || Self.isLetter($0) || (48...57).contains($0) }
    }

    private static func isLetter(_ byte: UInt8) -> Bool { (65...90).contains(byte) || (97...122).contains(byte) }
}
