import Model
import Testing

@testable import Engine

@Suite struct NodeNamesTests {
    private let node = Node(
        name: "n1", labels: ["a": "1", "b": "2"], groups: ["g"], roles: ["r"],
        variables: ["a": .string("x"), "b": .list([.int(1)]), "pw": .secret(reference: "env:PW")])

    private func kept(_ runbook: Runbook) -> NamedValues? { NodeNames(runbook).values(of: node) }

    private func kept(by expression: Expression) -> NamedValues? {
        kept(.test(steps: [.run("a step", "true") { $0.when = expression }]))
    }

    private func kept(byTemplate text: String) -> NamedValues? {
        let file = FileVerb(path: .text("/x"), content: .template(path: "x.mustache", text: text))
        return kept(.test(steps: [.of("a step", .file(file))]))
    }

    private var all: NamedValues {
        NamedValues(labels: node.labels, groups: node.groups, variables: node.variables)
    }

    @Test func onlyWhatIsNamedIsKept() throws {
        let cases: [(String, NamedValues?)] = [
            ("node.name == 'n1' && params.labels == 'a' && node.facts.a == 'b'", nil),
            ("node.labels.a == '1'", NamedValues(labels: ["a": "1"])),
            ("!(node['labels']['a'] == '1')", NamedValues(labels: ["a": "1"])),
            ("node.labels.none == '1'", NamedValues()),
            (
                "contains(default(node.labels.a, node.vars.a), 'x')",
                NamedValues(labels: ["a": "1"], variables: ["a": .string("x")])
            ),
            (
                "node.vars.b[0] == 1 || 'g' in node.groups",
                NamedValues(groups: ["g"], variables: ["b": .list([.int(1)])])
            ),
            ("node.vars.pw == ''", NamedValues(variables: ["pw": .secret(reference: "env:PW")])),
            ("node.labels[node.vars.a] == '1'", NamedValues(labels: node.labels, variables: ["a": .string("x")])),
            ("'a' in node.labels", NamedValues(labels: node.labels)),
            ("node[params.x].a == '1'", all),
        ]
        for (source, expected) in cases {
            let expression = try Expression(parsing: source)
            #expect(kept(by: expression) == expected, "\(source)")
        }
    }

    @Test func templatesBesideTheRunbookNameThingsByTheirTags() {
        let cases: [(String, NamedValues?)] = [
            ("node.labels.a {{params.x}} {{! node.vars }}", nil),
            ("{{node.labels.a}} {{{ node.vars.a }}}", NamedValues(labels: ["a": "1"], variables: ["a": .string("x")])),
            ("{{#node.vars.b}}{{.}}{{/node.vars.b}}", NamedValues(variables: ["b": .list([.int(1)])])),
            ("{{uppercase(node.labels.a)}}", NamedValues(labels: ["a": "1"])),
            ("{{#node.labels}}{{a}}{{/node.labels}}", NamedValues(labels: node.labels)),
            ("{{#node.groups}}{{.}}{{/node.groups}}", NamedValues(groups: ["g"])),
            ("{{#node}}{{vars.a}}{{/node}}", all),
            ("{{=<% %>=}}<%node.labels.a%>", all),
        ]
        for (text, expected) in cases { #expect(kept(byTemplate: text) == expected, "\(text)") }
    }

    @Test func nothingThatARunbookHoldsIsForgotten() {
        let label = Expression.ofNode("labels", "a")
        let text = Template.text([.text("x"), .expression(label)])
        let condition = Expression.binary(.equal, label, .literal(.string("1")))
        var probe = Probe.test("p", "true")
        probe.healthy = Matcher(condition: condition)
        var matched = Probe.test("p", "true")
        matched.causes = [
            CauseRule(
                id: "c",
                when: Matcher(standardOutput: TextMatcher(json: JSONMatcher(path: "a", equals: text))))
        ]
        let verbs: [Verb] = [
            .file(FileVerb(path: text, content: .absent)), .file(FileVerb(path: .text("/x"), content: .text(text))),
            .edit(EditVerb(path: .text("/x"), change: .keyValue(key: .text("k"), value: text, separator: "="))),
            .service(ServiceVerb(name: .byFamily(["debian": text]))), .package(PackageVerb(names: [.same(text)])),
            .mount(MountVerb(path: .text("/x"), options: text)), .user(UserVerb(name: .text("u"), key: text)),
            .collect(.file(path: text)), .plugin(PluginVerb(name: "p", with: ["x": .list([.map(["y": text])])])),
            .advise(AdviseVerb(title: .text("t"), text: .text("t"), patch: text)),
            .escalate(EscalateVerb(rungs: [.run("rung", "true") { $0.when = condition }])),
            .runbook(IncludedRunbook(runbook: .mend, parameters: ["x": text])),
            .runbook(IncludedRunbook(runbook: .test(steps: [], verify: [.probe(probe)]), parameters: [:])),
        ]
        let others: [Runbook] = [
            .test(detect: [matched], steps: []), .test(steps: [], verify: [.probe(probe)]),
            .test(steps: [], always: [.run("a step", "true") { $0.environment = ["X": text] }]),
            .test(steps: [.run("a step", "true") { $0.until = condition }]),
            .test(steps: [], requires: [.freeSpace(path: "/", atLeast: text)]),
        ]
        let runbooks = verbs.map { Runbook.test(steps: [.of("a step", $0)]) } + others
        for (index, runbook) in runbooks.enumerated() {
            #expect(kept(runbook) == NamedValues(labels: ["a": "1"]), "runbook \(index)")
        }
    }

    @Test func whatThePlanAndTheRunKeepAnywayIsNotKeptTwice() {
        let each = Step.run("a step", "true") { $0.each = .ofNode("vars", "b") }
        let parameter = Parameter(
            name: "p", type: .string, description: "", defaultValue: .expression(.ofNode("vars", "a")),
            isOptional: false, minimum: nil, maximum: nil, pattern: nil, allowedValues: [], secretSource: nil,
            position: somewhere)
        #expect(kept(.test(steps: [each], parameters: [parameter])) == nil)
        let included = IncludedRunbook(runbook: .test(steps: [], parameters: [parameter]), parameters: [:])
        #expect(
            kept(.test(steps: [.of("include", .runbook(included))])) == NamedValues(variables: ["a": .string("x")]))
    }

    @Test func aDrainedNodeKeepsTheNameThatItsSchedulerHasForIt() {
        var node = node
        node.variables["slurm_node"] = .string("c1")
        let drain = Runbook.test(steps: [.of("drain", .drain(DrainVerb(reason: .text("test"))))])
        #expect(NodeNames(drain).values(of: node) == NamedValues(variables: ["slurm_node": .string("c1")]))
    }

    @Test func anotherPlaceInTheInventoryLeavesHowANodeIsReached() {
        var moved = node
        moved.connection.address = "10.0.0.9"
        moved.labels = ["a": "9"]
        moved.variables = [:]
        let seen = moved.with(NamedValues(labels: ["a": "1"], variables: ["a": .string("x")]))
        #expect(seen.connection == moved.connection && seen.roles == moved.roles)
        #expect(seen.labels == ["a": "1"] && seen.variables == ["a": .string("x")] && seen.groups.isEmpty)
        #expect(moved.with(nil) == moved)
    }
}
