import Model
import Testing

@testable import Catalog

/// The access file as an administrator writes it, and what is wrong with others.
@Suite struct AccessFileTests {
    private static let good = """
        schema_version: 1
        access:
          signers: keys/allowed
          services: [runbook, 991]
          persons:
            alice: {users: [alice, adm-alice, 1004], principals: [alice@example.org]}
            bob:
          roles:
            leads: {persons: [alice, bob], require_touch: true}
            operators: [bob]
          rules:
            - {allow: [apply, rollback], to: ["role:operators"], runbooks: "gpu-*", nodes: "n[1-2]"}
            - {deny: exec, to: everyone}
            - {allow: all, to: ["user:runbook"]}
        """

    private func load(_ files: [String: String]) throws -> (AccessFile?, String) {
        let folder = try TemporaryFolder(files)
        return (try InventoryLoader().load(paths: [folder.path]).access, folder.path)
    }

    @Test func itIsReadAsItIsWritten() throws {
        let (file, folder) = try load(["site.yaml": "schema_version: 1\nnodes: {n1: {}}\n", "access.yaml": Self.good])
        let access = try #require(file)
        #expect(access.signers == folder + "/keys/allowed")
        #expect(access.services == ["runbook", "991"])
        #expect(access.persons.map(\.name) == ["alice", "bob"])
        #expect(access.persons[0].users == ["alice", "adm-alice", "1004"])
        #expect(access.persons[0].principals == ["alice@example.org"])
        #expect(access.persons[1].users == ["bob"])
        #expect(access.persons[1].principals == ["bob"])
        #expect(access.roles.map(\.name) == ["leads", "operators"])
        #expect(access.roles.map(\.requiresTouch) == [true, false])
        #expect(access.roles[1].persons == ["bob"])
        #expect(access.rules[0].actions == [.apply, .rollback])
        #expect(access.rules[0].runbooks == ["gpu-*"])
        #expect(access.rules[0].nodes == "n[1-2]")
        #expect(access.rules[0].position.line == 12)
        #expect(!access.rules[1].allows)
        #expect(access.rules[2].actions == Set(AccessAction.allCases))
        #expect(access.digest.count == 64)
        #expect(try load(["site.yaml": "schema_version: 1\nnodes: {n1: {}}\n"]).0 == nil)
    }

    private func lint(_ from: String, _ to: String) throws -> [String] {
        try Lint.inventory(["access.yaml": Self.good.replacing(from, with: to)])
    }

    @Test func mistakesAreNamedWithTheirMend() throws {
        let cases = [
            (
                "persons: [alice, bob]", "persons: [alcie, bob]",
                "access.yaml:9:23: error: there is no person 'alcie' (did you mean 'alice'?)"
            ),
            (
                "\"role:operators\"", "\"role:operator\"",
                "access.yaml:12:39: error: there is no role 'operator' (did you mean 'operators'?)"
            ),
            (
                "to: everyone", "to: evryone",
                "access.yaml:13:24: error: there is no person 'evryone' (did you mean 'everyone'?)"
            ),
            (
                "deny: exec", "deny: exce",
                "access.yaml:13:14: error: 'deny' in a rule must be one of apply, approve, deny, exec, schedule, read, export, break_glass, rollback, diagnose, maintain, all, not 'exce' (did you mean 'exec'?)"
            ),
            ("deny: exec,", "", "access.yaml:13:7: error: a rule does nothing (it needs one of allow, deny)"),
            (
                "bob:\n", "bob: {users: [runbook]}\n",
                "access.yaml:7:18: error: 'runbook' is one of the services, and so no person (take it out of one of the two)"
            ),
            ("bob:\n", "bob: {users: [root]}\n", "access.yaml:7:18: error: root is no person (name who uses sudo)"),
            (
                "bob:\n", "bob: {users: [alice]}\n",
                "access.yaml:7:5: error: user 'alice' belongs to 'alice' already (one user is one person's; see access.yaml:6:5)"
            ),
            (
                "bob:\n", "bob: {principals: [\"al*\"]}\n",
                "access.yaml:7:24: error: a principal with wildcards names nobody (write the name out)"
            ),
            (
                "require_touch", "require_tuch",
                "access.yaml:9:36: error: unknown key 'require_tuch' in role (did you mean 'require_touch'?)"
            ),
            ("\"n[1-2]\"", "\"n[1-\"", "access.yaml:12:86: error: "),
        ]
        for (from, to, expected) in cases {
            let found = try lint(from, to)
            #expect(found.first?.hasPrefix(expected) == true, "\(found)")
            #expect(found.count == 1, "\(found)")
        }
        #expect(
            try Lint.inventory(["a.yaml": Self.good, "b.yaml": "schema_version: 1\naccess: {}\n"])
                == ["b.yaml:2:1: error: 'access' is set twice (the first is at a.yaml:3:3)"])
    }
}
