import Foundation
import Testing

/// Pages of the documents that the program writes itself.
@Suite(.serialized) struct PagesTests {
    private static let documents = Lab.root + "/docs"

    private func page(_ arguments: String...) throws -> String {
        let result = try Lab.run(
            ["env", "RUNBOOK_RUNBOOKS=\(Lab.root)/Runbooks", Lab.root + "/.build/debug/runbook"] + arguments)
        try #require(result.status == 0, "\(arguments): \(result.error)")
        return result.output
    }

    /// `RUNBOOK_UPDATE_DOCS=1` writes it.
    private func expect(_ name: String, _ text: String) throws {
        let path = Self.documents + "/" + name
        if ProcessInfo.processInfo.environment["RUNBOOK_UPDATE_DOCS"] != nil {
            try FileManager.default.createDirectory(
                atPath: (path as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
            try text.write(toFile: path, atomically: true, encoding: .utf8)
        }
        let found = try? String(contentsOfFile: path, encoding: .utf8)
        #expect(found == text, "RUNBOOK_UPDATE_DOCS=1 swift test --filter PagesTests writes \(name) anew")
    }

    @Test func thePageOfSupportCasesIsCurrent() throws {
        try expect("cases.md", try page("cases", "--markdown"))
    }

    @Test func everyRunbookHasItsPageAndNoPageIsLeftOver() throws {
        let names = try page("list", "--names").split(separator: "\n").map(String.init)
        try #require(names.count > 20)
        for name in names { try expect("runbooks/\(name).md", try page("describe", name, "--markdown")) }
        try expect("runbooks/README.md", try page("list", "--markdown"))
        let files = try FileManager.default.contentsOfDirectory(atPath: Self.documents + "/runbooks")
        #expect(Set(files) == Set(names.map { $0 + ".md" } + ["README.md"]))
    }
}
