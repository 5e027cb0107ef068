import Model

/// The supervisors that one user has on a node: one, and further ones while that is busy with something long.
actor LanePool {
    private let greeting: SupervisorGreeting
    private let opener: any SupervisorChannelOpener
    private var lanes: [SupervisorLane] = []
    private var opening: Task<SupervisorLane, any Error>?
    private var limit: Int
    private let overtime: Duration

    /// `limit` is the most supervisors at one time; `overtime` is theirs.
    init(greeting: SupervisorGreeting, opener: any SupervisorChannelOpener, limit: Int, overtime: Duration) {
        self.greeting = greeting
        self.opener = opener
        self.limit = limit
        self.overtime = overtime
    }

    /// Whether there is a supervisor yet.
    var isOpen: Bool { !lanes.isEmpty }

    /// The first supervisor: what must stay together, such as a lease with the session that holds it, goes there.
    /// - Throws: `SessionError`.
    func first() async throws -> SupervisorLane {
        if let lane = lanes.first { return lane }
        return try await open()
    }

    /// A supervisor for one script.
    /// - Throws: `SessionError`.
    func lane() async throws -> SupervisorLane {
        var loads: [LaneChoice.Load] = []
        for lane in lanes { loads.append(await lane.load) }
        switch LaneChoice.choose(loads, limit: limit) {
        case .use(let index) where index < lanes.count: return lanes[index]
        case .use: return try await first()
        case .open:
            // The connection is what breaks: a session whose first supervisor is gone is over.
            if let first = lanes.first, loads.allSatisfy(\.isBroken) { return first }
            guard let first = lanes.first else { return try await open() }
            do {
                return try await open()
            } catch {
                // A server with MaxSessions 1, say.
                limit = lanes.count
                return first
            }
        }
    }

    func close() async {
        opening?.cancel()
        if let lane = try? await opening?.value { await lane.close() }
        for lane in lanes { await lane.close() }
        lanes = []
    }

    private func open() async throws -> SupervisorLane {
        if let opening { return try await opening.value }
        let task = Task { [greeting, opener, overtime] in
            let lane = SupervisorLane(try await greeting.open(over: opener), overtime: overtime)
            await lane.start()
            return lane
        }
        opening = task
        defer { opening = nil }
        let lane = try await task.value
        lanes.append(lane)
        return lane
    }
}
