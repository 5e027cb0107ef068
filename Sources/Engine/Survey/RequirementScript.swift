import Model

/// How a requirement is checked: from what is known already, or by a script that ends with 0 where it is met.
enum RequirementCheck: Sendable, Hashable {
    case known(isMet: Bool)
    case script(String, environment: [String: String])
}

extension Requirement {
    /// In words, for a person: `free space of 2 GiB on /var`.
    func text(in context: EvaluationContext) -> String {
        switch self {
        case .command(let name): "command \(name)"
        case .freeSpace(let path, let atLeast):
            "free space on \(path) (\(Self.bytes(atLeast, context).map(ByteCount.text) ?? "?"))"
        case .os(let names): "os \(names.joined(separator: " or "))"
        case .file(let path): "file \(path)"
        case .unit(let name): "unit \(name)"
        case .role(let name): "role \(name)"
        }
    }

    func check(on node: Node, identity: NodeIdentity, context: EvaluationContext) -> RequirementCheck {
        switch self {
        case .command(let name):
            .script(#"command -v -- "$REQUIRED" >/dev/null 2>&1"#, environment: ["REQUIRED": name])
        case .freeSpace(let path, let atLeast):
            .script(
                #"test "$(df -Pk -- "$REQUIRED" | awk 'NR == 2 {print $4}')" -ge "$KIBIBYTES""#,
                environment: [
                    "REQUIRED": path, "KIBIBYTES": String(((Self.bytes(atLeast, context) ?? 0) + 1023) / 1024),
                ])
        case .os(let names): .known(isMet: names.contains { Self.fits($0, identity) })
        case .file(let path): .script(#"test -e "$REQUIRED""#, environment: ["REQUIRED": path])
        case .unit(let name): .script(#"systemctl cat -- "$REQUIRED" >/dev/null 2>&1"#, environment: ["REQUIRED": name])
        case .role(let name): .known(isMet: node.roles.contains(name))
        }
    }

    /// Whether a distribution is `name`: its id, its id and version as in `rhel9`, or one that is rebuilt from it.
    static func fits(_ name: String, _ identity: NodeIdentity) -> Bool {
        let major = identity.distributionVersion.split(separator: ".").first.map(String.init) ?? ""
        return ([identity.distribution] + (rebuilds[identity.distribution].map { [$0] } ?? [])).contains { id in
            name == id || name == id + major || name == id + identity.distributionVersion
        }
    }

    /// `ID`s of `/etc/os-release` of distributions that are rebuilt from another one's sources.
    private static let rebuilds = [
        "rocky": "rhel", "almalinux": "rhel", "centos": "rhel", "ol": "rhel", "raspbian": "debian",
        "opensuse-leap": "sles", "linuxmint": "ubuntu",
    ]

    private static func bytes(_ template: Template, _ context: EvaluationContext) -> Int? {
        guard case .known(let value, _)? = try? template.evaluate(in: context) else { return nil }
        return value.number.map { Int($0) }
    }
}
