import Model

/// Turns one YAML file into a `Runbook`, reporting everything that is wrong with it. Confined to one loading.
final class RunbookReader {
    let root: YAMLNode
    let source: SourceText
    let bag: DiagnosticBag
    let validator: SchemaValidator
    /// What other files it needs.
    let surroundings: RunbookSurroundings
    /// Parameters whose values an including runbook takes from a node.
    private(set) var taintedParameters: Set<String>

    var parameters: [Parameter] = []
    var names = RunbookNames()
    /// Those of the file and of the shared files that it uses.
    var functions = ShellFunctions()
    /// What `env` of the whole runbook gives to each script.
    var commonEnvironment: [String: Template] = [:]
    /// Files that were read besides the runbook itself.
    var extraSources: [SourceFile] = []

    init(
        root: YAMLNode, source: SourceText, bag: DiagnosticBag, surroundings: RunbookSurroundings,
        taintedParameters: Set<String>
    ) {
        self.root = root
        self.source = source
        self.bag = bag
        self.surroundings = surroundings
        self.taintedParameters = taintedParameters
        validator = SchemaValidator(source: source, bag: bag)
    }

    /// The runbook as far as it can be read; whether it is right is in the bag.
    func read(bytes: [UInt8]) -> Runbook {
        validator.check(root, .block(.runbook), what: "the runbook")
        checkName()
        parameters = readParameters()
        // What has a closed form was made sure of.
        let closed = parameters.filter { $0.pattern != nil || !$0.allowedValues.isEmpty || $0.type.isClosed }
        taintedParameters.subtract(closed.map(\.name))
        commonEnvironment = readEnvironment(root["env"], scope(.beforeRun), staysOnNode: false)
        let shared = readShared()
        readFunctions()
        names = RunbookNames(root, shared: shared)
        let runbook = Runbook(
            name: root.text("name") ?? "", version: root.integer("version") ?? 0, title: root.text("title") ?? "",
            description: root.text("description") ?? "", supportCase: root.text("case"), owners: root.texts("owners"),
            tags: root.texts("tags"), covers: root.texts("covers"), references: root.texts("references"),
            versions: root.texts("versions"), platforms: root.texts("platforms"), targets: readTargets(),
            parameters: parameters,
            requires: readRequirements(), strategy: readStrategy(), approve: root["approve"].map(governance.approval),
            window: root["window"].map(governance.window), schedule: readSchedule(), detect: readDetect(shared: shared),
            diagnose: shared.flatMap(\.diagnose) + root.list("diagnose").map { readEvidence($0) },
            steps: readSteps("steps"), verify: readVerify(),
            onFailure: root.choice("on_failure", FailurePolicy.self) ?? .rollback, always: readSteps("always"),
            notify: root["notify"].map { governance.notifications($0, position: source.position) },
            become: root.bool("become"),
            timeout: root.duration("timeout"), position: source.position(root.mark),
            sources: [SourceFile(path: source.path, bytes: bytes)] + extraSourcesSorted)
        RunbookChecks(runbook: runbook, reader: self).run()
        return runbook
    }

    private var extraSourcesSorted: [SourceFile] {
        var seen: Set<String> = []
        return extraSources.filter { seen.insert($0.path).inserted }.sorted { $0.path < $1.path }
    }

    private func checkName() {
        guard let node = root["name"], let name = node.scalar?.text else { return }
        let file = surroundings.fileName(source.path)
        if file != name {
            report(node, "the runbook is named '\(name)', but its file '\(file)'", hint: "name both the same")
        }
    }

    private func readDetect(shared: [SharedProbes]) -> [Probe]? {
        let all = shared.flatMap(\.detect) + root.list("detect").map { readProbe($0, stage: .detect) }
        return all.isEmpty ? nil : all
    }

    private func readVerify() -> [VerifyEntry] {
        root.list("verify").map { node in
            node.scalar == nil ? .probe(readProbe(node, stage: .verify)) : .detect
        }
    }

    // MARK: Reports

    func report(_ node: YAMLNode, _ message: String, hint: String? = nil) {
        bag.add(validator.diagnostic(node.mark, message, hint: hint))
    }

    func report(_ mark: YAMLMark, _ message: String, hint: String? = nil) {
        bag.add(validator.diagnostic(mark, message, hint: hint))
    }

    func warn(_ node: YAMLNode, _ message: String, hint: String? = nil) {
        bag.add(validator.diagnostic(node.mark, message, hint: hint, severity: .warning))
    }
}
