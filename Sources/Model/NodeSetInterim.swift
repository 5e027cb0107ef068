/// Interim
package struct NodeSet: Sendable, Hashable, Codable {
    package var names: [String]
    package init() { names = [] }
    package init(names: some Sequence<String>) { self.names = Array(names) }
    package var folded: String { names.joined(separator: ",") }
    package var count: Int { names.count }
}
