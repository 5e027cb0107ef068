import Foundation
import Testing

@testable import Catalog

@Suite struct SchemaTests {
    private static let documents = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .appendingPathComponent("../../../docs").standardized

    @Test func theSkeletonLoads() throws {
        let text = try #require(RunbookSkeleton.text(name: "my-runbook"))
        let folder = try TemporaryFolder([
            "my-runbook.yaml": text, "my-runbook.faults.yaml": RunbookSkeleton.faults(name: "my-runbook"),
        ])
        let catalogue = RunbookLoader(paths: [folder.path]).loadAll()
        #expect(catalogue.diagnostics == [])
        #expect(catalogue.runbooks.keys.sorted() == ["my-runbook"])
        #expect(RunbookSkeleton.text(name: "My Runbook") == nil)
    }

    @Test(arguments: FormatSchema.allCases)
    func theSchemasAreJSONWithEveryBlock(schema: FormatSchema) throws {
        let root = schema.root
        let object = try #require(try JSONSerialization.jsonObject(with: Data(schema.json.utf8)) as? [String: Any])
        #expect(object["$schema"] as? String == "https://json-schema.org/draft/2020-12/schema")
        let definitions = try #require(object["$defs"] as? [String: Any])
        #expect(Set(definitions.keys) == Set(root.reachable.filter { $0 != root }.map(\.rawValue)))
        let properties = try #require(object["properties"] as? [String: Any])
        #expect(Set(properties.keys) == Set(root.schema.keys.map(\.name)))
    }

    @Test func everyBlockBelongsToAFormat() {
        let reachable = Set(
            [Block.runbook, .sharedProbes, .faults, .cases, .inventory, .pluginManifest].flatMap(\.reachable))
        #expect(reachable == Set(Block.allCases))
    }

    @Test(arguments: Block.allCases)
    func everyBlockIsConsistent(block: Block) {
        let names = block.schema.keys.map(\.name)
        #expect(Set(names).count == names.count)
        for group in block.schema.exactlyOne + block.schema.atLeastOne + block.schema.atMostOne {
            #expect(Set(group).isSubset(of: names))
        }
        for key in block.schema.keys { #expect(key.doc.hasSuffix("."), "\(block) \(key.name)") }
    }

    /// `RUNBOOK_UPDATE_DOCS=1 swift test --filter SchemaTests` writes them anew.
    @Test(arguments: [
        ("runbook-reference.md", FormatReference.runbook()), ("faults-reference.md", FormatReference.faults()),
        ("inventory-reference.md", FormatReference.inventory()), ("plugin-reference.md", FormatReference.plugin()),
    ])
    func theReferencesInTheDocumentsAreTrue(name: String, expected: String) throws {
        let file = Self.documents.appendingPathComponent(name)
        if ProcessInfo.processInfo.environment["RUNBOOK_UPDATE_DOCS"] != nil {
            try FileManager.default.createDirectory(at: Self.documents, withIntermediateDirectories: true)
            try Data(expected.utf8).write(to: file)
        }
        #expect(try String(contentsOf: file, encoding: .utf8) == expected, "run with RUNBOOK_UPDATE_DOCS=1")
    }
}
