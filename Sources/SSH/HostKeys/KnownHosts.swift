import Foundation

/// The lines of some known_hosts files, with an index by plain name.
struct KnownHosts: Sendable {
    private(set) var entries: [KnownHostsEntry] = []
    private(set) var problems: [KnownHostsProblem] = []
    /// Tells one reading of the files from another.
    var generation = 0
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

    /// Every line for a name, in file order, and which of them are hashed.
    ///
    /// Takes time in proportion to the number of hashed lines less those in `claimed`: a hashed line holds one name, so
    /// one that was found for another name need not be looked at again.
    func lines(for name: String, claimed: [Int: String] = [:]) -> (lines: [KnownHostsEntry], hashed: [Int]) {
        let name = name.lowercased()
        var found = byName[name] ?? []
        var hashed: [Int] = []
        for index in compared where (claimed[index] ?? name) == name && entries[index].matches(name) {
            found.append(index)
            if case .hashed = entries[index].hosts { hashed.append(index) }
        }
        return (found.sorted().map { entries[$0] }, hashed)
    }

    /// Every line that holds the key, under any name and with any marker.
    func lines(holding key: HostKey) -> [KnownHostsEntry] {
        (byKey[key] ?? []).map { entries[$0] }
    }
}
