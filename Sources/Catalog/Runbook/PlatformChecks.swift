import Model

/// Warns of names that hold on some distributions only.
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
        guard let entries = node.entries else {
            if noun == "package", declared.isEmpty {
                reader.warn(
                    node, "the package '\(node.scalar?.text ?? "")' is named the same on every distribution",
                    hint: "add 'platforms', or name it by family: {debian: X, rhel: Y}")
            }
            return
        }
        for entry in entries where Self.families[Self.family(entry.key)] == nil {
            let near = Spelling.nearest(to: entry.key, among: Self.families.keys.sorted())
            reader.report(
                entry.keyMark, "there is no family '\(entry.key)'",
                hint: near.map { "did you mean '\($0)'?" } ?? "for example debian, ubuntu, rhel, amzn, suse")
        }
        if declared.isEmpty, entries.count == 1 {
            reader.warn(
                node, "the \(noun) has a name for \(entries[0].key) only",
                hint: "add 'platforms', or a name for each family")
        }
        let covered = Set(entries.flatMap { Self.families[Self.family($0.key)] ?? [] })
        for platform in declared
        where !covered.contains(Self.family(platform)) && !entries.contains(where: { $0.key == platform }) {
            reader.warn(node, "the \(noun) has no name for \(platform)", hint: "add one, or take it out of 'platforms'")
        }
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
