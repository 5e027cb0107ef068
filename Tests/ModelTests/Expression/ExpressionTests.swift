import Testing

@testable import Model

@Suite struct ExpressionTests {
    static let context = EvaluationContext(
        parameters: [
            "drain": .bool(true), "driver_version": .string("550.163.01"), "wait": .duration(.seconds(90)),
            "least": .size(2 << 30), "share": .percent(10), "mounts": .list([.string("/home"), .string("/scratch")]),
            "options": .map(["a": .int(1)]), "count": .int(3), "missing": .null, "from_node": .string("x"),
            "password": .secret(reference: "vault:a#b"),
        ],
        node: Node(
            name: "gpu01", labels: ["rack": "r1", "gpu-type": "h100"], groups: ["compute", "gpu"],
            variables: ["driver": .string("550"), "deep": .map(["list": .list([.int(5)])])]),
        facts: ["kernel": "6.1.0"], causes: ["no-driver", "version-mismatch"],
        steps: [
            "drain": StepRecord(changed: true, standardOutput: "", standardError: "", exit: 0),
            "later": StepRecord(),
        ],
        probes: [
            "driver answers": ProbeRecord(standardOutput: "GPU 0", standardError: "", exit: 9, facts: ["free": "12"])
        ],
        before: ["mounts": ProbeRecord(standardOutput: "", standardError: "", exit: 0, facts: ["count": "9"])],
        item: .string("sda"), run: ["id": .string("r1")], taintedParameters: ["from_node"])

    @Test(arguments: [
        ("params.drain", Truth.yes), ("!params.drain", .no), ("params['drain']", .yes),
        ("params.driver_version == '550.163.01'", .yes), ("params.driver_version != \"550\"", .yes),
        ("'it''s' == \"it's\"", .yes), ("params.wait > 1m", .yes), ("params.wait == 1m30s", .yes),
        ("params.least >= 2GiB", .yes), ("params.least < 1.5GiB", .no), ("params.share <= 10%", .yes),
        ("'/home' in params.mounts", .yes), ("'a' in params.options", .yes), ("'b' in params.options", .no),
        ("node.labels.rack in ['r1', 'r2']", .yes), ("node.labels.gpu-type == 'h100'", .yes),
        ("'gpu' in node.groups", .yes), ("node.vars.deep.list[0] == 5", .yes), ("node.vars.deep.list[-1] == 5", .yes),
        ("node.vars.deep.list[7] == null", .yes), ("node.vars.nothing.more == null", .yes),
        ("'no-driver' in causes", .yes), ("length(causes) == 2", .yes), ("item == 'sda'", .yes),
        ("run.id == 'r1'", .yes), ("steps.drain.changed", .yes), ("steps['later'].changed", .unknown),
        ("steps['nobody'].stdout == 'x'", .unknown), ("probes['driver answers'].exit == 9", .yes),
        ("probes['driver answers'].facts.free > 11.5", .yes), ("before.mounts.facts.count < 10", .yes),
        ("before.mounts.facts.count < probes['driver answers'].facts.free", .yes),
        ("contains(probes['driver answers'].stdout, 'GPU')", .yes), ("contains(params.mounts, '/tmp')", .no),
        ("starts_with(node.name, 'gpu')", .yes), ("ends_with(node.name, '02')", .no),
        ("matches(node.facts.kernel, '^6\\.[0-9]+')", .yes),
        ("version_compare(params.driver_version, '550.90') == 1", .yes),
        ("version_part(params.driver_version, 1) == '550'", .yes), ("version_part('1.2', 2) == '2'", .yes),
        ("version_compare('550', '550.0') < 0", .yes), ("default(params.missing, true)", .yes),
        ("default(node.vars.driver, 'x') == '550'", .yes), ("length('äö') == 2", .yes),
        ("params.count in [1, 3]", .yes),
        ("1 == 1.0", .yes), ("null == params.missing", .yes), ("true && false || true", .yes),
        ("!(true && false)", .yes),
        ("!true || true", .yes), ("!true == false", .yes), ("9007199254740993 > 9007199254740992", .yes),
    ])
    func yields(text: String, expected: Truth) throws {
        #expect(try Expression(parsing: text).truth(in: Self.context) == expected, "\(text)")
    }

