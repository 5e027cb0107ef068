import Foundation
import Model
import Testing

@testable import Catalog

@Suite struct InventoryTests {
    private func load(_ files: [String: String]) throws -> LoadedInventory {
        let folder = try TemporaryFolder(files)
        return try InventoryLoader().load(paths: [folder.path])
    }

    @Test func theExampleLoadsWithEverythingResolved() throws {
        let loaded = try load(["site.yaml": InventorySamples.site])
        let inventory = loaded.inventory
        #expect(inventory.nodes.count == 32 + 1 + 128 + 1 + 2)
        let gpu = try #require(inventory.nodes["gpu17"])
        #expect(gpu.connection.address == "192.0.2.27")
        #expect(gpu.connection.user == "admin")
        #expect(gpu.connection.proxyJump == ["login01"])
        #expect(gpu.connection.identityFiles == ["~/.ssh/id_ecdsa"])
        #expect(gpu.connection.hostKeys == .strict)
        #expect(gpu.connection.connectTimeout == .seconds(10))
        #expect(gpu.become == BecomeSettings(method: .sudo, user: "root"))
        #expect(gpu.labels == ["rack": "r2", "gpu": "h100"])
        #expect(gpu.groups == ["compute", "gpu"])
        #expect(gpu.variables == ["driver_version": .string("550.163.01")])
        #expect(inventory.nodes["head01"]?.connection.proxyJump == [])
        #expect(inventory.nodes["head01"]?.roles == ["kubernetes-control", "slurm-controller"])
        // The way to the jump host does not lead through itself.
        #expect(inventory.nodes["login01"]?.connection.proxyJump == [])
        #expect(inventory.groups["compute"]?.count == 160)
        #expect(loaded.sources.map(\.plugin) == ["aws-ec2"])
        #expect(loaded.sources.first?.timeToLive == .seconds(300))
        #expect(loaded.warnings == [])
    }

    @Test(arguments: [
        ("@gpu", 32), ("@rack:r1", 16), ("@rack:*", 32), ("@*", 164), ("@role:mds", 2), ("gpu*", 32),
        ("@gpu!gpu01", 31),
        ("@gpu&@rack:r2", 16), ("cn[001-010]", 10),
    ])
    func selectorsAreResolved(selector: String, count: Int) throws {
        let inventory = try load(["site.yaml": InventorySamples.site]).inventory
        #expect(try NodeSet(selecting: selector, from: inventory).count == count)
    }

    @Test(arguments: [
        ("@gpus", "Did you mean '@gpu'?"), ("@rack:r3", "'@rack:r"), ("gpu33", "gpu03"), ("", "gpu"),
        ("x*", "runbook nodes"),
    ])
    func unknownSelectorsAreErrors(selector: String, mend: String) throws {
        let inventory = try load(["site.yaml": InventorySamples.site]).inventory
        let error = #expect(throws: NodeSetError.self) { try NodeSet(selecting: selector, from: inventory) }
        #expect(error?.mend.contains(mend) == true, "\(error?.mend ?? "")")
    }

    @Test func filesAreMergedAndTheNarrowerSetWins() throws {
        let inventory = try load([
            "a.yaml":
                "schema_version: 1\nnodes:\n  n[1-4]: {ssh: {user: a, port: 1}, labels: {rack: r1}}\n  n[2-3]: {ssh: {user: b}}\n",
            "b.yaml": "schema_version: 1\nnodes:\n  n3: {ssh: {user: c}, labels: {rack: r9}}\n",
        ]).inventory
        #expect(["n1", "n2", "n3"].map { inventory.nodes[$0]?.connection.user } == ["a", "b", "c"])
        #expect(inventory.nodes["n3"]?.connection.port == 1)
        #expect(inventory.nodes["n3"]?.labels == ["rack": "r9"])
    }

    @Test func nodesAndAddressesAreMatchedInTheOrderTheyAreWritten() throws {
        let inventory = try load([
            "a.yaml":
                "schema_version: 1\nnodes:\n  \"n2,n1\": {address: \"10.0.0.1,10.0.0.9\"}\n  v[1-2]: {address: \"2001:db8::[1-2]\"}\n"
        ]).inventory
        #expect(inventory.nodes["n2"]?.connection.address == "10.0.0.1")
        #expect(inventory.nodes["n1"]?.connection.address == "10.0.0.9")
        #expect(inventory.nodes["v2"]?.connection.address == "2001:db8::2")
    }

    @Test func variablesFollowThePrecedence() throws {
        let inventory = try load([
            "a.yaml": """
            schema_version: 1
            nodes: {"n[1-8]": {}}
            groups: {all: "n[1-8]", half: "n[1-4]", other: "n[4-5]"}
            vars:
              "@all": {a: all, b: all, c: all}
              "@half": {a: half, b: half}
              "@other": {c: other}
              n1: {a: own}
              n[1-2]: {a: two}
            """
        ]).inventory
        func value(_ node: String, _ key: String) -> String? { inventory.nodes[node]?.variables[key]?.displayText }
        #expect(value("n1", "a") == "own")
        #expect(value("n2", "a") == "two")
        #expect(value("n3", "a") == "half")
        #expect(value("n5", "a") == "all")
        #expect(value("n4", "c") == "other")
    }

    typealias Case = BadRunbookTests.Case

