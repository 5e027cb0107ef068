/// A runbook that greets and tells receivers of it.
enum Greeting {
    /// Signs what the webhook is sent.
    static let secret = "marked-secret-of-the-hook"

    static func runbook(
        _ notify: String, script: String = "exit 0", gate: String = "none", control: String = ""
    ) -> String {
        """
        schema_version: 1
        name: greet
        version: 1
        title: Greets
        targets: n1
        notify: \(notify)
        \(control)
        steps:
          - name: greet
            gate: \(gate)
            irreversible: true
            run: \(script)
        """
    }

    /// A receiver `ops` behind that port, with the key that is there.
    static func hook(_ port: Int, key: String = "env:HOOK_KEY") -> String {
        "  ops: {plugin: webhook, with: {url: \"http://127.0.0.1:\(port)/in\", key: {secret: \"\(key)\"}}}\n"
    }

    static func message(_ entry: [String: Any]) -> [String: Any] { entry["message"] as? [String: Any] ?? [:] }
}
