import Foundation
import Model

/// A line of a golden file: what ClusterShell made of a text or of single names.
struct GoldenCase: Decodable, CustomStringConvertible {
    /// Parsed; `groups` says whether with the inventory.
    var text: String?
    var groups: Bool?
    /// Single names.
    var list: [String]?
    /// The folded set.
    var folded: String?
    var count: Int?
    /// In ClusterShell's order.
    var names: [String]?
    /// The hash of the names in order, where they are many.
    var order: String?
    /// The set was to be split into so many parts, which are these.
    var into: Int?
    var parts: [String]?
    /// ClusterShell refused it.
    var error: Bool?
    /// The groups that the following lines name.
    var inventory: [String: [String: String]]?

    var description: String { text ?? list?.joined(separator: " ") ?? "" }

    /// The golden files, by name. More can be compared by naming their folder in the environment.
    static var files: [String] {
        let extra = ProcessInfo.processInfo.environment["NODESET_GOLDEN_EXTRA"].map { [$0] } ?? []
        return ([folder] + extra).flatMap { folder in
            let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
            return names.filter { $0.hasSuffix(".jsonl") && $0 != "deviations.jsonl" }.sorted().map {
                folder + "/" + $0
            }
        }
    }

    static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().path + "/Golden"

    /// The cases of a file, each with the inventory that holds for it.
    static func read(_ path: String) throws -> [(case: GoldenCase, inventory: GoldenInventory)] {
        var inventory = GoldenInventory(sources: [:])
        var cases: [(case: GoldenCase, inventory: GoldenInventory)] = []
        for line in try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n") {
            let decoded = try JSONDecoder().decode(GoldenCase.self, from: Data(line.utf8))
            if let sources = decoded.inventory {
                inventory = GoldenInventory(sources: sources)
            } else {
                cases.append((decoded, inventory))
            }
        }
        return cases
    }

    /// The set that the project makes of it.
    func set(_ inventory: GoldenInventory) throws(NodeSetError) -> NodeSet {
        if let list { return try NodeSet(validating: list) }
        return try NodeSet(parsing: text ?? "", resolver: groups == true ? inventory : nil)
    }
}

/// The groups that the golden cases name.
struct GoldenInventory: NodeSetResolver {
    /// Group texts by source and name; `all` of a source is what its `*` stands for.
    let sources: [String: [String: String]]

    var allNodes: NodeSet {
        get throws { try members(ofGroup: "*", source: "default") }
    }

    func members(ofGroup name: String, source: String?) throws(NodeSetError) -> NodeSet {
        guard let groups = sources[source ?? "default"] else { throw .unknownGroup(name, source: source) }
        if name == "*" {
            return try NodeSet(parsing: groups["all"] ?? groups.values.joined(separator: ","), resolver: self)
        }
        guard let text = groups[name] else { throw .unknownGroup(name, source: source) }
        return try NodeSet(parsing: text, resolver: self)
    }
}
