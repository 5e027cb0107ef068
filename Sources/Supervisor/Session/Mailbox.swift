import Model

/// Events on their way to who waits for them: a few at most, then the sender is held back.
actor Mailbox {
    private static let capacity = 8

    private var events: [SupervisorEvent] = []
    private var end: SessionError?
    private var isAbandoned = false
    private var sender: CheckedContinuation<Void, Never>?
    private var receiver: CheckedContinuation<Void, Never>?

    /// Whether nobody takes anything any more.
    var abandoned: Bool { isAbandoned }

    /// Puts an event in, suspending while it is full. Called by one task at a time.
    func put(_ event: SupervisorEvent) async {
        while events.count >= Self.capacity && !isAbandoned && end == nil {
            await withCheckedContinuation { sender = $0 }
        }
        guard !isAbandoned else { return }
        events.append(event)
        wake(&receiver)
    }

    /// No event follows those that are in it; then `next` throws `error`.
    func finish(_ error: SessionError) {
        end = end ?? error
        wake(&receiver)
        wake(&sender)
    }

    /// What comes from now on is thrown away.
    func abandon() {
        isAbandoned = true
        events = []
        wake(&sender)
        wake(&receiver)
    }

    /// The next event. Called by one task at a time.
    /// - Throws: `SessionError`; of kind `.cancelled` when the task is.
    func next() async throws -> SupervisorEvent {
        try await withTaskCancellationHandler {
            while events.isEmpty {
                if isAbandoned || Task.isCancelled { throw SessionError(.cancelled, "Nobody waits for this any more.") }
                if let end { throw end }
                await withCheckedContinuation { receiver = $0 }
            }
            let event = events.removeFirst()
            wake(&sender)
            return event
        } onCancel: {
            Task { await self.abandon() }
        }
    }

    private func wake(_ waiting: inout CheckedContinuation<Void, Never>?) {
        waiting?.resume()
        waiting = nil
    }
}
