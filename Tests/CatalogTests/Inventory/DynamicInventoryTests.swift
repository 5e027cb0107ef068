import Model
import Testing

@testable import Catalog

@Suite struct DynamicInventoryTests {
    private func load() throws -> LoadedInventory {
        let folder = try TemporaryFolder([
            "i.yaml": """
            schema_version: 1
            defaults: {ssh: {user: admin, proxy_jump: head01}}
            nodes: {head01: {address: 10.0.0.1}}
            groups: {static: head01, both: "@static,cloud1"}
            vars: {"@static": {v: 1}}
            sources: [{plugin: aws-ec2}]
            """
        ])
        return try InventoryLoader().load(paths: [folder.path])
    }

    private func merge(_ json: String, formerCount: Int? = nil) throws -> LoadedInventory {
        let loaded = try load()
        let source = try #require(loaded.sources.first)
        return try loaded.merging(dynamicInventoryJSON: Array(json.utf8), from: source, formerCount: formerCount)
    }

    @Test func nodesAndGroupsOfASourceJoinThoseOfTheFiles() throws {
        let loaded = try merge(
            """
            {"_meta": {"hostvars": {"cloud1": {"ansible_host": "10.1.0.1", "ansible_port": 2222, "ansible_user": "ec2-user",
              "tags": {"Name": "x"}, "ansible_python_interpreter": "/usr/bin/python3"}}},
             "all": {"children": ["web", "ungrouped"]}, "web": {"hosts": ["cloud1"], "children": ["db"], "vars": {"a": 1}},
             "db": ["cloud2"]}
            """)
        let node = try #require(loaded.inventory.nodes["cloud1"])
        #expect(node.connection.address == "10.1.0.1")
        #expect(node.connection.port == 2222)
        #expect(node.connection.user == "ec2-user")
        #expect(node.connection.proxyJump == ["head01"])
        #expect(node.groups == ["both", "web"])
        #expect(node.variables == [:])
        #expect(loaded.inventory.nodes["cloud2"]?.connection.user == "admin")
        #expect(loaded.inventory.groups["web"]?.folded == "cloud[1-2]")
        #expect(loaded.inventory.groups["all"] == nil)
        #expect(loaded.count(from: loaded.sources[0]) == 2)
    }

    @Test func beforeASourceAnsweredItsNodesAreOnlyWarnedOf() throws {
        let loaded = try load()
        #expect(loaded.inventory.groups["both"]?.folded == "head01")
        #expect(loaded.warnings.map(\.message) == ["group 'both' names a node that is not in the inventory: cloud1"])
    }

    @Test(arguments: [
        (#"{"g": {"hosts": []}}"#, "it lists no node"), ("not json", "it printed no inventory in Ansible's JSON"),
        ("[]", "it printed no inventory in Ansible's JSON"),
        (#"{"g": 5}"#, "it printed no inventory in Ansible's JSON"),
        (#"{"g": ["-oX"]}"#, "'-oX' is no name of a node"),
        (#"{"g": ["a\u001b[2J"]}"#, #"'a\e[2J' is no name of a node"#),
        (#"{"-g": ["a"]}"#, "'-g' is no name of a group"),
        (
            #"{"_meta": {"hostvars": {"a": {"ansible_connection": "local"}}}}"#,
            "it sets 'ansible_connection' of a, which a source may not"
        ),
        (
            #"{"_meta": {"hostvars": {"a": {"ansible_ssh_common_args": "-oProxyCommand=x"}}}}"#,
            "it sets 'ansible_ssh_common_args' of a, which a source may not"
        ),
        (
            #"{"_meta": {"hostvars": {"a": {"ansible_become_pass": "x"}}}}"#,
            "it sets 'ansible_become_pass' of a, which a source may not"
        ),
        (
            #"{"_meta": {"hostvars": {"a": {"ansible_become": true}}}}"#,
            "it sets 'ansible_become' of a, which a source may not"
        ),
        (
            #"{"_meta": {"hostvars": {"a": {"ansible_host": "-oProxyCommand=x"}}}}"#,
            "its ansible_host of a is '-oProxyCommand=x'"
        ),
        (#"{"_meta": {"hostvars": {"a": {"ansible_user": "-l"}}}}"#, "its ansible_user of a is '-l'"),
        (#"{"_meta": {"hostvars": {"a": {"ansible_port": 99999}}}}"#, "its ansible_port of a is '99999'"),
        (
            #"{"_meta": {"hostvars": {"head01": {"ansible_host": "10.6.6.6"}}}}"#,
            "it says how to reach head01, which the files of the inventory know already"
        ),
        (#"{"static": ["a"]}"#, "it lists the group 'static', which the inventory has at"),
    ])
    func whatCannotBeBelievedIsAnError(json: String, expected: String) throws {
        let error = #expect(throws: DiagnosticsError.self) { try merge(json) }
        #expect(error?.diagnostics.count == 1)
        #expect(
            error?.diagnostics.first?.message.hasPrefix("the source 'aws-ec2' can't be believed: " + expected) == true)
        #expect(error?.diagnostics.first?.hint == "the last good list is kept")
    }

    @Test func aListThatShrankByMoreThanHalfIsAnError() throws {
        #expect(throws: DiagnosticsError.self) { try merge(#"{"g": ["a", "b"]}"#, formerCount: 5) }
        #expect(try merge(#"{"g": ["a", "b"]}"#, formerCount: 4).inventory.nodes.count == 3)
    }

    @Test func knownNodesJoinNoGroupOfASource() throws {
        let loaded = try merge(#"{"g": ["head01", "a"]}"#)
        #expect(loaded.inventory.groups["g"]?.folded == "a")
        #expect(loaded.warnings.contains { $0.message.contains("it lists head01") })
    }

    @Test func aNewAnswerReplacesTheFormer() throws {
        let loaded = try merge(#"{"g": ["a", "b"]}"#)
        let again = try loaded.merging(dynamicInventoryJSON: Array(#"{"g": ["b"]}"#.utf8), from: loaded.sources[0])
        #expect(again.inventory.nodes.keys.sorted() == ["b", "head01"])
    }
}
