import Foundation
import Model

/// What the controller sends to the supervisor. Pure: a value in, bytes out.
struct SupervisorFrame: Sendable {
    /// What the answer carries; no script ever sees it.
    let token: String
    /// What may answer it; nil where nothing does.
    let expectation: SupervisorEventParser.Expectation?
    /// The script that it is about, where it is one that runs.
    let subject: InvocationID?
    /// How long the node may work on it.
    let allowance: Duration
    let bytes: [UInt8]

    /// For what is not a script's run. Disarming waits up to five minutes for an undo that has fired.
    private static let usualAllowance = Duration.seconds(600)

    private init(
        _ token: String, _ line: String, _ expectation: SupervisorEventParser.Expectation?, _ body: [UInt8] = [],
        of subject: InvocationID? = nil, allowance: Duration = usualAllowance
    ) {
        self.token = token
        self.expectation = expectation
        self.subject = subject
        self.allowance = allowance
        bytes = Array("RB2 \(token) \(line)\n".utf8) + body
    }

    /// Runs a script, or takes up a guarded one. `fence` is that of the run's lease, 0 without one.
    static func invoke(
        _ invocation: Invocation, from offsets: OutputOffsets, fence: Int, token: String
    ) throws(FrameRefusal) -> SupervisorFrame {
        let body = try FrameBody(invocation, token: token)
        switch invocation.mode {
        case .plain:
            let after = invocation.after.map(\.description).joined(separator: ",")
            let words =
                common(invocation) + [invocation.readOnlySandbox ? "1" : "0"] + body.counts
                + [invocation.probe ?? "-", after.isEmpty ? "-" : after]
            return SupervisorFrame(
                token, "RUN " + words.joined(separator: " "), .script(.start), body.bytes, of: invocation.id,
                allowance: invocation.timeout + invocation.grace)
        case .guarded:
            return SupervisorFrame(
                token, "STEP " + guarded(invocation, body, fence, offsets).joined(separator: " "), .script(offsets),
                body.bytes, of: invocation.id, allowance: invocation.timeout + invocation.grace)
        }
    }

    /// Keeps a guarded script on the node that starts by itself after `delay`.
    static func arm(
        _ undo: Invocation, after delay: Duration, fence: Int, token: String
    ) throws(FrameRefusal) -> SupervisorFrame {
        guard undo.secrets.isEmpty else {
            throw FrameRefusal(
                "an undo that the node carries out by itself can't have secrets: they would not outlive a reboot")
        }
        let body = try FrameBody(undo, token: token)
        let words = guarded(undo, body, fence, .start) + [String(seconds(delay))]
        return SupervisorFrame(token, "ARM " + words.joined(separator: " "), .answer, body.bytes)
    }

    static func attach(
        _ id: InvocationID, scriptDigest: String, timeout: Duration, from offsets: OutputOffsets, token: String
    ) -> SupervisorFrame {
        SupervisorFrame(
            token, "ATTACH \(id) \(scriptDigest) \(offsets.standardOutput) \(offsets.standardError)", .script(offsets),
            of: id, allowance: timeout)
    }

    /// Ends a script. A guarded one that the node has not seen yet never starts there.
    static func stop(_ id: InvocationID, _ mode: Invocation.Mode, token: String) -> SupervisorFrame {
        SupervisorFrame(token, "STOP \(id)" + (mode == .plain ? " plain" : ""), nil, of: id)
    }

    static func acknowledge(_ id: InvocationID, token: String) -> SupervisorFrame {
        SupervisorFrame(token, "ACK \(id)", .answer)
    }

    static func disarm(_ id: InvocationID, token: String) -> SupervisorFrame {
        SupervisorFrame(token, "DISARM \(id)", .answer)
    }

    static func lease(_ run: RunID, fence: Int, token: String) -> SupervisorFrame {
        SupervisorFrame(token, "LEASE \(run) \(fence)", .answer)
    }

    static func release(_ run: RunID, token: String) -> SupervisorFrame {
        SupervisorFrame(token, "RELEASE \(run)", .answer)
    }

    /// A file of a step's state folder; its name has been checked.
    static func fetch(_ file: String, of id: InvocationID, token: String) -> SupervisorFrame {
        SupervisorFrame(token, "FETCH \(state(of: id)) \(file)", .script(.start))
    }

    static func ping(token: String) -> SupervisorFrame { SupervisorFrame(token, "PING", .answer) }

    static func bye(token: String) -> SupervisorFrame { SupervisorFrame(token, "BYE", nil) }

    /// id, timeout, grace, limit, shell, state folder.
    private static func common(_ invocation: Invocation) -> [String] {
        let owner = invocation.stateOwner ?? (invocation.mode == .guarded ? invocation.id : nil)
        return [
            invocation.id.description, String(max(1, seconds(invocation.timeout))), String(seconds(invocation.grace)),
            String(max(0, invocation.outputLimit)), invocation.shell.rawValue, owner.map(state) ?? "-",
        ]
    }

    private static func guarded(
        _ invocation: Invocation, _ body: FrameBody, _ fence: Int, _ offsets: OutputOffsets
    ) -> [String] {
        var invocation = invocation
        invocation.mode = .guarded
        return common(invocation) + [invocation.once ? "1" : "0"] + body.counts
            + [body.digest, String(fence), String(offsets.standardOutput), String(offsets.standardError)]
    }

    /// The step's state folder, the same for all of its attempts.
    private static func state(of id: InvocationID) -> String { "\(id.run).\(id.target).\(id.step)" }

    /// Whole seconds, rounded up.
    private static func seconds(_ duration: Duration) -> Int { max(0, (duration.wholeMilliseconds + 999) / 1000) }
}

/// Why an invocation can't be sent.
struct FrameRefusal: Error, Sendable, Hashable {
    /// For a person; never holds a value.
    let reason: String

    init(_ reason: String) { self.reason = reason }
}
