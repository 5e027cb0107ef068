/// Decides which connections may begin: pure, without a clock.
///
/// More handshakes at once than the cores can do are no faster and overflow the servers' queues; more log-ins at once
/// than one sshd's MaxStartups allows are dropped by it. First come, first served, but one that waits for its
/// destination does not hold up those behind it.
struct HandshakeGate<Ticket: Hashable & Sendable> {
    let limit: Int
    let limitPerDestination: Int
    private var running: [Ticket: String] = [:]
    private var perDestination: [String: Int] = [:]
    /// Tickets that no longer count towards `limit`, because they wait for a slow server and use no processor.
    private var idle: Set<Ticket> = []
    private var waiting: [Ticket: String] = [:]
    /// In the order of arrival; entries that are no longer in `waiting` are passed over.
    private var queue: [Ticket] = []
    private var head = 0
    /// Those at whose turn their destination was busy, by destination.
    private var parked: [String: [Ticket]] = [:]
    /// Those unparked, who go first.
    private var urgent: [Ticket] = []

    init(limit: Int, limitPerDestination: Int) {
        self.limit = max(1, limit)
        self.limitPerDestination = max(1, limitPerDestination)
    }

    /// Asks for a turn. Returns those that may begin now, perhaps the one that asked.
    mutating func request(_ ticket: Ticket, destination: String) -> [Ticket] {
        waiting[ticket] = destination
        queue.append(ticket)
        return admit()
    }

    /// A connection that has taken long is taken to be waiting for its server.
    mutating func becameIdle(_ ticket: Ticket) -> [Ticket] {
        guard running[ticket] != nil, idle.insert(ticket).inserted else { return [] }
        return admit()
    }

    /// A connection is logged in, has failed, or gave up waiting.
    mutating func finished(_ ticket: Ticket) -> [Ticket] {
        if let destination = waiting.removeValue(forKey: ticket) {
            // It may have been next for a place that another one parked there can have.
            unpark(destination)
        }
        if let destination = running.removeValue(forKey: ticket) {
            idle.remove(ticket)
            let left = perDestination[destination, default: 1] - 1
            perDestination[destination] = left > 0 ? left : nil
            unpark(destination)
        }
        return admit()
    }

    private mutating func unpark(_ destination: String) {
        guard var tickets = parked[destination] else { return }
        while let first = tickets.first {
            tickets.removeFirst()
            guard waiting[first] != nil else { continue }
            urgent.append(first)
            break
        }
        parked[destination] = tickets.isEmpty ? nil : tickets
    }

    private mutating func admit() -> [Ticket] {
        var admitted: [Ticket] = []
        while running.count - idle.count < limit, let ticket = next() {
            guard let destination = waiting[ticket] else { continue }
            if perDestination[destination, default: 0] >= limitPerDestination {
                parked[destination, default: []].append(ticket)
                continue
            }
            waiting[ticket] = nil
            running[ticket] = destination
            perDestination[destination, default: 0] += 1
            admitted.append(ticket)
        }
        return admitted
    }

    private mutating func next() -> Ticket? {
        if let ticket = urgent.popLast() { return ticket }
        guard head < queue.count else { return nil }
        let ticket = queue[head]
        head += 1
        if head == queue.count { (queue, head) = ([], 0) }
        return ticket
    }
}