    @Test(arguments: [
        ("true", "u", "u", "yes"), ("false", "u", "no", "u"), ("u", "true", "u", "yes"), ("u", "false", "no", "u"),
        ("u", "u", "u", "u"), ("true", "false", "no", "yes"),
    ])
    func unknownFollowsKleene(left: String, right: String, and: String, or: String) throws {
        func text(_ word: String) -> String { word == "u" ? "steps.later.changed" : word }
        func truth(_ word: String) -> Truth { word == "u" ? .unknown : word == "yes" ? .yes : .no }
        func result(_ symbol: String) throws -> Truth {
            try Expression(parsing: "\(text(left)) \(symbol) \(text(right))").truth(in: Self.context)
        }
        #expect(try result("&&") == truth(and))
        #expect(try result("||") == truth(or))
        #expect(try Expression(parsing: "!steps.later.changed").truth(in: Self.context) == .unknown)
    }

    /// With outputs of which as much was printed as is kept, so that more may follow.
    static let cutContext: EvaluationContext = {
        let kept = "ok\n" + String(repeating: "x", count: Pattern.searchedBytes - 3)
        var context = ExpressionTests.context
        context.probes["long"] = ProbeRecord(standardOutput: kept, standardError: "", exit: 0, facts: ["size": "1"])
        context.steps["long"] = StepRecord(changed: true, standardOutput: kept, standardError: "", exit: 0)
        context.parameters["long"] = .string(kept)
        return context
    }()

    @Test(arguments: [
        ("contains(probes.long.stdout, 'ok')", Truth.yes), ("contains(probes.long.stdout, 'no')", .unknown),
        ("!contains(steps.long.stdout, 'no')", .unknown), ("contains(params.long, 'no')", .no),
        ("starts_with(probes.long.stdout, 'ok')", .yes), ("starts_with(probes.long.stdout, 'no')", .no),
        ("starts_with(params.long, probes.long.stdout)", .unknown), ("ends_with(probes.long.stdout, 'x')", .unknown),
        ("ends_with(probes.long.stdout, 'no')", .unknown), ("matches(probes.long.stdout, 'no')", .unknown),
        ("length(steps.long.stdout) > 3", .unknown), ("length(params.long) > 3", .yes),
        ("version_compare(probes.long.stdout, '1') == 0", .unknown), ("probes.long.stdout == 'ok'", .no),
        ("probes.long.stdout != 'ok'", .yes), ("probes.long.stdout == steps.long.stdout", .unknown),
        ("params.long != probes.long.stdout", .unknown), ("probes.long.stdout in ['ok', 'no']", .no),
        ("probes.long.facts.size == 1", .unknown), ("probes.long.exit == 0", .yes), ("steps.long.changed", .yes),
        ("probes.long.stderr == ''", .yes), ("contains(probes.long.stdout, 'no') || params.drain", .yes),
        ("contains(probes.long.stdout, 'no') && !params.drain", .no),
    ])
    func ofAnOutputThatWasCutOnlyThatIsKnownWhichItsRestCanNotChange(text: String, expected: Truth) throws {
        #expect(try Expression(parsing: text).truth(in: Self.cutContext) == expected, "\(text)")
    }

    @Test(arguments: [
        ("contains(probes.long.stdout, 'no')", Evaluation.Reason.cut), ("steps.later.changed", .notRun),
        ("steps.later.changed && contains(probes.long.stdout, 'no')", .cut),
        ("contains(probes.long.stdout, 'no') || steps.later.changed", .cut),
        ("steps.later.stdout == probes.long.stdout", .notRun), ("length(steps.later.stdout) > 3", .notRun),
    ])
    func whyAValueIsUnknownIsTold(text: String, reason: Evaluation.Reason) throws {
        #expect(try Expression(parsing: text).evaluate(in: Self.cutContext) == .unknown(reason), "\(text)")
    }

    @Test(arguments: [
        ("params.drain && (", "did not expect the end here", nil), ("", "the expression is empty", nil),
        ("param.drain", "unknown name 'param'", "did you mean 'params'?"),
        ("params.drain = true", "'=' has no meaning in an expression", "compare with '=='"),
        ("true and false", "did not expect 'and' here", "write '&&'"),
        ("not true", "did not expect 'not' here", "write '!'"),
        ("1 < 2 < 3", "comparisons can't be chained", "join them with '&&'"),
        ("lenght(causes)", "unknown function 'lenght'", "did you mean 'length'?"),
        ("contains('a')", "contains takes 2 arguments, not 1", "contains(text or list, part)"),
        ("'open", "a text that begins with ' does not end", nil),
        ("12monkeys", "'12monkeys' is no number, duration, size or percentage", "put it in quotes if it is text"),
        (
            "params.'x'", "expected a name after '.' instead of 'x'",
            "names with other characters go in brackets: steps['install driver']"
        ),
        ("params.a + 1", "'+' has no meaning in an expression", "expressions do not calculate"),
        ("[params.a]", "a list in an expression holds plain values only, not 'params'", "put text in quotes"),
        (
            "foo", "unknown name 'foo'",
            "names begin with params, node, steps, probes, before, causes, item, run; text goes in quotes"
        ),
    ])
    func syntaxErrorsShowTheMend(text: String, message: String, hint: String?) {
        let error = #expect(throws: ExpressionError.self) { try Expression(parsing: text) }
        #expect(error?.message == message)
        #expect(error?.hint == hint)
    }

