import Model

/// Finds names that hold on some distributions only.
struct PlatformChecks {
    let reader: RunbookReader

    /// Families and their distributions; a name by family covers each of these.
    static let families: [String: [String]] = [
        "debian": ["debian", "ubuntu"], "ubuntu": ["ubuntu"],
        "rhel": ["rhel", "rocky", "almalinux", "centos", "fedora", "amzn", "ol"], "amzn": ["amzn"],
        "suse": ["suse", "sles", "opensuse"], "sles": ["sles"], "fedora": ["fedora"], "rocky": ["rocky"],
        "almalinux": ["almalinux"], "centos": ["centos"], "ol": ["ol"], "opensuse": ["opensuse"],
    ]

    func checkName(_ node: YAMLNode?, noun: String) {
        guard let node else { return }
        let declared = declaredPlatforms
        guard let entries = node.entries else { return checkSameName(node, noun: noun, declared) }
        for entry in entries where Self.families[Self.family(entry.key)] == nil {
            let near = Spelling.nearest(to: entry.key, among: Self.families.keys.sorted())
            reader.report(
                entry.keyMark, "there is no family '\(entry.key)'",
                hint: near.map { "did you mean '\($0)'?" } ?? "for example debian, ubuntu, rhel, amzn, suse")
        }
        let covered = Set(entries.flatMap { Self.families[Self.family($0.key)] ?? [] })
        if declared.isEmpty, entries.count == 1, !covered.isEmpty {
            reader.report(
                node, "the \(noun) has a name for \(entries[0].key) only",
                hint: "add 'platforms', or a name for each family")
        }
        for platform in declared
        where !covered.contains(Self.family(platform)) && !entries.contains(where: { $0.key == platform }) {
            reader.report(
                node, "the \(noun) has no name for \(platform)", hint: "add one, or take it out of 'platforms'")
        }
    }

    /// One name for all platforms.
    private func checkSameName(_ node: YAMLNode, noun: String, _ declared: [String]) {
        guard let name = node.scalar?.text, !name.contains("${{") else { return }
        let families = declared.isEmpty ? FamilyNames.all : Set(declared.compactMap(Self.lineage)).sorted()
        if families.count > 1, let known = FamilyNames.differing(name, noun: noun),
            !Set(families).isSubset(of: known.families)
        {
            reader.report(
                node, "the \(noun) '\(name)' is called so on \(known.families.joined(separator: " and ")) only",
                hint: "name it by family: {debian: \(known.debian), rhel: \(known.rhel)}")
        } else if noun == "package", declared.isEmpty {
            reader.warn(
                node, "the package '\(name)' is named the same on every distribution",
                hint: "add 'platforms', or name it by family: {debian: X, rhel: Y}")
        }
    }

    /// Debian's, Red Hat's or SUSE's family; nil for another distribution.
    private static func lineage(_ platform: String) -> String? {
        let family = family(platform)
        return FamilyNames.all.first { families[$0]?.contains(family) == true }
    }

    private var declaredPlatforms: [String] {
        let required = reader.root.list("requires").flatMap { $0.texts("os") }
        return reader.root.texts("platforms") + required
    }

    /// `rhel9` is of the family `rhel`.
    private static func family(_ platform: String) -> String {
        String(platform.prefix { !$0.isNumber && $0 != "." })
    }
}
