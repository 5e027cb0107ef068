/// Why a plugin could not be used.
package struct PluginError: Error, Sendable, Hashable, CustomStringConvertible {
    package enum Kind: Sendable, Hashable {
        case missing, notExecutable
        case unsafe(String)
        case failed(String)
        case timedOut(Duration)
        case badAnswer(String)
        /// The plugin's own answer. Without `mayRetry` it would say the same again.
        case refused(String, mayRetry: Bool)
        /// It is not the plugin that was planned with.
        case changed
        /// It may only run in a sandbox, and there is none.
        case noSandbox(String)
    }

    /// The path of the executable or of its folder.
    package var path: String
    package var kind: Kind

    package init(_ path: String, _ kind: Kind) {
        self.path = path
        self.kind = kind
    }

    /// Whether the same request may do better later: unless the plugin itself says that it would not.
    package var mayRetry: Bool {
        if case .refused(_, let mayRetry) = kind { mayRetry } else { true }
    }

    package var description: String {
        switch kind {
        case .missing: "There is no plugin at \(path)."
        case .notExecutable: "The plugin \(path) can't be executed. Mend: chmod 755 \(path)"
        case .unsafe(let reason):
            "The plugin \(path) is not run: \(reason). Mend: give it to root or yourself and take write access from others."
        case .failed(let reason): "The plugin \(path) failed: \(reason)"
        case .timedOut(let limit): "The plugin \(path) took longer than \(limit.components.seconds) s and was ended."
        case .badAnswer(let reason): "The plugin \(path) answered with something unusable: \(reason)"
        case .refused(let reason, _): "The plugin \(path) refused: \(reason)"
        case .noSandbox(let reason):
            "The plugin \(path) is not run: \(reason). Mend: apt-get install bubblewrap, or change plugin_sandbox in the settings."
        case .changed: "The plugin \(path) is not the one that the plan was made with. Mend: make a new plan."
        }
    }
}
