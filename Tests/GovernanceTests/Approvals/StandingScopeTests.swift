import Model
import Testing

@testable import Governance

/// What a standing approval is for.
@Suite struct StandingScopeTests {
    private func statement(
        nodes: String = "n[1-4]", parameters: [String: String] = ["days": "7..30"], version: Int = 1,
        source: [String: String] = ["r.yaml": "aa"]
    ) throws -> StandingStatement {
        try StandingStatement(
            site: "s", id: "1",
            scope: StandingScope(
                runbook: "rotate", version: version, source: StandingStatement.source(of: source), nodes: nodes,
                parameters: try parameters.mapValues { try StandingStatement.Range($0, of: .string) }, count: 3),
            approver: "alice", reason: "nightly", given: 1, expires: 2)
    }

    private func plan(
        _ names: [String] = ["n1", "n2"], days: String = "14", runbook: String = "rotate", version: Int = 1,
        idle: [String] = []
    ) -> Plan {
        func target(_ name: String, _ isWorkedOn: Bool) -> PlannedTarget {
            PlannedTarget(
                name: name, address: name, user: "root", jump: [], hostKeys: [], becomeUser: nil,
                survey: Survey(verdict: .broken), parameters: ["days": days],
                predictions: isWorkedOn ? [Prediction(.change)] : [])
        }
        return Plan(
            runbook: runbook, runbookVersion: version, sources: ["r.yaml": "aa"], selector: "", program: "1",
            supervisor: "1", created: 0, expires: 10, approve: nil, window: nil, gate: .approval, steps: [],
            targets: names.map { target($0, true) } + idle.map { target($0, false) }, waves: [],
            strategy: PlannedStrategy(
                order: .nodeFirst, concurrency: 1, stopsAtFailure: 1, canaryWaves: 0, limits: [:], soak: 0), notes: [])
    }

    @Test func itFitsItsOwnRunbookNodesAndValues() throws {
        #expect(try statement().misfit(plan()) == nil)
        #expect(try statement().misfit(plan(idle: ["other"])) == nil)
        #expect(try statement(parameters: ["days": "any"]).misfit(plan(days: "x")) == nil)
        #expect(try statement(parameters: ["days": "14,21"]).misfit(plan(days: "21")) == nil)
    }

    @Test func itFitsNothingElse() throws {
        #expect(try statement().misfit(plan(runbook: "other")) == "it is for rotate")
        #expect(try statement().misfit(plan(version: 2)) == "it is for version 1")
        #expect(try statement(source: ["r.yaml": "bb"]).misfit(plan()) == "the runbook's files are others")
        #expect(try statement().misfit(plan(["n1", "n5"])) == "it is not for n5")
        for days in ["6", "31", "14 days", ""] {
            #expect(
                try statement().misfit(plan(days: days)) == "it is not for this value of parameter 'days'", "\(days)")
        }
        #expect(try statement(parameters: [:]).misfit(plan()) == "it is not for this value of parameter 'days'")
        #expect(try statement(parameters: ["days": "14,21"]).misfit(plan(days: "7")) != nil)
    }

    private func parameter(_ type: ValueType, isOptional: Bool = false) -> Parameter {
        Parameter(
            name: "p", type: type, description: "", defaultValue: nil, isOptional: isOptional, minimum: nil,
            maximum: nil, pattern: nil, allowedValues: [], secretSource: nil,
            position: SourcePosition(file: "", line: 1, column: 1))
    }

    private func holds(_ typed: String, _ type: ValueType, _ value: Value) throws -> Bool {
        try StandingStatement.Range(typed, of: parameter(type)).holds(value.displayText)
    }

    @Test func aValueIsReadAsARunOfItBindsIt() throws {
        let list = Value.list([.string("/srv/data"), .string("/etc")])
        #expect(try holds("/srv/data,/etc", .list(.path), list))
        #expect(try !holds("/srv/data", .list(.path), list))
        #expect(try !holds("/etc,/srv/data", .list(.path), list))
        #expect(try holds("", .list(.path), .list([])))
        #expect(try holds("1,2", .list(.int), .list([.int(1), .int(2)])))
        #expect(try holds("a=1,b=2", .map(.int), .map(["b": .int(2), "a": .int(1)])))
        #expect(try holds("168h", .duration, .duration(.seconds(7 * 86_400))))
        #expect(try holds("1h,168h", .duration, .duration(.seconds(7 * 86_400))))
        #expect(try holds("a,b", .string, .string("b")))
        #expect(try holds("1..5", .int, .int(5)))
        #expect(try holds("any", .list(.path), list))
        #expect(throws: ValueError.self) { try holds("etc", .list(.path), list) }
        #expect(throws: ValueError.self) { try holds("seven", .int, .int(7)) }
    }

    @Test func theAbsenceOfAValueIsNamedWhereThereMayBeNone() throws {
        let range = try StandingStatement.Range("null", of: parameter(.int, isOptional: true))
        #expect(range.holds(Value.null.displayText))
        #expect(throws: ValueError.self) { try StandingStatement.Range("null", of: parameter(.int)) }
    }

    @Test func whoHasNoRunbookAtHandTellsAReadingFromALie() throws {
        let readings: [(String, ValueType)] = [
            ("/srv/data,/etc", .list(.path)), ("a,b", .string), ("168h", .duration), ("1..5", .int), ("any", .string),
            ("a=1,b=2", .map(.int)), ("a,b", .list(.list(.string))),
        ]
        for (typed, type) in readings {
            let range = try StandingStatement.Range(typed, of: type)
            #expect(range.isReading(of: typed), "\(typed)")
            for lie in ["/srv/data", "c", "1h", "1..6", "b=1,a=2", typed == "any" ? "x" : "any"] {
                #expect(!range.isReading(of: lie), "\(typed), \(lie)")
            }
        }
    }

    @Test func itsDigestChangesWithEachPartOfItAndWithNothingElse() throws {
        let scope = try statement().scope
        let others = [
            try statement(nodes: "n[1-5]"), try statement(version: 2), try statement(source: ["r.yaml": "bb"]),
            try statement(parameters: ["days": "7..31"]), try statement(parameters: ["days": "7,30"]),
        ].map(\.scope.digest)
        var counted = scope
        counted.count = 4
        var named = scope
        named.runbook = "other"
        #expect(Set(others + [scope.digest, counted.digest, named.digest]).count == 8)
        var later = try statement()
        later.given = 7
        #expect(later.scope.digest == scope.digest)
    }

    @Test func itsTextIsCanonical() throws {
        let text = try statement().canonical
        #expect(try StandingStatement(canonical: text).canonical == text)
        #expect(text.contains(#""parameters":{"days":{"max":30,"min":7}}"#))
        #expect(throws: GovernanceError.self) { try StandingStatement(canonical: text + " ") }
        #expect(throws: GovernanceError.self) { try StandingStatement(canonical: text.replacing("7}", with: "7.0}")) }
    }
}
