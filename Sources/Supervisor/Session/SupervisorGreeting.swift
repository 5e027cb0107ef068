import Crypto
import Model

/// The first words with a supervisor: sudo's password where it asks for one, the session's word, the greeting.
struct SupervisorGreeting {
    struct Opened {
        var channel: any SupervisorChannel
        var parser: SupervisorEventParser
        var rest: ArraySlice<SupervisorEvent>
        var identity: NodeIdentity
    }

    let become: BecomeSettings?
    let password: (@Sendable () async throws -> SecretBytes)?

    /// The most that may come before the greeting, of each stream, in bytes.
    private static let noiseLimit = 256 << 10

    func open(over opener: any SupervisorChannelOpener) async throws -> Opened {
        let prompt = become != nil && password != nil ? "runbook-" + Nonce.make() + ":" : nil
        let command = SupervisorScript.command(
            become: become.map { SupervisorScript.BecomeCommand(user: $0.user, prompt: prompt) })
        let channel: any SupervisorChannel
        do {
            channel = try await opener.openChannel(command: command)
        } catch let error as SessionError {
            throw error
        } catch {
            throw SessionError(.lost, "No channel to the node could be opened: \(error).")
        }
        do {
            return try await greet(channel, prompt: prompt)
        } catch {
            await channel.close()
            throw error
        }
    }

    private func greet(_ channel: any SupervisorChannel, prompt: String?) async throws -> Opened {
        let session = Nonce.make()
        var parser = SupervisorEventParser(session: session)
        var complaints: [UInt8] = []
        var noise = 0
        var isPasswordSent = false
        while true {
            switch try await channel.receive() {
            case .standardOutput(let bytes):
                noise += bytes.count
                var events = try violations { () throws(ProtocolViolation) in try parser.feed(bytes)[...] }
                while let event = events.popFirst() {
                    switch event {
                    case .ready: try await channel.send(Array((session + "\n").utf8))
                    case .hello(let words):
                        return Opened(channel: channel, parser: parser, rest: events, identity: try identity(words))
                    case .fatal(let kind, let text):
                        throw SessionError(.unusable, "The node can't host the supervisor: \(kind) \(text).")
                    default: throw SessionError(.violation, "The node did not greet first.")
                    }
                }
            case .standardError(let bytes):
                noise += bytes.count
                complaints += bytes
                if let prompt, !isPasswordSent, String(decoding: complaints, as: UTF8.self).contains(prompt) {
                    isPasswordSent = true
                    complaints = []
                    guard let password else { break }
                    try await channel.send(try await password().exposed + [UInt8(ascii: "\n")])
                } else if let prompt, isPasswordSent, String(decoding: complaints, as: UTF8.self).contains(prompt) {
                    throw SessionError(
                        .refused, "sudo did not accept the password for \(become?.user ?? "root").",
                        hint: "Check the inventory's 'become: password:' reference.")
                }
            case .closed(let reason): throw refusal(complaints, reason, prompt)
            }
            guard noise <= Self.noiseLimit else {
                throw SessionError(
                    .unusable, "The login shell printed more than 256 KiB before the supervisor could start.",
                    hint: "Make its start files silent for sessions without a terminal.")
            }
        }
    }

    private func violations<Result>(_ body: () throws(ProtocolViolation) -> Result) throws -> Result {
        do throws(ProtocolViolation) {
            return try body()
        } catch {
            throw SessionError(.violation, "The node broke the protocol: \(error.text).")
        }
    }

    private func identity(_ words: [String]) throws -> NodeIdentity {
        guard words.count >= 8, words[0] == "2", let user = Int(words[3]) else {
            throw SessionError(.violation, "The node's greeting can't be read.")
        }
        func text(_ index: Int) -> String { words[index] == "-" ? "" : words[index] }
        return NodeIdentity(
            machineID: text(2), bootID: text(1), hostname: text(4), userID: user, distribution: text(6),
            distributionVersion: text(7), hasSystemd: words[5] == "yes")
    }

    private func refusal(_ complaints: [UInt8], _ reason: String?, _ prompt: String?) -> SessionError {
        var text = String(decoding: complaints.suffix(2000), as: UTF8.self)
        if let prompt { text = text.replacingOccurrences(of: prompt, with: "") }
        let last = text.split(separator: "\n").last.map(String.init)?.trimmingCharacters(in: .whitespaces) ?? ""
        let user = become?.user ?? "root"
        if text.contains("a password is required") || text.contains("no password was provided") {
            return SessionError(
                .refused, "sudo asks for a password to become \(user), and none is configured.",
                hint: "Give the login user NOPASSWD, or set 'become: password:' in the inventory.")
        }
        if text.contains("must have a tty") {
            return SessionError(
                .refused, "sudo on the node insists on a terminal.",
                hint: "Remove 'requiretty' for the login user from the node's sudoers.")
        }
        if text.contains("Sorry, try again") || text.contains("incorrect password") {
            return SessionError(
                .refused, "sudo did not accept the password for \(user).",
                hint: "Check the inventory's 'become: password:' reference.")
        }
        if text.contains("not in the sudoers") || text.contains("not allowed to execute")
            || text.contains("may not run sudo")
        {
            return SessionError(
                .refused, "The login user may not become \(user): \(last)", hint: "Mend the node's sudoers.")
        }
        if become != nil, text.contains("sudo"), text.contains("not found") {
            return SessionError(
                .refused, "There is no sudo on the node.", hint: "Install sudo, or log in as \(user).")
        }
        let why = last.isEmpty ? reason ?? "the channel closed" : last
        return SessionError(.lost, "The supervisor did not start: \(why)")
    }
}
