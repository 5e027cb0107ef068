import Model

/// The words of one event's line, each checked when it is read.
struct EventWords {
    private let words: [Substring]

    init(_ line: String) { words = line.split(separator: " ", omittingEmptySubsequences: false) }

    func text(_ index: Int) throws(ProtocolViolation) -> String {
        guard index < words.count else { throw ProtocolViolation("an event lacks a word") }
        return String(words[index])
    }

    func number(_ index: Int) throws(ProtocolViolation) -> Int {
        let text = try text(index)
        guard text.utf8.allSatisfy({ (48...57).contains($0) }), let number = Int(text) else {
            throw ProtocolViolation("an event lacks a number")
        }
        return number
    }

    /// What answers a frame, or nil where there is no such verb.
    func answer(_ verb: String) throws(ProtocolViolation) -> SupervisorEvent? {
        switch verb {
        case "START": return .started(outputLimit: try number(3))
        case "ATTACH": return .attached
        case "BEAT": return .alive
        case "END": return try end()
        case "NOSTART": return .notStarted(reason: try text(3))
        case "MISMATCH": return .mismatch
        case "BUSY": return .busy(holder: try text(3))
        case "DONE", "PONG": return .done
        case "FIRED": return .fired
        case "NONE": return .nothing
        default: return nil
        }
    }

    private func end() throws(ProtocolViolation) -> SupervisorEvent {
        guard let why = SupervisorEvent.Ending(rawValue: try text(4)) else {
            throw ProtocolViolation("an end without a reason")
        }
        let isSandboxed = try number(5) == 1
        if try text(3) == "-" {
            guard why != .byItself else { throw ProtocolViolation("an end without a status") }
            return .ended(status: nil, why: why, isSandboxed: isSandboxed)
        }
        guard let status = Int32(exactly: try number(3)), status < 256 else {
            throw ProtocolViolation("no such status")
        }
        return .ended(status: status, why: why, isSandboxed: isSandboxed)
    }

    /// HELLO: protocol, user, systemd, boot id, machine id, host name, distribution, its version.
    func identity() throws(ProtocolViolation) -> NodeIdentity {
        guard try text(3) == "2" else { throw ProtocolViolation("another version of the protocol") }
        func known(_ index: Int) throws(ProtocolViolation) -> String {
            let text = try text(index)
            return text == "-" ? "" : text
        }
        return NodeIdentity(
            machineID: try known(7), bootID: try text(6), hostname: try known(8), userID: try number(4),
            distribution: try known(9), distributionVersion: try known(10), hasSystemd: try number(5) == 1)
    }
}
