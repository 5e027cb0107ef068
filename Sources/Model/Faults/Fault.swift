/// A way to break nodes, and what the runbook must make of it.
package struct Fault: Sendable, Hashable {
    /// How a broken target must end.
    package enum Ending: String, Sendable, Hashable, Codable, CaseIterable {
        case remediated, advised
        /// Further harm is kept away, and a person has to mend it.
        case failed
    }

    /// Kebab-case, unique in its file.
    package var id: String
    /// In one line, for people.
    package var title: String
    /// The id of the support case's cause, such as `4.1/c3`.
    package var supportCase: String?
    /// What detect must say, all of it and nothing else.
    package var causes: [String]
    /// What it says only once those are mended, and a person is told of.
    package var behind: [String]
    /// The targets that are broken by it, and that the runbook is applied to.
    package var targets: NodeSet
    package var inject: [LabScript]
    /// Another proof than the runbook's own: every script ends with 0 where the target is really well.
    package var independent: [LabScript]
    /// Commands without which detect can't tell.
    package var blind: [String]
    /// A cause whose remedy must not help.
    package var wrong: String?
    /// Compared too, besides what the whole file watches.
    package var watch: [WatchedThing]
    /// Of what is watched, what irreversible steps change for good: it is not as before when all else is undone.
    package var notRestored: [WatchedThing]
    /// Over the file's.
    package var parameters: [String: String]
    package var ending: Ending
    /// Whether nothing else is played meanwhile.
    package var isAlone: Bool
    /// What only stands in for the real thing.
    package var standIns: [String]
    package var position: SourcePosition

    package init(
        id: String, title: String = "", supportCase: String? = nil, causes: [String], behind: [String] = [],
        targets: NodeSet, inject: [LabScript], independent: [LabScript] = [], blind: [String] = [],
        wrong: String? = nil,
        watch: [WatchedThing] = [], notRestored: [WatchedThing] = [], parameters: [String: String] = [:],
        ending: Ending = .remediated, isAlone: Bool = false, standIns: [String] = [], position: SourcePosition
    ) {
        self.id = id
        self.title = title
        self.supportCase = supportCase
        self.causes = causes
        self.behind = behind
        self.targets = targets
        self.inject = inject
        self.independent = independent
        self.blind = blind
        self.wrong = wrong
        self.watch = watch
        self.notRestored = notRestored
        self.parameters = parameters
        self.ending = ending
        self.isAlone = isAlone
        self.standIns = standIns
        self.position = position
    }
}

/// A script of a test.
package struct LabScript: Sendable, Hashable {
    /// Where it runs, as root.
    package enum Place: Sendable, Hashable {
        /// Inside these nodes, one after the other.
        case nodes(NodeSet)
        /// On the machine that the lab runs on, in the lab's network, once for each of these nodes.
        case host(for: NodeSet)
    }

    package var script: String
    package var shell: Invocation.Shell
    package var place: Place

    package init(_ script: String, shell: Invocation.Shell = .sh, at place: Place) {
        self.script = script
        self.shell = shell
        self.place = place
    }
}

/// Something whose state is compared before and after.
package struct WatchedThing: Sendable, Hashable {
    package enum Kind: String, Sendable, Hashable, CaseIterable {
        /// A file's bytes, owner, mode and extended attributes; a folder with all that is below it.
        case path
        /// Whether a systemd unit is up, enabled, masked.
        case unit
        /// A package's version.
        case package
        case sysctl
        /// The firewall's rules, without counters.
        case nft
        /// What Kubernetes keeps of an object: its spec, labels and annotations.
        case k8s
        /// A mount: source, type, options.
        case mount
        /// What a script prints.
        case output
    }

    package var kind: Kind
    /// What of that kind: a path, a name, a script; empty for `nft`.
    package var subject: String
    /// Nil: every node of the test that can tell.
    package var nodes: NodeSet?

    package init(_ kind: Kind, _ subject: String, on nodes: NodeSet? = nil) {
        self.kind = kind
        self.subject = subject
        self.nodes = nodes
    }

    /// Whether `part` is looked at with it: the same thing, or something below its path, on no other nodes.
    package func includes(_ part: WatchedThing) -> Bool {
        let folder = subject.hasSuffix("/") ? subject : subject + "/"
        guard kind == part.kind, part.subject == subject || kind == .path && part.subject.hasPrefix(folder) else {
            return false
        }
        guard let nodes, let places = part.nodes else { return true }
        return places.subtracting(nodes).isEmpty
    }
}
