import Foundation
import Model
import TestSupport
import Testing

/// The inventory sources that come with the program, through the built program and over stand-ins that print what the real
/// tools printed.
@Suite struct SourcePluginTests {
    private static let tools =
        URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().path
        + "/StandIns/tools"

    private func runbook(_ words: [String], _ folder: TemporaryFolder) throws -> (status: Int32, output: String) {
        let process = SpawnedProcess()
        process.executableURL = URL(fileURLWithPath: ApprovalSite.binary)
        process.arguments = words
        process.environment = [
            "HOME": folder.root, "PATH": Self.tools + ":/usr/bin:/bin", "RUNBOOK_PLUGINS": PluginSite.root + "/Plugins",
            "RUNBOOK_DB": folder.path("state/runbook.db"), "RUNBOOK_INVENTORY": folder.path("inventory"),
        ]
        let pipe = Pipe()
        process.standardOutput = pipe
        process.standardError = pipe
        process.standardInput = FileHandle.nullDevice
        try process.run()
        let output = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        return (process.terminationStatus, output)
    }

    /// Addresses by node, and folded nodes by group, of an inventory that has this source alone.
    private func list(_ source: String) throws -> (nodes: [String: String], groups: [String: String]) {
        let folder = try TemporaryFolder(prefix: "sources")
        try FileManager.default.createDirectory(
            atPath: folder.path("inventory"), withIntermediateDirectories: true,
            attributes: [.posixPermissions: 0o700])
        try folder.write("inventory/site.yaml", "schema_version: 1\nsources: [\(source)]\n")
        func objects(_ words: String...) throws -> [[String: Any]] {
            let result = try runbook(words + ["--output", "jsonl"], folder)
            guard result.status == 0 else { throw SSHDFixture.Failure(result.output) }
            return result.output.split(separator: "\n").map { ApprovalSite.Result.object(String($0)) }
        }
        var nodes: [String: String] = [:]
        for node in try objects("nodes", "list") {
            let connection = node["connection"] as? [String: Any]
            nodes[node["name"] as? String ?? ""] = connection?["address"] as? String ?? ""
        }
        var groups: [String: String] = [:]
        for group in try objects("nodes", "groups") {
            groups[group["group"] as? String ?? ""] = group["nodes"] as? String
        }
        return (nodes, groups)
    }

    @Test(arguments: ["slurm", "kubernetes", "aws-ec2"])
    func eachKeepsToTheProtocol(name: String) throws {
        let folder = try TemporaryFolder(prefix: "sources")
        let result = try runbook(["plugin", "test", PluginSite.root + "/Plugins/inventory/" + name], folder)
        #expect(result.status == 0, "\(result.output)")
        #expect(result.output.contains("It keeps to the protocol."))
    }

    @Test func slurmsNodesAreListedByPartition() throws {
        let up = try list("{plugin: slurm}")
        #expect(up.nodes == ["cn1": "198.18.1.2", "cn2": "198.18.1.3", "cn3": "198.18.1.4"])
        #expect(up.groups == ["@slurm": "cn[1-3]", "@slurm-main": "cn[1-3]"])
        let all = try list("{plugin: slurm, with: {prefix: p-, powered_down: true}}")
        #expect(
            all.groups == [
                "@slurm": "cn[1-3],gpu[1-2]", "@p-main": "cn[1-3]", "@p-gpu": "gpu[1-2]",
                "@slurm-gres-gpu": "gpu[1-2]",
            ])
    }

    @Test func kubernetesNodesAreListedByRole() throws {
        let found = try list("{plugin: kubernetes}")
        #expect(found.nodes == ["node01": "", "node02": "10.0.0.12"])
        #expect(
            found.groups == [
                "@kubernetes": "node[01-02]", "@kubernetes-worker": "node01", "@kubernetes-gpu": "node02",
            ])
        // An option that the stand-in does not know: what kubectl says is what the operator reads.
        let failure = #expect(throws: SSHDFixture.Failure.self) {
            try list("{plugin: kubernetes, with: {context: x}}")
        }
        #expect(failure?.description.contains("kubectl ended with status 1: error: stand-in") == true)
    }

    @Test func instancesAreListedByTag() throws {
        let found = try list(
            """
            {plugin: aws-ec2, with: {region: us-east-1, filters: ["tag:parallelcluster:cluster-name=hpc"], \
            group_tags: ["parallelcluster:queue-name"]}}
            """)
        #expect(found.nodes.count == 4)
        #expect(found.nodes.values.allSatisfy { $0.hasPrefix("10.") })
        // Three have one name, so their ids tell them apart.
        #expect(found.nodes.keys.filter { $0.hasPrefix("i-") }.count == 3)
        #expect(found.nodes["HeadNode"] != nil)
        for (group, count) in ["@ec2": 4, "@queue1": 2, "@queue2": 1] {
            #expect(try NodeSet(parsing: found.groups[group] ?? "").count == count, "\(group)")
        }
    }
}
