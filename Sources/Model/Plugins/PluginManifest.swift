/// What a plugin's `plugin.yaml` says of it.
package struct PluginManifest: Sendable, Hashable {
    /// What it extends; the name of its folder's parent.
    package enum Kind: String, Sendable, Hashable, CaseIterable {
        case notify, step, inventory, secret

        /// What it can be asked to do besides `describe`.
        package var operations: [String] {
            switch self {
            case .notify: ["send"]
            case .step: ["check", "apply", "undo"]
            case .inventory: ["list"]
            case .secret: ["get"]
            }
        }
    }

    /// One of the settings that whoever uses it may give.
    package struct Setting: Sendable, Hashable {
        /// `secret`: given by reference, and resolved only for the call.
        package var type: ValueType
        package var isRequired: Bool
        package var summary: String
        /// A value that harms nobody, for the conformance test.
        package var example: Value?

        package init(type: ValueType, isRequired: Bool, summary: String, example: Value?) {
            self.type = type
            self.isRequired = isRequired
            self.summary = summary
            self.example = example
        }
    }

    package var name: String
    package var kind: Kind
    package var summary: String
    /// A file in the plugin's folder.
    package var executable: String
    /// A call that takes longer is ended.
    package var timeout: Duration
    /// Programs that it needs.
    package var requires: [String]
    /// Names of environment variables that it gets, besides `PATH`, `HOME` and `LANG`.
    package var environment: [String]
    package var settings: [String: Setting]
    /// Whether a step of it can be undone.
    package var canUndo: Bool
    /// What may be done when the outcome of a step of it is not known.
    package var effect: Effect

    package init(
        name: String, kind: Kind, summary: String, executable: String, timeout: Duration = .seconds(30),
        requires: [String] = [], environment: [String] = [], settings: [String: Setting] = [:], canUndo: Bool = false,
        effect: Effect = .once
    ) {
        self.name = name
        self.kind = kind
        self.summary = summary
        self.executable = executable
        self.timeout = timeout
        self.requires = requires
        self.environment = environment
        self.settings = settings
        self.canUndo = canUndo
        self.effect = effect
    }
}

extension PluginManifest {
    /// `values` as this plugin's settings, each with its type.
    /// - Throws: for a setting that it does not have, that is missing, or that does not fit.
    package func checked(_ values: [String: Value]) throws(ValueError) -> [String: Value] {
        var settings: [String: Value] = [:]
        for (name, value) in values.sorted(by: { $0.key < $1.key }) {
            guard let setting = self.settings[name] else { throw unknown(name) }
            do throws(ValueError) {
                settings[name] = try setting.type.value(converting: value.readingSecret)
            } catch {
                throw ValueError("setting '\(name)' of plugin '\(self.name)': \(error.message)", hint: error.hint)
            }
        }
        try checkComplete(Set(values.keys))
        return settings
    }

    /// Whether settings of these names are all there are and all that is needed, whatever their values.
    package func checkNames(_ names: Set<String>) throws(ValueError) {
        for name in names.sorted() where settings[name] == nil { throw unknown(name) }
        try checkComplete(names)
    }

    private func checkComplete(_ names: Set<String>) throws(ValueError) {
        let missing = settings.filter { $0.value.isRequired && !names.contains($0.key) }.keys.sorted()
        guard let first = missing.first, let setting = settings[first] else { return }
        throw ValueError("plugin '\(name)' needs the setting '\(first)'", hint: setting.summary)
    }

    private func unknown(_ setting: String) -> ValueError {
        let near = Spelling.nearest(to: setting, among: settings.keys.sorted())
        return ValueError(
            "plugin '\(name)' has no setting '\(SafeText(setting).singleLine)'",
            hint: near.map { "did you mean '\($0)'?" } ?? "there are \(settings.keys.sorted().joined(separator: ", "))")
    }
}

extension Value {
    /// `{secret: REFERENCE}`, as files have it, as the secret that it stands for.
    package var readingSecret: Value {
        guard case .map(let entries) = self, entries.count == 1, case .string(let reference)? = entries["secret"] else {
            return self
        }
        return .secret(reference: reference)
    }
}
