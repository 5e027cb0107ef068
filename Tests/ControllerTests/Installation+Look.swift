extension Installation {
    /// A runbook `look` of one probe, which finds every node well.
    static let look = """
        schema_version: 1
        name: look
        version: 1
        title: Looks
        targets: "@*"
        detect: [{name: up, probe: "true", healthy: {exit: 0}}]
        """
}
