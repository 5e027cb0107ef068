import Model

/// What the files of an inventory say, before nodes and groups are resolved.
struct InventoryDraft: Sendable {
    /// What is said of a node set.
    struct NodeEntry: Sendable {
        var set: NodeSet
        /// As it was written.
        var text: String
        /// In the order in which they were written.
        var names: [String]
        /// One for each name, one for all, or none.
        var addresses: [String]
        var settings: [Setting]
        var place: Place
    }

    /// One key's value, such as `ssh.user` or `labels.rack`.
    struct Setting: Sendable {
        var key: String
        var value: Value
        var place: Place
    }

    struct Place: Sendable, Hashable {
        var position: SourcePosition
        var line: String?
    }

    /// Node sets by name: groups and roles.
    struct NamedSet: Sendable {
        var texts: [String]
        /// Of each text.
        var places: [Place]
        var place: Place
    }

    struct Variables: Sendable {
        /// A group (`@gpu`) or a node set.
        var text: String
        var values: [Setting]
        var place: Place
    }

    var defaults: [String: Setting] = [:]
    var nodes: [NodeEntry] = []
    var groups: [String: NamedSet] = [:]
    var roles: [String: NamedSet] = [:]
    var variables: [Variables] = []
    var sources: [SourceDeclaration] = []
    var calendars: [CalendarDeclaration] = []
    var jobs: [ScheduledJob] = []
    var receivers: [Receiver] = []
    var changeRules: [ChangeRule] = []
    var access: AccessFile?
    var warnings: [Diagnostic] = []
}

extension InventoryDraft.Place {
    func diagnostic(
        _ message: String, hint: String? = nil, severity: Diagnostic.Severity = .error
    ) -> Diagnostic {
        Diagnostic(severity, at: position, message, hint: hint, sourceLine: line)
    }
}
