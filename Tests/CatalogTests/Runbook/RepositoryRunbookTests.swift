import Foundation
import Model
import Testing

@testable import Catalog

@Suite struct RepositoryRunbookTests {
    /// The repository's own folder of runbooks.
    private static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .appendingPathComponent("../../../Runbooks").standardized.path

    @Test func everyRunbookOfTheRepositoryLoadsWithoutAWarning() throws {
        let catalogue = RunbookLoader(untrusted: [Self.folder]).loadAll()
        #expect(catalogue.diagnostics.map(\.description) == [])
        #expect(catalogue.runbooks.count >= 6)
    }

    @Test func theWholeExampleLoadsAsItIs() throws {
        let folder = try TemporaryFolder(["gpu-driver-fix.yaml": wholeRunbook])
        let catalogue = RunbookLoader(paths: [folder.path]).loadAll()
        #expect(catalogue.diagnostics.map(\.message) == ["nothing uses the parameter 'admin_password'"])
        #expect(catalogue.diagnostics.map(\.severity) == [.warning])
        #expect(catalogue.runbooks.keys.sorted() == ["gpu-driver-fix"])
    }
}
