import Model
import Testing

@testable import Governance

/// Who counts, and how often.
@Suite struct QuorumTests {
    private static let place = SourcePosition(file: "access.yaml", line: 1, column: 1)

    private static func people(touch: Bool = false) -> People {
        People(
            AccessFile(
                signers: "", services: ["runbook"],
                persons: ["alice", "bob", "carol", "dave"].map {
                    AccessFile.Person(name: $0, users: [$0, "adm-" + $0], principals: [$0], position: place)
                },
                roles: [
                    AccessFile.Role(
                        name: "leads", persons: ["alice", "bob"], requiresTouch: touch, position: place)
                ], rules: [], digest: "", position: place))
    }

    private func quorum(
        _ approvers: [String] = ["role:leads", "carol"], minimum: Int = 2, allowSelf: Bool = false,
        by: People.Subject = .person("dave", user: "dave"), touch: Bool = false
    ) -> Quorum {
        Quorum(
            Approval(approvers: approvers, minimum: minimum, allowSelf: allowSelf), people: Self.people(touch: touch),
            requester: by)
    }

    private func given(_ pairs: (String, String)..., touched: Bool = false) -> [ProvenApproval] {
        pairs.map { ProvenApproval(person: $0.0, principal: $0.0, key: $0.1, isTouched: touched, expires: 0) }
    }

    @Test func twoKeysOfOnePersonAreOne() {
        #expect(!quorum().count(given(("alice", "k1"), ("alice", "k2"))).isMet)
        #expect(quorum().count(given(("alice", "k1"), ("alice", "k2"), ("bob", "k3"))).isMet)
    }

    @Test func oneKeyOfTwoPersonsIsOne() {
        #expect(!quorum().count(given(("alice", "k1"), ("bob", "k1"))).isMet)
        #expect(quorum().count(given(("alice", "k1"), ("bob", "k1"), ("alice", "k2"))).isMet)
        // As many persons and as many keys, and still but two people who acted with keys of their own.
        let shared = given(("alice", "k1"), ("alice", "k2"), ("alice", "k3"), ("bob", "k1"), ("carol", "k1"))
        #expect(quorum(minimum: 2).count(shared).isMet)
        #expect(!quorum(minimum: 3).count(shared).isMet)
    }

    @Test func whoAsksDoesNotCount() {
        let alice = People.Subject.person("alice", user: "adm-alice")
        #expect(!quorum(by: alice).count(given(("alice", "k1"), ("bob", "k2"))).isMet)
        #expect(
            quorum(by: alice).count(given(("alice", "k1"), ("bob", "k2"))).passedOver == ["alice asked for the run"])
        #expect(quorum(allowSelf: true, by: alice).count(given(("alice", "k1"), ("bob", "k2"))).isMet)
    }

    @Test func othersDoNotCount() {
        let count = quorum().count(given(("dave", "k1"), ("bob", "k2")))
        #expect(!count.isMet)
        #expect(count.passedOver.first == "dave asked for the run")
        let other = quorum(by: .account("runbook")).count(given(("dave", "k1"), ("bob", "k2")))
        #expect(other.passedOver == ["dave is none of the approvers"])
    }

    @Test func aRoleMayAskForATouch() {
        #expect(!quorum(minimum: 1, touch: true).count(given(("alice", "k1"))).isMet)
        #expect(quorum(minimum: 1, touch: true).count(given(("alice", "k1"), touched: true)).isMet)
        #expect(quorum(minimum: 1, touch: true).count(given(("carol", "k1"))).isMet)
        #expect(quorum(["role:leads", "alice"], minimum: 1, touch: true).count(given(("alice", "k1"))).isMet)
    }

    @Test func whatCanNeverBeMetIsSaidAtOnce() {
        #expect(quorum().impossibility == nil)
        #expect(quorum(["role:nobody"]).impossibility?.reason.contains("No role 'nobody'") == true)
        #expect(quorum(["alice"], minimum: 2).impossibility?.reason.contains("2 approvals are needed, and 1") == true)
        #expect(quorum(["alice"], minimum: 1, by: .person("alice", user: "alice")).impossibility != nil)
        #expect(quorum(by: .account("root")).impossibility?.reason.contains("as root") == true)
        #expect(quorum(by: .account("stranger")).impossibility != nil)
        #expect(quorum(by: .account("runbook")).impossibility == nil)
        #expect(quorum(allowSelf: true, by: .account("root")).impossibility == nil)
    }

    private func requester(_ user: String, _ id: Int, sudo: String? = nil) -> Requester {
        Requester(user: user, userID: id, sudoUser: sudo, host: "h", sshClient: nil)
    }

    @Test func usersArePersonsButRootAndServicesAreNot() {
        let people = Self.people()
        #expect(people.subject(requester("adm-alice", 1000)) == .person("alice", user: "adm-alice"))
        #expect(people.subject(requester("root", 0)) == .account("root"))
        #expect(people.subject(requester("root", 0, sudo: "bob")) == .person("bob", user: "bob"))
        #expect(people.subject(requester("root", 0, sudo: "root")) == .account("root"))
        #expect(people.subject(requester("runbook", 990)) == .account("runbook"))
        #expect(people.subject(requester("runbook", 990, sudo: "carol")) == .person("carol", user: "carol"))
        // What an ordinary user says of sudo is nothing.
        #expect(people.subject(requester("dave", 1003, sudo: "alice")) == .person("dave", user: "dave"))
        #expect(people.subject(requester("stranger", 1009)) == .account("stranger"))
        #expect(People(nil).subject(requester("root", 0)) == .account("root"))
        #expect(People(nil).subject(requester("eve", 1010)) == .person("eve", user: "eve"))
    }
}
