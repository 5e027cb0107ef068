import Model

/// The names of a runbook's parts, found before its parts are read, so that they may refer to each other.
struct RunbookNames {
    /// Of detect and verify.
    var probes: Set<String> = []
    var detectProbes: Set<String> = []
    var evidence: Set<String> = []
    /// In order, rungs behind their step.
    var steps: [String] = []
    var alwaysSteps: [String] = []

    init() {}

    init(_ root: YAMLNode, shared: [SharedProbes]) {
        detectProbes = Set(root.list("detect").compactMap { $0.text("name") } + shared.flatMap(\.detect).map(\.name))
        probes = detectProbes.union(root.list("verify").compactMap { $0.text("name") })
        evidence = Set(
            root.list("diagnose").compactMap { $0.text("name") } + shared.flatMap(\.diagnose).map(\.name))
        steps = root.list("steps").flatMap(Self.stepNames)
        alwaysSteps = root.list("always").flatMap(Self.stepNames)
    }

    private static func stepNames(_ node: YAMLNode) -> [String] {
        let rungs = node["escalate"]?.list("rungs").compactMap { $0.text("name") } ?? []
        return (node.text("name").map { [$0] } ?? []) + rungs
    }
}
