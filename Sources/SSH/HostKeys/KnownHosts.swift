import Foundation

/// The lines of some known_hosts files, with an index by plain name.
struct KnownHosts: Sendable {
    private(set) var entries: [KnownHostsEntry] = []
    private(set) var problems: [KnownHostsProblem] = []
    private var byName: [String: [Int]] = [:]
    /// Lines that must be compared one by one: wildcards and hashed names.
    private var compared: [Int] = []
    private var byKey: [HostKey: [Int]] = [:]

    init() {}

    init(_ bytes: [UInt8], path: String) {
        append(KnownHostsParser(bytes, path: path))
    }

    mutating func append(_ parsed: KnownHostsParser) {
        problems += parsed.problems
        for entry in parsed.entries {
            let index = entries.count
            entries.append(entry)
            byKey[entry.key, default: []].append(index)
            if case .patterns(let list) = entry.hosts, let names = list.plainNames {
                for name in names { byName[name, default: []].append(index) }
            } else {
                compared.append(index)
            }
        }
    }

    /// Every line for a name, in file order. Takes time in proportion to the number of hashed lines.
    func lines(for name: String) -> [KnownHostsEntry] {
        let name = name.lowercased()
        let found = (byName[name] ?? []) + compared.filter { entries[$0].matches(name) }
        return found.sorted().map { entries[$0] }
    }

    /// Every line that holds the key, under any name and with any marker.
    func lines(holding key: HostKey) -> [KnownHostsEntry] {
        (byKey[key] ?? []).map { entries[$0] }
    }
}
