import Foundation
import Model
import Plugins

/// Delivers messages of the outbox through plugins.
package struct NotificationDesk: Sendable {
    /// What a pass over the outbox came to.
    package struct Pass: Sendable {
        package var sent = 0
        package var postponed = 0
        /// Why messages were given up, a sentence each.
        package var givenUp: [String] = []

        fileprivate mutating func count(_ delivery: Delivery, of message: OutboxRecord) {
            switch delivery {
            case .sent: sent += 1
            case .postponed: postponed += 1
            case .givenUp(let error):
                let run = message.run?.short ?? "-"
                givenUp.append(
                    "the message \(message.occasion.key) of run \(run) to '\(message.receiver)' was given up: \(error)")
            }
        }
    }

    /// How long a claim lasts where its process lives on: longer than all that are claimed together may take.
    private static let claim = Duration.seconds(7200)
    private static let together = 8

    let workspace: Workspace
    let journal: any JournalStore

    package init(_ workspace: Workspace, _ journal: any JournalStore) {
        self.workspace = workspace
        self.journal = journal
    }

    /// Tries every message that is due now, once.
    package func deliverDue() async throws -> Pass {
        var pass = Pass()
        while !Task.isCancelled {
            let messages = try await journal.claimMessages(limit: Self.together, for: Self.claim)
            if messages.isEmpty { break }
            // Each receiver hears in order, and none waits for another.
            let queues = Dictionary(grouping: messages, by: \.receiver).values
            try await withThrowingTaskGroup(of: [(OutboxRecord, Delivery)].self) { group in
                for queue in queues { group.addTask { try await deliver(queue) } }
                for try await deliveries in group {
                    for (message, delivery) in deliveries { pass.count(delivery, of: message) }
                }
            }
        }
        return pass
    }

    private func deliver(_ queue: [OutboxRecord]) async throws -> [(OutboxRecord, Delivery)] {
        var deliveries: [(OutboxRecord, Delivery)] = []
        for message in queue {
            let delivery = await deliver(message)
            try await journal.settle(message, delivery)
            deliveries.append((message, delivery))
        }
        return deliveries
    }

    private func deliver(_ message: OutboxRecord) async -> Delivery {
        // Those behind one that was broken off are left for another time.
        if Task.isCancelled { return .postponed(by: .zero, error: message.error) }
        do {
            try await send(message.body, to: try receiver(message.receiver))
            return .sent
        } catch is CancellationError {
            // Whether it arrived is not known; its id tells a second copy.
            return .postponed(by: .zero, error: message.error)
        } catch {
            let text = OperatorError(error)?.sentence ?? "it could not be sent"
            let mayRetry = (error as? PluginError)?.mayRetry ?? true
            return DeliveryPolicy.delivery(
                afterFailure: text, attempts: message.attempts, mayRetry: mayRetry, jitter: .random(in: 0..<1))
        }
    }

    /// Sends a message, canonical JSON, right now.
    func send(_ body: String, to receiver: Receiver) async throws {
        let plugin = try PluginLibrary(workspace.settings).plugin(.notify, receiver.plugin)
        let settings = try plugin.manifest.checked(receiver.settings)
        let request = PluginRequest("send", ["settings": .value(.map(settings)), "message": .json(body)])
        _ = try await plugin.ask(request) { try await workspace.secrets.resolve($0) }
    }

    /// - Throws: `RequestError` where the inventory declares none of that name.
    func receiver(_ name: String) throws -> Receiver {
        let receivers = try workspace.declared().receivers
        if let receiver = receivers.first(where: { $0.name == name }) { return receiver }
        let near = Spelling.nearest(to: name, among: receivers.map(\.name))
        throw RequestError(
            .usage, "The inventory declares no receiver '\(SafeText(name).singleLine)'.",
            hint: near.map { "Did you mean '\($0)'?" } ?? "runbook notify list shows those there are.")
    }

    /// Sends a message that says that it is a test, and records that it was sent.
    package func test(_ name: String, by requester: Requester) async throws {
        let receiver = try receiver(name)
        let header = RunHeader(
            id: RunService.newRunID(), kind: .apply, runbook: "notify-test", runbookVersion: 0,
            targets: NodeSet(names: ["controller"]), selector: "", parameters: [:], requester: requester,
            program: ProgramVersion.text)
        var message = NotificationMessage(
            occasion: .start, header: header, site: try await journal.site(), time: WallClock().wallTime())
        message.id = header.id.description
        message.reason = "This is a test. No run has begun."
        try await send(message.json, to: receiver)
        try await journal.record(
            AuditEntry(
                actor: requester, action: .notificationSent,
                detail: ["id": message.id, "receiver": name, "occasion": "test", "attempts": "1"]))
    }
}
