import Governance
import Model
import Testing

/// Rules from the top, the first that fits decides.
@Suite struct AccessPolicyTests {
    private static func place(_ line: Int) -> SourcePosition { SourcePosition(file: "a.yaml", line: line, column: 5) }

    private static let rules: [AccessFile.Rule] = [
        .init(allows: false, actions: [.exec], subjects: ["everyone"], nodes: "login[1-2]", position: place(1)),
        .init(
            allows: true, actions: [.apply, .rollback], subjects: ["role:ops"], runbooks: ["gpu-*"], nodes: "gpu[1-4]",
            position: place(2)),
        .init(allows: true, actions: [.apply], subjects: ["bob"], nodes: "gpu[5-8]", position: place(3)),
        .init(allows: true, actions: [.exec, .read], subjects: ["alice"], position: place(4)),
        .init(allows: true, actions: Set(AccessAction.allCases), subjects: ["user:runbook"], position: place(5)),
    ]

    private func policy(_ file: Bool = true) throws -> AccessPolicy {
        let access = AccessFile(
            signers: "", services: ["runbook"],
            persons: ["alice", "bob"].map {
                AccessFile.Person(name: $0, users: [$0], principals: [$0], position: Self.place(9))
            },
            roles: [
                AccessFile.Role(name: "ops", persons: ["alice", "bob"], requiresTouch: false, position: Self.place(9))
            ],
            rules: Self.rules, digest: "d", position: Self.place(9))
        return try AccessPolicy(file ? access : nil) { _, text in try NodeSet(parsing: text, resolver: nil) }
    }

    private func decide(
        _ person: String, _ action: AccessAction, _ runbook: String? = nil, _ nodes: String? = nil
    ) throws -> AccessDecision {
        try policy().decide(
            .person(person, user: person), action, runbook: runbook,
            nodes: nodes.map { try NodeSet(parsing: $0, resolver: nil) })
    }

    @Test func whatNoRuleAllowsIsRefused() throws {
        #expect(try !decide("bob", .exec, nil, "gpu1").isAllowed)
        #expect(try !decide("alice", .schedule).isAllowed)
        #expect(try decide("alice", .schedule).explanation == ["refused: no rule of the access file allows it"])
        #expect(try !policy().decide(.account("stranger"), .read).isAllowed)
    }

    @Test func theFirstThatFitsDecides() throws {
        #expect(try decide("alice", .exec, nil, "gpu1").isAllowed)
        #expect(try !decide("alice", .exec, nil, "login1").isAllowed)
        let both = try decide("alice", .exec, nil, "login1,gpu1")
        #expect(!both.isAllowed)
        #expect(both.explanation == ["refused on login1 by a.yaml:1:5", "allowed on gpu1 by a.yaml:4:5"])
    }

    @Test func nodesMayBeAllowedByDifferentRules() throws {
        let decision = try decide("bob", .apply, "gpu-fix", "gpu[3-6]")
        #expect(decision.isAllowed)
        #expect(decision.explanation == ["allowed on gpu[3-4] by a.yaml:2:5", "allowed on gpu[5-6] by a.yaml:3:5"])
        #expect(try !decide("alice", .apply, "gpu-fix", "gpu[3-6]").isAllowed)
        #expect(try decide("alice", .apply, "gpu-fix", "gpu[3-6]").refusal.contains("refused on gpu[5-6]"))
    }

    @Test func runbooksAreMatchedByPattern() throws {
        #expect(try decide("alice", .apply, "gpu-driver-fix", "gpu1").isAllowed)
        #expect(try !decide("alice", .apply, "disk-fix", "gpu1").isAllowed)
        // A rule for some runbooks is none for what is about no runbook, and one for some nodes none for all.
        #expect(try !decide("alice", .apply, nil, "gpu1").isAllowed)
        #expect(try !decide("alice", .apply, "gpu-fix").isAllowed)
    }

    @Test func accountsAreAllowedByNameOnly() throws {
        #expect(try policy().decide(.account("runbook"), .apply, runbook: "x").isAllowed)
        #expect(try !policy().decide(.account("root"), .apply, runbook: "x").isAllowed)
    }

    @Test func withoutAFileEverybodyMayEverythingButBreakTheGlass() throws {
        let policy = try policy(false)
        for action in AccessAction.allCases {
            #expect(policy.decide(.account("root"), action).isAllowed == (action != .breakGlass))
        }
    }
}
