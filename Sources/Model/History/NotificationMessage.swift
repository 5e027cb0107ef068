/// What a message says. It names no parameter, no output and no secret.
package struct NotificationMessage: Sendable {
    /// The same however often it is delivered.
    package var id = ""
    package var occasion: Notifications.Occasion
    package var header: RunHeader
    /// The database's id.
    package var site: String
    /// Of what it tells, in milliseconds since 1970.
    package var time: Int
    package var ending: RunEnding?
    package var reason: String?
    /// The job that did not run; then there is no run either, and the header only names the runbook.
    package var job: String?

    package init(occasion: Notifications.Occasion, header: RunHeader, site: String, time: Int) {
        self.occasion = occasion
        self.header = header
        self.site = site
        self.time = time
    }

    /// In one line.
    package var text: String {
        if let job { return "job \(job) of \(header.runbook): \(reason ?? occasion.meaning)" }
        let what = (header.kind == .rollback ? "rollback of " : "") + (header.runbook.isEmpty ? "exec" : header.runbook)
        let begin = "\(what) on \(header.targets.folded)"
        if let ending {
            let counts = ending.counts.sorted { $0.key.rawValue < $1.key.rawValue }
                .map { "\($0.value) \($0.key.rawValue)" }
            return begin + ": " + (counts.isEmpty ? "ended" : counts.joined(separator: ", "))
        }
        return "\(begin): \(occasion.meaning.prefix(1).lowercased() + occasion.meaning.dropFirst())"
    }

    /// Canonical JSON (RFC 8785).
    package var json: String {
        var members: [String: CanonicalJSON] = [
            "version": .int(1), "id": .string(id), "occasion": .string(occasion.rawValue), "site": .string(site),
            "time": .int(time), "run": .string(header.id.description), "kind": .string(header.kind.rawValue),
            "runbook": .string(header.runbook), "nodes": .string(header.targets.folded),
            "node_count": .int(header.targets.count), "requester": .string(header.requester.name),
            "host": .string(header.requester.host), "text": .string(text),
            "show": .string("runbook show \(header.id.short)"),
        ]
        if let job {
            for member in ["run", "kind", "nodes", "node_count"] { members[member] = nil }
            members["job"] = .string(job)
            members["show"] = .string("runbook schedule history \(job)")
        }
        if let parent = header.parent { members["parent"] = .string(parent.description) }
        if let reason { members["reason"] = .string(reason) }
        if let ending {
            members["exit_status"] = .int(ending.exitStatus)
            members["outcomes"] = .object(
                ending.counts.reduce(into: [:]) { $0[$1.key.rawValue] = .int($1.value) })
        }
        return String(decoding: CanonicalJSON.object(members).bytes, as: UTF8.self)
    }
}

extension Requester {
    /// The person: the login user behind sudo, where there is one.
    package var name: String { sudoUser ?? user }
}
