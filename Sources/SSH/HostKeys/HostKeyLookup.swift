/// What the known_hosts files hold for one server, and the verdict on a key that it presents.
///
/// Pure: reading the files comes before, recording a key after.
struct HostKeyLookup: Sendable {
    struct Name: Sendable {
        let name: String
        let lines: [KnownHostsEntry]
    }

    let names: [Name]

    /// The hashed lines that were found, by their index, with the names that they hold.
    let claims: [Int: String]

    init(names: [String], in hosts: KnownHosts, claimed: [Int: String] = [:]) {
        var claims: [Int: String] = [:]
        self.names = names.map { name in
            let found = hosts.lines(for: name, claimed: claimed)
            for index in found.hashed { claims[index] = name.lowercased() }
            return Name(name: name, lines: found.lines)
        }
        self.claims = claims
    }

    enum Verdict: Sendable {
        case known
        case unknown
        case changed(recorded: [KnownHostsLocation], name: String)
        case revoked(KnownHostsLocation)
        case authorityOnly(KnownHostsLocation, name: String)
    }

    /// Any other recorded key for one of the names makes a key changed, also one of another type: else an attacker
    /// would only have to offer a type that is not recorded yet.
    func verdict(on key: HostKey) -> Verdict {
        for line in names.flatMap(\.lines) where line.marker == .revoked && line.key == key {
            return .revoked(line.location)
        }
        var known = false
        for name in names {
            let recorded = name.lines.filter { $0.marker == nil }
            if recorded.contains(where: { $0.key == key }) {
                known = true
            } else if !recorded.isEmpty {
                return .changed(recorded: recorded.map(\.location), name: name.name)
            }
        }
        if known { return .known }
        for name in names {
            if let line = name.lines.first(where: { $0.marker == .certificateAuthority }) {
                return .authorityOnly(line.location, name: name.name)
            }
        }
        return .unknown
    }

    /// The types of the recorded keys, which are the types to ask the server for; empty if nothing is recorded.
    var recordedTypes: [String] {
        var types: [String] = []
        for line in names.flatMap(\.lines) where line.marker == nil && !types.contains(line.key.type) {
            types.append(line.key.type)
        }
        return types
    }
}
