import Model

/// One running supervisor: frames go out at once, their answers come in their order.
actor SupervisorLane {
    private struct Waiting {
        let mailbox: Mailbox
        let since: ContinuousClock.Instant
        /// The script that it is about.
        let subject: InvocationID?
        /// How long the node may work on it.
        var allowance: Duration
        /// Until when the node is believed that it works on it; nil before its turn.
        var deadline: ContinuousClock.Instant?
    }

    /// What the supervisor said of its node.
    nonisolated let identity: NodeIdentity
    /// Whether sudo records what is sent, on the node's disk.
    nonisolated let isRecorded: Bool
    private let channel: any SupervisorChannel
    private var parser: SupervisorEventParser
    private var waiting: [Waiting] = []
    private var failure: SessionError?
    private var outgoing: Task<Void, any Error>?
    private var reader: Task<Void, Never>?
    /// Bytes last came, and whether the next ones are asked for: while nobody takes output, silence says nothing.
    private var lastHeard = ContinuousClock.now
    private var isListening = false

    /// How long a node may say nothing while it has work. It says something at least each five seconds.
    private static let silence = Duration.seconds(120)

    /// What a node may need beyond a script's timeout, or after it was told to stop it: it ends scripts in stages, and sends
    /// the output that waits. What it can't end (a process in uninterruptible sleep, say) it would report as at work for
    /// ever, and so would a hostile one.
    static let overtime = Duration.seconds(120)
    /// How slowly the output that waits may come after that, in bytes a second.
    private static let slowestOutput = 16_384
    private let overtime: Duration

    /// Takes over from a greeting.
    init(_ greeted: SupervisorGreeting.Greeted, overtime: Duration) {
        self.overtime = overtime
        identity = greeted.identity
        isRecorded = greeted.isRecorded
        channel = greeted.channel
        parser = greeted.parser
    }

    /// Starts to read.
    func start() {
        reader = Task { await self.read() }
    }

    /// Frames that are not answered, and for how long the oldest has been waiting.
    var load: LaneChoice.Load {
        LaneChoice.Load(
            frames: waiting.count, oldest: waiting.first.map { ContinuousClock.now - $0.since } ?? .zero,
            isBroken: failure != nil)
    }

    /// Sends `frame`; its answers come into the mailbox.
    /// - Throws: `SessionError`.
    func submit(_ frame: SupervisorFrame) async throws -> Mailbox {
        if let failure { throw failure }
        let mailbox = Mailbox()
        if let expectation = frame.expectation {
            if waiting.isEmpty { lastHeard = .now }
            parser.expect(frame.token, expectation)
            waiting.append(
                Waiting(mailbox: mailbox, since: .now, subject: frame.subject, allowance: frame.allowance))
            beginTurn()
        } else if let subject = frame.subject {
            hasten(subject)
        }
        // One after the other, in the order in which their answers are expected.
        let before = outgoing
        let sending = Task { [channel] in
            try await before?.value
            try await channel.send(frame.bytes)
        }
        outgoing = sending
        do {
            try await sending.value
        } catch {
            await fail(
                error as? SessionError ?? SessionError(.lost, "The connection to the supervisor broke: \(error)."))
            throw failure ?? SessionError(.lost, "The connection to the supervisor broke.")
        }
        return mailbox
    }

    /// Ends the supervisor. Guarded invocations go on.
    func close() async {
        await fail(SessionError(.lost, "The session was closed."))
    }

    private func read() async {
        let watch = Task { [weak self] in
            while !Task.isCancelled {
                try await Task.sleep(for: .seconds(10))
                await self?.watchSilence()
            }
        }
        defer { watch.cancel() }
        while failure == nil {
            do {
                isListening = true
                let event = try await channel.receive()
                isListening = false
                lastHeard = .now
                switch event {
                case .standardOutput(let bytes): for event in try parser.feed(bytes) { await deliver(event) }
                case .standardError: break
                case .closed(let reason):
                    let why = reason.map { ": \($0)" } ?? ""
                    await fail(SessionError(.lost, "The connection to the supervisor ended\(why)."))
                }
            } catch let error as ProtocolViolation {
                await fail(
                    SessionError(
                        .violation, "The node broke the protocol: \(error.text).",
                        hint: "Nothing that it said of this step is believed."))
            } catch {
                await fail(
                    error as? SessionError ?? SessionError(.lost, "The connection to the supervisor broke: \(error)."))
            }
        }
    }

    private func deliver(_ event: SupervisorEvent) async {
        if case .fatal(let reason) = event { return await fail(Self.error(forFatal: reason)) }
        guard let head = waiting.first else { return }
        if event.isLast {
            waiting.removeFirst()
            beginTurn()
        }
        let before = ContinuousClock.now
        await head.mailbox.put(event)
        if !event.isLast { await checkDeadline(of: head.mailbox, event, held: .now - before) }
    }

    /// Who is first has its time from now on.
    private func beginTurn() {
        guard let head = waiting.first, head.deadline == nil else { return }
        waiting[0].deadline = .now + head.allowance + overtime
    }

    /// A script that was told to stop has no time left but that.
    private func hasten(_ subject: InvocationID) {
        for index in waiting.indices where waiting[index].subject == subject {
            waiting[index].allowance = .zero
            if let deadline = waiting[index].deadline { waiting[index].deadline = min(deadline, .now + overtime) }
        }
    }

    /// Gives up on a node that goes on saying that it is at work. Output buys time, and so does who takes it slowly.
    private func checkDeadline(of mailbox: Mailbox, _ event: SupervisorEvent, held: Duration) async {
        guard let head = waiting.first, head.mailbox === mailbox, var deadline = head.deadline else { return }
        deadline += held
        if case .output(let chunk) = event { deadline += .seconds(1) * chunk.bytes.count / Self.slowestOutput }
        waiting[0].deadline = deadline
        guard ContinuousClock.now > deadline else { return }
        waiting.removeFirst()
        await head.mailbox.finish(
            SessionError(
                .overdue, "The node still says that it is at work, long after the time for it was over.",
                hint: "Something there can't be ended, such as a process in uninterruptible sleep: look at it with ps.")
        )
        await fail(SessionError(.lost, "The node did not end an earlier script in time."))
    }

    private func watchSilence() async {
        guard isListening, !waiting.isEmpty, ContinuousClock.now - lastHeard > Self.silence else { return }
        await fail(SessionError(.lost, "The node has said nothing for \(Self.silence.components.seconds) s."))
    }

    private func fail(_ error: SessionError) async {
        guard failure == nil else { return }
        failure = error
        let ended = waiting
        waiting = []
        for frame in ended { await frame.mailbox.finish(error) }
        await channel.close()
    }

    /// What a supervisor that gives up means.
    static func error(forFatal reason: String) -> SessionError {
        switch reason {
        case "nospace":
            SessionError(
                .unusable, "The node's disk is full: nothing was run.",
                hint: "Make room in /var/lib and /run on the node.")
        case "make":
            SessionError(
                .unusable, "The node's state folder can't be made: its disk is full, or it is read-only.",
                hint:
                    "Make room in /var/lib (root) or /var/tmp on the node, or look there why it was mounted read-only.")
        case "folder":
            SessionError(
                .unusable,
                "The node's state folder is not safe: it is a link, belongs to another user or is open to others.",
                hint: "Look at /var/lib/runbook-node (root) or /var/tmp/rb-UID on the node, and remove it.")
        case "tmpfs":
            SessionError(
                .unusable, "The node has no folder in memory that is safe to use.",
                hint: "/run or /dev/shm must be a tmpfs, and runbook-node or rb-UID in it closed to other users.")
        case "setsid":
            SessionError(.unusable, "The node lacks the command setsid.", hint: "Install util-linux or busybox there.")
        default: SessionError.violation("The supervisor could not make sense of what it was sent (\(reason)).")
        }
    }
}
