import Foundation
import Model
import Testing

@testable import Catalog

/// Files that once broke the loader, and files made at random. None may do more than give diagnostics, each with a
/// place inside its file.
@Suite struct FuzzTests {
    private static let corpus = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .appendingPathComponent("../Corpus").standardized

    private static let repository = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .appendingPathComponent("../../..").standardized

    /// Reads `bytes` as a runbook and as an inventory.
    private func read(_ bytes: [UInt8], _ name: String) {
        let bag = DiagnosticBag()
        if let (node, source) = YAMLParser.parse(bytes, path: "x.yaml", bag: bag) {
            let folders = RunbookFolders(paths: [], trust: nil, bag: bag)
            let reader = RunbookReader(
                root: node, source: source, bag: bag, surroundings: RunbookSurroundings(folders: folders, bag: bag),
                taintedParameters: [])
            _ = reader.read(bytes: bytes)
        }
        let draft = InventoryReader(bag: bag).read([("x.yaml", bytes)])
        _ = InventoryBuilder(draft: draft, dynamic: [], bag: bag).build()
        for diagnostic in bag.sorted {
            #expect(diagnostic.position.line >= 1 && diagnostic.position.column >= 1, "\(name)")
            #expect(!diagnostic.message.isEmpty && !diagnostic.description.isEmpty, "\(name)")
        }
    }

    @Test func everyFindingStaysMended() throws {
        let files = try FileManager.default.contentsOfDirectory(at: Self.corpus, includingPropertiesForKeys: nil)
        #expect(!files.isEmpty)
        for file in files { read(Array(try Data(contentsOf: file)), file.lastPathComponent) }
    }

    @Test func damagedRunbooksAndInventoriesAreOnlyReported() throws {
        let seeds = [
            Array(wholeRunbook.utf8), Array(InventorySamples.site.utf8),
            Array(try Data(contentsOf: Self.repository.appendingPathComponent("Runbooks/gpu/gpu-driver-fix.yaml"))),
        ]
        let words = [
            "{", "}", "[", "]", ": ", "- ", "\n", "  ", "&a ", "*a", "!t ", "|\n", ">-\n", "'", "\"", "${{ ", " }}",
            "#", "\t",
            "null", "~", "true", "-1", "99999999999999999999", "5%", "2GiB", "@", "`", "%", "? ", "<<: ", "\u{0}",
            "\u{FEFF}",
            "é", "👩‍👩‍👧", "\u{202E}", "params.", "steps['", "gpu[1-", "(((((", "{{{{{{{{",
        ].map { Array($0.utf8) }
        var random = SeededGenerator(seed: 20_261_125)
        for round in 0..<400 {
            var bytes = seeds[round % seeds.count]
            for _ in 0...Int.random(in: 0...4, using: &random) {
                let place = Int.random(in: 0...bytes.count, using: &random)
                switch Int.random(in: 0...4, using: &random) {
                case 0: bytes.insert(contentsOf: words.randomElement(using: &random) ?? [], at: place)
                case 1: bytes.removeSubrange(place..<min(bytes.count, place + Int.random(in: 0...40, using: &random)))
                case 2: bytes = Array(bytes[..<place])
                case 3: if place < bytes.count { bytes[place] = UInt8.random(in: 0...255, using: &random) }
                default:
                    let end = min(bytes.count, place + Int.random(in: 0...200, using: &random))
                    bytes.insert(contentsOf: bytes[place..<end], at: Int.random(in: 0...bytes.count, using: &random))
                }
            }
            read(bytes, "round \(round)")
        }
    }
}
