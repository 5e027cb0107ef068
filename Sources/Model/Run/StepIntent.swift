/// What is about to be sent to a node.
package struct StepIntent: Sendable, Hashable, Codable {
    package enum Purpose: String, Sendable, Hashable, Codable { case apply, undo, always, exec }

    package var id: InvocationID
    package var name: String
    package var purpose: Purpose
    package var verb: String
    /// SHA-256 of the script, in hexadecimal.
    package var scriptDigest: String
    package var effect: Effect
    /// The node's boot and machine when it was intended: another boot without an ending is a lost step.
    package var bootID: String
    package var machineID: String
    /// The host that it runs on, where that is not the node itself.
    package var host: String?
    /// SHA-256 in hexadecimal of the value that it leaves, where the node could tell just before.
    package var afterDigest: String?
    /// Its output is kept out of terminals and reports.
    package var isSensitive: Bool { sensitive ?? false }
    /// Nil for no, as in what older programs have written.
    private let sensitive: Bool?

    package init(
        id: InvocationID, name: String, purpose: Purpose, verb: String, scriptDigest: String, effect: Effect,
        bootID: String, machineID: String, host: String? = nil,
        afterDigest: String? = nil, isSensitive: Bool = false
    ) {
        self.id = id
        self.name = name
        self.purpose = purpose
        self.verb = verb
        self.scriptDigest = scriptDigest
        self.effect = effect
        self.bootID = bootID
        self.machineID = machineID
        self.host = host
        self.afterDigest = afterDigest
        sensitive = isSensitive ? true : nil
    }
}

/// A former state that was kept.
package struct StateCapture: Sendable, Hashable, Codable {
    package var id: InvocationID
    /// SHA-256 of the bytes, in hexadecimal.
    package var digest: String
    package var bytes: [UInt8]

    package init(id: InvocationID, digest: String, bytes: [UInt8]) {
        self.id = id
        self.digest = digest
        self.bytes = bytes
    }
}