    @Test(arguments: [
        "params.count && true", "params.driver_version < '551'", "params.missing < 3", "params.password == 'x'",
        "length(params.count)", "params.count.more == 1", "'a' in 'abc'", "matches(node.name, '(')",
        "matches(node.name, node.facts.kernel)", "contains(params.password, 'x')", "node.nothing == 1", "params == 1",
        "steps.drain.facts == 1", "causes['x'] == 1",
        "version_part('550', 2) == ''", "version_part('550', 'x') == ''", "version_part(params.password, 1) == ''",
    ])
    func wrongTypesThrow(text: String) throws {
        let expression = try Expression(parsing: text)
        #expect(throws: ExpressionError.self) { try expression.truth(in: Self.context) }
    }

    @Test(arguments: [
        ("params.drain", false), ("params.from_node", true), ("node.vars.driver", false), ("node.facts.kernel", true),
        ("probes['driver answers'].stdout", true), ("causes", true), ("steps.drain.stdout", true),
        ("steps.drain.changed", false), ("before.mounts.facts.count", true), ("default(params.missing, 'x')", false),
        ("default(params.missing, node.facts.kernel)", true), ("node.labels[node.facts.kernel]", true),
        ("params.drain && contains(causes, 'x')", true),
    ])
    func whatCameFromTheNodeIsTainted(text: String, expected: Bool) throws {
        guard case .known(_, let isTainted) = try Expression(parsing: text).evaluate(in: Self.context) else {
            Issue.record("unknown")
            return
        }
        #expect(isTainted == expected)
    }

    @Test func depthAndLengthAreLimited() {
        for text in [
            String(repeating: "(", count: 100_000), String(repeating: "!", count: 4000) + "true",
            "node" + String(repeating: ".a", count: 2000), "node" + String(repeating: "[node", count: 500),
        ] {
            #expect(throws: ExpressionError.self) { try Expression(parsing: text) }
        }
    }

    @Test func whatIsWrittenReadsBackTheSame() throws {
        var random = SeededGenerator(seed: 3)
        for _ in 0..<2000 {
            let expression = Self.random(depth: 4, using: &random)
            #expect(try Expression(parsing: expression.source) == expression, "\(expression.source)")
        }
    }

    @Test func randomTextNeverDoesMoreThanThrow() {
        var random = SeededGenerator(seed: 11)
        let words = [
            "params", ".", "x", "[", "]", "'a'", "(", ")", "&&", "||", "!", "==", "in", "1", "2GiB", "5%", ",",
            "length", "matches", "${{", "}}", " ", "node", "é", "\"", "-", "true", "null", "steps", "\0",
        ]
        var parsed = 0
        for _ in 0..<20_000 {
            let count = Int.random(in: 0...9, using: &random)
            let text = (0..<count).map { _ in words.randomElement(using: &random) ?? "" }.joined()
            if let expression = try? Expression(parsing: text) {
                parsed += 1
                _ = try? expression.evaluate(in: Self.context)
            }
            _ = try? Template(parsing: text)
        }
        #expect(parsed > 200)
    }

    static func random(depth: Int, using random: inout SeededGenerator) -> Expression {
        if depth == 0 {
            switch Int.random(in: 0...5, using: &random) {
            case 0: return .literal(.int(Int.random(in: -5...5, using: &random)))
            case 1: return .literal(.string("it's \"x\""))
            case 2: return .literal(.duration(.seconds(90)))
            case 3: return .literal(.list([.size(1024), .null, .bool(true)]))
            case 4: return .root("causes")
            default: return .member(.root("params"), "a_b")
            }
        }
        switch Int.random(in: 0...5, using: &random) {
        case 0: return .not(Self.random(depth: depth - 1, using: &random))
        case 1: return .index(.member(.root("node"), "vars"), Self.random(depth: depth - 1, using: &random))
        case 2: return .call(.length, [Self.random(depth: depth - 1, using: &random)])
        case 3: return Self.random(depth: 0, using: &random)
        default:
            let comparator = Expression.BinaryOperator.allCases.randomElement(using: &random) ?? .and
            return .binary(
                comparator, Self.random(depth: depth - 1, using: &random),
                Self.random(depth: depth - 1, using: &random))
        }
    }
}
