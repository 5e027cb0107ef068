/// One script to run on a node, with everything it needs. Values travel as data, never inside the script's text.
package struct Invocation: Sendable {
    /// How the script is kept on the node.
    package enum Mode: Sendable, Hashable {
        /// Read-only work: dies with the connection, leaves nothing behind.
        case plain
        /// Changes the node: claimed at most once, outlives the connection, journalled on the node.
        case guarded
    }

    /// What runs the script.
    package enum Shell: String, Sendable, Hashable, Codable, CaseIterable {
        case sh, bash, python3
    }

    /// Which attempt of which step this is.
    package var id: InvocationID
    /// Plain or guarded.
    package var mode: Mode
    /// The script's text.
    package var script: String
    /// What runs it.
    package var shell: Shell
    /// Environment variables by name.
    package var environment: [String: String]
    /// Secrets by variable name; the script finds each in the 0600 file named by `$NAME_file`.
    package var secrets: [String: SecretBytes]
    /// What the script reads on standard input; empty input when nil.
    package var input: [UInt8]?
    /// Whether it runs as the user that the inventory's `become` names, or as the login user.
    package var become: Bool
    /// After this long the whole process group gets TERM, then KILL after `grace`.
    package var timeout: Duration
    /// From TERM to KILL.
    package var grace: Duration
    /// Output beyond this many bytes, of both streams together, stops the script.
    package var outputLimit: Int
    /// Whether the file system is made read-only for it where the node's systemd can do that.
    package var readOnlySandbox: Bool
    /// Whether the claim is synced to disk before the script starts, so that a power loss cannot lead to a second start.
    package var once: Bool
    /// The invocation whose state folder (`$RUNBOOK_STATE`) it works in, as an undo does in its step's; nil: its own.
    package var stateOwner: InvocationID?
    /// Earlier plain scripts whose end nobody has heard: while one of them is alive on the node, this plain one is not
    /// started.
    package var after: [InvocationID] = []
    /// Says which probe a plain script is, in 32 lower-case hexadecimal digits that are the same in every run: while an
    /// earlier one is alive on the node after its time, this one is not started.
    package var probe: String?

    /// Creates an invocation.
    package init(
        id: InvocationID, mode: Mode, script: String, shell: Shell = .sh, environment: [String: String] = [:],
        secrets: [String: SecretBytes] = [:], input: [UInt8]? = nil, become: Bool = true,
        timeout: Duration = .seconds(60), grace: Duration = .seconds(5), outputLimit: Int = 1 << 30,
        readOnlySandbox: Bool = false, once: Bool = false, stateOwner: InvocationID? = nil
    ) {
        self.id = id
        self.mode = mode
        self.script = script
        self.shell = shell
        self.environment = environment
        self.secrets = secrets
        self.input = input
        self.become = become
        self.timeout = timeout
        self.grace = grace
        self.outputLimit = outputLimit
        self.readOnlySandbox = readOnlySandbox
        self.once = once
        self.stateOwner = stateOwner
    }
}

/// Bytes of a secret. Cannot be printed, compared into output or encoded.
package struct SecretBytes: Sendable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// The secret itself; only what delivers it to a node or to a program may read it.
    package let exposed: [UInt8]

    /// Wraps `bytes`.
    package init(_ bytes: [UInt8]) { exposed = bytes }

    package var description: String { "(secret)" }
    package var debugDescription: String { "(secret)" }
    package var customMirror: Mirror { Mirror(self, children: []) }
}
