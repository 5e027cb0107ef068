import Foundation
import Model

/// The first words with a supervisor: sudo's password where it asks for one, the supervisor's text, the greeting.
struct SupervisorGreeting: Sendable {
    struct Greeted {
        var channel: any SupervisorChannel
        var parser: SupervisorEventParser
        var identity: NodeIdentity
        /// Whether sudo records what is sent.
        var isRecorded: Bool
    }

    /// Nil for the login user.
    let become: BecomeSettings?
    let password: (@Sendable () async throws -> SecretBytes)?

    /// How long sudo may take to show its prompt or to let us in. Name services and PAM of a sick node are slow.
    var patience = Duration.seconds(60)

    /// - Throws: `SessionError`.
    func open(over opener: any SupervisorChannelOpener) async throws -> Greeted {
        let nonce = Nonce.make()
        if let become {
            guard Self.isUser(become.user) else {
                throw SessionError(.refused, "'\(become.user)' can't be the name of a user to become.")
            }
            let prompt = password == nil ? nil : "runbook-\(Nonce.make()):"
            let command = SupervisorScript.command(nonce: nonce, user: become.user, prompt: prompt)
            let channel = try await opener.openChannel(command: command)
            return try await greet(channel, nonce, prompt: prompt, sendsText: true)
        }
        let channel = try await opener.openChannel(
            command: SupervisorScript.command(nonce: nonce, delivery: .inCommand))
        do {
            return try await greet(channel, nonce, prompt: nil, sendsText: false)
        } catch {
            guard let refusal = error as? SessionError, refusal.kind == .unusable, refusal.hint == nil else {
                throw error
            }
        }
        // The command ended before the supervisor could say a word: csh and its kin take no newline in quotes.
        let second = try await opener.openChannel(command: SupervisorScript.command(nonce: nonce, delivery: .overInput))
        try? await second.send(Array(SupervisorScript.text.utf8))
        do {
            return try await greet(second, nonce, prompt: nil, sendsText: false)
        } catch let refusal as SessionError where refusal.hint == nil {
            throw SessionError(refusal.kind, refusal.message, hint: SudoRefusal.loginHint)
        }
    }

    private func greet(
        _ channel: any SupervisorChannel, _ nonce: String, prompt: String?, sendsText: Bool
    ) async throws -> Greeted {
        var conversation = Conversation(
            channel: channel, nonce: nonce, prompt: prompt, sendsText: sendsText, greeting: self)
        let limit = Task { [patience] in
            try await Task.sleep(for: patience)
            await channel.close()
        }
        do {
            let greeted = try await conversation.greet()
            limit.cancel()
            return greeted
        } catch {
            limit.cancel()
            await channel.close()
            if case .success = await limit.result { throw overdue }
            if let error = error as? SessionError { throw error }
            if let violation = error as? ProtocolViolation {
                throw SessionError(
                    .unusable, "The node did not greet: \(violation.text).", hint: "Make its login files silent.")
            }
            throw SessionError(.lost, "The supervisor did not start: \(error).")
        }
    }

    private var overdue: SessionError {
        let time = "\(patience.components.seconds) s"
        return SessionError(
            .lost,
            become == nil
                ? "The node let us in, and its login shell did not start the supervisor within \(time)."
                : "The node let us in, and sudo did not start the supervisor within \(time).",
            hint: "Something hangs there: a login file, a home folder on a server that is gone, a name service. "
                + "Log in by hand with ssh to see it.")
    }

    private static func isUser(_ name: String) -> Bool {
        guard let first = name.utf8.first, first != UInt8(ascii: "-") else { return false }
        return name.utf8.allSatisfy {
            (0x21..<0x7f).contains($0) && $0 != UInt8(ascii: "'") && $0 != UInt8(ascii: "\\")
        }
    }
}

/// The state of one greeting.
private struct Conversation {
    let channel: any SupervisorChannel
    let prompt: String?
    let sendsText: Bool
    let greeting: SupervisorGreeting
    var parser: SupervisorEventParser
    /// What came on standard error since the password was sent, its last part.
    var complaints: [UInt8] = []
    var isPasswordSent = false
    var isRecorded = false

    init(channel: any SupervisorChannel, nonce: String, prompt: String?, sendsText: Bool, greeting: SupervisorGreeting)
    {
        self.channel = channel
        self.prompt = prompt
        self.sendsText = sendsText
        self.greeting = greeting
        parser = SupervisorEventParser(greeting: nonce)
    }

    mutating func greet() async throws -> SupervisorGreeting.Greeted {
        while true {
            switch try await channel.receive() {
            case .standardOutput(let bytes):
                var identity: NodeIdentity?
                for event in try parser.feed(bytes) {
                    switch event {
                    case .ready(let recorded):
                        isRecorded = recorded
                        if sendsText { try await channel.send(Array(SupervisorScript.text.utf8)) }
                    case .hello(let known): identity = known
                    case .fatal(let reason): throw SupervisorLane.error(forFatal: reason)
                    default: throw ProtocolViolation("something came before the greeting")
                    }
                }
                if let identity {
                    return SupervisorGreeting.Greeted(
                        channel: channel, parser: parser, identity: identity, isRecorded: isRecorded)
                }
            case .standardError(let bytes):
                complaints = Array((complaints + bytes).suffix(16 << 10))
                try await answerPrompt()
            case .closed(let reason): throw SudoRefusal.error(for: greeting.become, complaint, reason)
            }
        }
    }

    /// The password goes out once, and only when sudo's own prompt has shown.
    private mutating func answerPrompt() async throws {
        guard let prompt, let password = greeting.password, complaint.contains(prompt) else { return }
        guard !isPasswordSent else { throw SudoRefusal.wrongPassword(for: greeting.become) }
        isPasswordSent = true
        complaints = []
        let secret: SecretBytes
        do {
            secret = try await password()
        } catch let error as SessionError {
            throw error
        } catch {
            throw SessionError(.refused, "The password to become \(greeting.become?.user ?? "root") could not be had.")
        }
        guard !secret.exposed.contains(UInt8(ascii: "\n")), !secret.exposed.contains(0) else {
            throw SessionError(
                .refused, "The password to become \(greeting.become?.user ?? "root") holds a newline or NUL.")
        }
        try await channel.send(secret.exposed + [UInt8(ascii: "\n")])
    }

    private var complaint: String { String(decoding: complaints, as: UTF8.self) }
}
