import Foundation
import Model
import Testing

@testable import Catalog

@Suite struct FileTrustTests {
    private let text = Lint.runbook("detect:\n  - {name: p, probe: 'true', healthy: {exit: 0}}")

    private func messages(_ folder: borrowing TemporaryFolder) -> [String] {
        RunbookLoader(paths: [folder.path]).lint().map { $0.message.without(folder.path) }
    }

    @Test func ownFilesAreBelieved() throws {
        let folder = try TemporaryFolder(["x.yaml": text])
        #expect(messages(folder) == [])
    }

    @Test func aFileThatEverybodyMayWriteIsNotRead() throws {
        let folder = try TemporaryFolder(["x.yaml": text])
        try FileManager.default.setAttributes([.posixPermissions: 0o606], ofItemAtPath: folder.path + "/x.yaml")
        #expect(messages(folder) == ["/x.yaml can't be believed: everybody may write it"])
    }

    @Test func aFolderThatEverybodyMayWriteIsNotBelieved() throws {
        let folder = try TemporaryFolder(["sub/x.yaml": text])
        try FileManager.default.setAttributes([.posixPermissions: 0o777], ofItemAtPath: folder.path + "/sub")
        #expect(messages(folder) == ["/sub can't be believed: everybody may write it"])
    }

    @Test(.enabled(if: geteuid() == 0, "only root can give files away"))
    func whatBelongsToAnotherUserIsNotBelieved() throws {
        let folder = try TemporaryFolder(["x.yaml": text])
        chown(folder.path + "/x.yaml", 65_534, 65_534)
        #expect(messages(folder) == ["/x.yaml can't be believed: it belongs to nobody, not to you or root"])
        #expect(FileTrust(userID: 65_534).fault(of: folder.path + "/x.yaml") == nil)
    }

    @Test(.enabled(if: geteuid() == 0, "only root can give files away"))
    func aGroupsWritingIsRefusedUnlessItIsPrivate() throws {
        let folder = try TemporaryFolder(["x.yaml": text])
        try FileManager.default.setAttributes([.posixPermissions: 0o660], ofItemAtPath: folder.path + "/x.yaml")
        chown(folder.path + "/x.yaml", 0, 100)
        #expect(messages(folder) == ["/x.yaml can't be believed: the group users may write it"])
    }

    @Test func aLinkLeadsToWhatIsChecked() throws {
        let folder = try TemporaryFolder(["in/y.txt": text, "out/x.yaml": text])
        try FileManager.default.setAttributes([.posixPermissions: 0o606], ofItemAtPath: folder.path + "/out/x.yaml")
        try FileManager.default.createSymbolicLink(
            atPath: folder.path + "/in/x.yaml", withDestinationPath: "../out/x.yaml")
        #expect(
            RunbookLoader(paths: [folder.path + "/in"]).lint().map { $0.message.without(folder.path) }
                == ["/out/x.yaml can't be believed: everybody may write it"])
    }

    /// Who can write the settings or the inventory says which database, keys and machines are believed.
    @Test(.enabled(if: geteuid() == 0, "only root can give files away"))
    func settingsAndInventoriesOfOthersAreNotBelieved() throws {
        let readers: [(String, String, (String) throws -> Void)] = [
            ("runbook.yaml", "fanout: 8\n", { _ = try SettingsFile(path: $0) }),
            (
                "site.yaml", "schema_version: 1\nnodes: {n1: {}}\n",
                { _ = try InventoryLoader().load(paths: [($0 as NSString).deletingLastPathComponent]) }
            ),
        ]
        for (name, content, read) in readers {
            let folder = try TemporaryFolder(["sub/\(name)": content])
            let file = folder.path + "/sub/\(name)"
            try read(file)
            func isRefused(_ words: String) {
                let error = #expect(throws: DiagnosticsError.self) { try read(file) }
                let said = error?.diagnostics.map { $0.message.without(folder.path) }.joined(separator: "; ") ?? ""
                #expect(said.contains("can't be believed: \(words)"), "\(name): \(said)")
            }
            try FileManager.default.setAttributes([.posixPermissions: 0o606], ofItemAtPath: file)
            isRefused("everybody may write it")
            try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: file)
            try FileManager.default.setAttributes([.posixPermissions: 0o777], ofItemAtPath: folder.path + "/sub")
            isRefused("everybody may write it")
            try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: folder.path + "/sub")
            chown(file, 65_534, 65_534)
            isRefused("it belongs to nobody")
        }
    }

    @Test func aPipeIsNoFile() throws {
        let folder = try TemporaryFolder()
        mkfifo(folder.path + "/x.yaml", 0o600)
        #expect(messages(folder) == ["it is no regular file"])
    }
}
