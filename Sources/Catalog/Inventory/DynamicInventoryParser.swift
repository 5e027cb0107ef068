import Foundation
import Model

/// Reads Ansible's dynamic-inventory JSON
/// (<https://docs.ansible.com/ansible/latest/dev_guide/developing_inventory.html>), believing as little as possible:
/// who prints it must not say how commands are run, nor move known nodes.
struct DynamicInventoryParser {
    /// More nodes are refused.
    static let maximumNodes = 100_000

    let draft: InventoryDraft
    let source: SourceDeclaration

    /// One group as Ansible prints it.
    private struct Group: Decodable {
        var hosts: [String]
        var children: [String]

        private enum CodingKeys: String, CodingKey { case hosts, children }

        init(from decoder: any Decoder) throws {
            if let list = try? decoder.singleValueContainer().decode([String].self) {
                hosts = list
                children = []
                return
            }
            let container = try decoder.container(keyedBy: CodingKeys.self)
            hosts = try container.decodeIfPresent([String].self, forKey: .hosts) ?? []
            children = try container.decodeIfPresent([String].self, forKey: .children) ?? []
        }
    }

    private struct Meta: Decodable {
        var hostvars: [String: [String: Scalar]]?
    }

    /// A variable's value, as far as one is looked at.
    private enum Scalar: Decodable {
        case text(String)
        case other

        init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            if let text = try? container.decode(String.self) {
                self = .text(text)
            } else if let number = try? container.decode(Int.self) {
                self = .text(String(number))
            } else {
                self = .other
            }
        }
    }

    private struct Document: Decodable {
        var groups: [String: Group] = [:]
        var hostvars: [String: [String: Scalar]] = [:]

        private struct Name: CodingKey {
            var stringValue: String
            var intValue: Int? { nil }
            init?(stringValue: String) { self.stringValue = stringValue }
            init?(intValue: Int) { nil }
        }

        init(from decoder: any Decoder) throws {
            let container = try decoder.container(keyedBy: Name.self)
            for key in container.allKeys {
                if key.stringValue == "_meta" {
                    hostvars = try container.decode(Meta.self, forKey: key).hostvars ?? [:]
                } else {
                    groups[key.stringValue] = try container.decode(Group.self, forKey: key)
                }
            }
        }
    }

    /// The nodes that `json` lists. Throws every reason not to believe it.
    func parse(_ json: [UInt8], formerCount: Int?) throws(DiagnosticsError) -> DynamicNodes {
        let document: Document
        do {
            document = try JSONDecoder().decode(Document.self, from: Data(json))
        } catch {
            throw failure("it printed no inventory in Ansible's JSON")
        }
        var names = Set(document.groups.values.flatMap(\.hosts))
        names.formUnion(document.hostvars.keys)
        try checkCount(names.count, formerCount)
        var problems: [Diagnostic] = []
        let known = Set(draft.nodes.flatMap(\.names))
        var nodes: [DynamicNodes.Node] = []
        for name in names.sorted() {
            guard Self.isName(name) else {
                problems.append(diagnostic("'\(SafeText(name).singleLine)' is no name of a node"))
                continue
            }
            let node = read(name, document.hostvars[name] ?? [:], &problems)
            if known.contains(name) {
                if node.address != nil || node.port != nil || node.user != nil {
                    problems.append(
                        diagnostic("it says how to reach \(name), which the files of the inventory know already"))
                }
            } else {
                nodes.append(node)
            }
        }
        let groups = readGroups(document.groups, known: known, &problems)
        guard problems.isEmpty else { throw DiagnosticsError(problems) }
        let strangers = names.intersection(known)
        let warnings =
            strangers.isEmpty
            ? []
            : [
                diagnostic(
                    "it lists \(NodeSet(names: strangers).folded), which the files of the inventory know already; its groups go without",
                    severity: .warning)
            ]
        return DynamicNodes(source: source, nodes: nodes, groups: groups, warnings: warnings)
    }

    private func checkCount(_ count: Int, _ former: Int?) throws(DiagnosticsError) {
        if count == 0 { throw failure("it lists no node") }
        if count > Self.maximumNodes { throw failure("it lists more than \(Self.maximumNodes) nodes") }
        if let former, count * 2 < former {
            throw failure("it lists \(count) nodes, fewer than half of the \(former) before")
        }
    }

    private static func isName(_ name: String) -> Bool {
        guard let first = name.unicodeScalars.first, first != ".", first != "_", first != "-", name.utf8.count <= 253
        else { return false }
        return name.utf8.allSatisfy {
            (0x30...0x39).contains($0) || (0x41...0x5A).contains($0) || (0x61...0x7A).contains($0)
                || "._-".utf8.contains($0)
        }
    }

    /// Says something of a node's state, not of how to reach it.
    private static let harmless: Set<String> = ["ansible_python_interpreter", "ansible_facts"]

    private func read(
        _ name: String, _ variables: [String: Scalar], _ problems: inout [Diagnostic]
    ) -> DynamicNodes.Node {
        var node = DynamicNodes.Node(name: name)
        for (variable, value) in variables.sorted(by: { $0.key < $1.key }) where variable.hasPrefix("ansible_") {
            guard case .text(let text) = value else {
                if Self.harmless.contains(variable) { continue }
                problems.append(diagnostic("it sets '\(variable)' of \(name), which a source may not"))
                continue
            }
            var isRight = true
            switch variable {
            case "ansible_host", "ansible_ssh_host":
                isRight = AddressText.isHost(text) || AddressText.isIP(text)
                node.address = text
            case "ansible_port", "ansible_ssh_port":
                node.port = Int(text)
                isRight = (1...65_535).contains(node.port ?? 0)
            case "ansible_user", "ansible_ssh_user":
                isRight = ConnectionText.isUser(text)
                node.user = text
            case _ where Self.harmless.contains(variable): continue
            default:
                problems.append(
                    diagnostic("it sets '\(SafeText(variable).singleLine)' of \(name), which a source may not"))
            }
            if !isRight {
                problems.append(diagnostic("its \(variable) of \(name) is '\(SafeText(text).singleLine)'"))
            }
        }
        return node
    }

    private func readGroups(
        _ groups: [String: Group], known: Set<String>, _ problems: inout [Diagnostic]
    ) -> [String: NodeSet] {
        var found: [String: NodeSet] = [:]
        for name in groups.keys.sorted() where name != "all" && name != "ungrouped" {
            guard Self.isName(name) || name.first == "_" && Self.isName(String(name.dropFirst())) else {
                problems.append(diagnostic("'\(SafeText(name).singleLine)' is no name of a group"))
                continue
            }
            if let own = draft.groups[name] {
                problems.append(
                    diagnostic("it lists the group '\(name)', which the inventory has at \(own.place.position)"))
                continue
            }
            var names: Set<String> = []
            var pending = [name]
            var seen: Set<String> = []
            while let next = pending.popLast() {
                guard seen.insert(next).inserted, let group = groups[next] else { continue }
                names.formUnion(group.hosts)
                pending += group.children
            }
            found[name] = NodeSet(names: names.subtracting(known))
        }
        return found
    }

    private func failure(_ message: String) -> DiagnosticsError { DiagnosticsError([diagnostic(message)]) }

    private func diagnostic(_ message: String, severity: Diagnostic.Severity = .error) -> Diagnostic {
        Diagnostic(
            severity, at: source.position, "the source '\(source.plugin)' can't be believed: \(message)",
            hint: severity == .error ? "the last good list is kept" : nil)
    }
}