    static let cases = [
        Case(
            "nodes:\n  n[1-2]: {ssh: {user: a}}\n  n[2-3]: {ssh: {user: b}}",
            "i.yaml:4:18: error: 'ssh.user' of n2 is set by n[2-3] and by n[1-2], which are equally wide (the other is at i.yaml:3:18; set it for n2 alone)"
        ),
        Case(
            "nodes:\n  n1: {ssh: {user: a}}\n  \"n[1]\": {ssh: {user: a}}",
            "i.yaml:4:18: error: 'ssh.user' of n[1] is set twice (the first is at i.yaml:3:14)"),
        Case(
            "nodes:\n  n[1-3]: {address: \"10.0.0.[1-2]\"}",
            "i.yaml:3:21: error: 2 addresses for the 3 nodes of n[1-3] (give each node its own, in the same order)"),
        Case(
            "nodes:\n  n[1-3]: {address: 10.0.0.1}",
            "i.yaml:3:21: error: 1 address for the 3 nodes of n[1-3] (give each node its own, in the same order)"),
        Case(
            "nodes:\n  n[1-2]: {address: \"10.0.0.[2,1]\"}",
            "i.yaml:3:21: error: the numbers in '[2,1]' do not ascend (write them in ascending order; nodes and addresses are matched by it)"
        ),
        Case(
            "nodes:\n  \"-oX\": {}",
            "i.yaml:3:3: error: '-' cannot stand here (names are letters, digits and '.', '_', '-', and start with a letter or digit)"
        ),
        Case(
            "nodes:\n  n1: {adress: x}",
            "i.yaml:3:8: error: unknown key 'adress' in node 'n1' (did you mean 'address'?)"),
        Case(
            "nodes:\n  n1: {ssh: {host_keys: off}}",
            "i.yaml:3:25: error: 'host_keys' in ssh must be one of strict, accept-new, not 'off'"),
        Case(
            "nodes:\n  n1: {ssh: {user: -oProxyCommand=x}}",
            "i.yaml:3:20: error: '-oProxyCommand=x' is no name of a user"),
        Case(
            "nodes:\n  n1: {ssh: {proxy_jump: \"a b\"}}",
            "i.yaml:3:26: error: 'a b' is no host to jump through (a node, or user@host:port)"),
        Case(
            "nodes:\n  n1: {address: -x}",
            "i.yaml:3:17: error: '-' cannot stand here (names are letters, digits and '.', '_', '-', and start with a letter or digit)"
        ),
        Case(
            "nodes: {n1: {}}\ngroups:\n  a: \"@b\"\n  b: \"@c\"\n  c: \"@a\"",
            "i.yaml:6:3: error: the groups name each other: @a → @b → @c → @a (break the circle)"),
        Case(
            "nodes: {n1: {}}\ngroups:\n  a: n[1-2]",
            "i.yaml:4:6: error: group 'a' names a node that is not in the inventory: n2 (check the zeros (gpu1 is not gpu01), or add them under 'nodes')"
        ),
        Case(
            "nodes: {n1: {}}\ngroups:\n  compute: n1\n  a: \"@compte\"",
            "i.yaml:5:6: error: there is no group '@compte' in the inventory (did you mean '@compute'?)"),
        Case(
            "nodes: {\"n[1-4]\": {}}\ngroups: {a: \"n[1-3]\", b: \"n[2-4]\"}\nvars:\n  \"@a\": {v: 1}\n  \"@b\": {v: 2}",
            "i.yaml:6:10: error: 'v' is set differently by @a and @b, and neither is narrower (the first is at i.yaml:5:10; set it for n[2-3] alone)"
        ),
        Case(
            "nodes: {n1: {}}\nroles: {mds: n2}",
            "i.yaml:3:14: error: role 'mds' names a node that is not in the inventory: n2 (check the zeros (gpu1 is not gpu01), or add them under 'nodes')"
        ),
        Case(
            "nodes:\n  a: {ssh: {proxy_jump: b}}\n  b: {ssh: {proxy_jump: a}}",
            "i.yaml:3:3: error: the jump hosts lead in a circle: a → b → a (set proxy_jump: none on one of them)"),
        Case(
            "nodes: {n1: {labels: {\"a b\": c}}}", "i.yaml:2:23: error: 'a b' is no name of a label (for example rack)"),
        Case(
            "hosts: {}",
            "i.yaml:2:1: error: unknown key 'hosts' in the inventory"
        ),
    ]

    @Test(arguments: cases)
    func wrongInventoriesAreShown(badCase: Case) throws {
        let actual = try Lint.inventory(["i.yaml": "schema_version: 1\n" + badCase.text]).joined(separator: "\n")
        #expect(actual == badCase.expected)
    }

    @Test func theSameKeyInTwoFilesNamesBothPlaces() throws {
        let text = "schema_version: 1\nnodes: {n1: {}}\ngroups:\n  g: n1\ndefaults: {ssh: {user: a}}\n"
        #expect(
            try Lint.inventory(["a.yaml": text, "b.yaml": text.without("nodes: {n1: {}}\n")]) == [
                "b.yaml:3:3: error: the group 'g' is set twice (the first is at a.yaml:4:3)",
                "b.yaml:4:18: error: 'ssh.user' of the defaults is set twice (the first is at a.yaml:5:18)",
            ])
    }

    @Test func aLargeInventoryWithEveryNodeByItselfLoads() throws {
        var text = "schema_version: 1\ndefaults: {ssh: {user: admin}}\nnodes:\n"
        for number in 1...5000 {
            text += "  n\(number): {address: 10.\(number / 250).\(number % 250).1, labels: {rack: r\(number / 40)}}\n"
        }
        text += "groups: {all: \"n[1-5000]\", odd: \"n[1-4999/2]\"}\nvars: {\"@all\": {a: 1}, \"@odd\": {a: 2}}\n"
        let inventory = try load(["i.yaml": text]).inventory
        #expect(inventory.nodes.count == 5000)
        #expect(inventory.nodes["n4999"]?.variables["a"] == .int(2))
        #expect(inventory.nodes["n5000"]?.variables["a"] == .int(1))
    }
}
