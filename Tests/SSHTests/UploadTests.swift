import Foundation
import Glibc
import TestSupport
import Testing

@testable import SSH

/// Files are put in place whole or not at all.
@Suite struct UploadTests {
    private func mode(_ path: String) -> UInt32 {
        var status = stat()
        return stat(path, &status) == 0 ? status.st_mode & 0o7777 : 0
    }

    private func names(_ folder: TemporaryFolder, _ name: String) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: folder.path(name)).sorted()
    }

    @Test func aFileIsPutInPlaceWithItsMode() async throws {
        try await SSHDFixture.with { sshd in
            try await sshd.withConnection { node in
                #expect(mkdir(sshd.folder.path("etc"), 0o755) == 0)
                let path = sshd.folder.path("etc/it's a $file")
                let contents = (0..<500_000).map { UInt8(truncatingIfNeeded: $0 &* 13) }
                try await node.upload(contents, as: SSHUpload(path: path, mode: 0o640))
                #expect(FileManager.default.contents(atPath: path) == Data(contents))
                #expect(mode(path) == 0o640)
                try await node.upload([], as: SSHUpload(path: path, mode: 0o4755, owner: "0:0"))
                #expect(FileManager.default.contents(atPath: path) == Data())
                #expect(mode(path) == 0o4755)
                #expect(try names(sshd.folder, "etc") == ["it's a $file"])
            }
        }
    }

    @Test func aStreamWithAnotherChecksumIsRefused() async throws {
        try await SSHDFixture.with { sshd in
            try await sshd.withConnection { node in
                #expect(mkdir(sshd.folder.path("etc"), 0o755) == 0)
                let path = sshd.folder.path("etc/file")
                try await node.upload(Array("old".utf8), as: SSHUpload(path: path))
                let chunks = AsyncStream<[UInt8]> { stream in
                    for _ in 0..<50 { stream.yield([UInt8](repeating: 1, count: 10_000)) }
                    stream.finish()
                }
                let error = try await failure {
                    try await node.upload(chunks, sha256: [UInt8](repeating: 0, count: 32), as: SSHUpload(path: path))
                }
                guard case .uploadFailed(.checksumDiffers) = error.kind else {
                    Issue.record("\(error)")
                    return
                }
                #expect(FileManager.default.contents(atPath: path) == Data("old".utf8))
                #expect(try names(sshd.folder, "etc") == ["file"])
            }
        }
    }

    @Test func aBrokenConnectionLeavesTheOldFile() async throws {
        try await SSHDFixture.with { sshd in
            try await sshd.withConnection { node in
                #expect(mkdir(sshd.folder.path("etc"), 0o755) == 0)
                let path = sshd.folder.path("etc/file")
                try await node.upload(Array("old".utf8), as: SSHUpload(path: path))
                let chunks = AsyncStream<[UInt8]>(unfolding: {
                    // The transfer has begun once there is a second file.
                    if ((try? self.names(sshd.folder, "etc"))?.count ?? 0) > 1 { sshd.signalSessions(SIGKILL) }
                    return [UInt8](repeating: 1, count: 10_000)
                })
                let error = try await failure {
                    try await node.upload(chunks, sha256: [UInt8](repeating: 0, count: 32), as: SSHUpload(path: path))
                }
                #expect(error.code == "lost")
                #expect(FileManager.default.contents(atPath: path) == Data("old".utf8))
                // The script on the node sees the end of its input and removes what it has.
                while try names(sshd.folder, "etc") != ["file"] { try await Task.sleep(for: .milliseconds(20)) }
            }
        }
    }

    @Test func aDirectoryIsNotReplaced() async throws {
        try await SSHDFixture.with { sshd in
            try await sshd.withConnection { node in
                #expect(mkdir(sshd.folder.path("dir"), 0o755) == 0)
                let error = try await failure {
                    try await node.upload([1], as: SSHUpload(path: sshd.folder.path("dir")))
                }
                guard case .uploadFailed(.isDirectory) = error.kind else {
                    Issue.record("\(error)")
                    return
                }
            }
        }
    }

    @Test func theFailingStepIsNamed() async throws {
        try await SSHDFixture.with { sshd in
            try await sshd.withConnection { node in
                let missing = try await failure {
                    try await node.upload(
                        [UInt8](repeating: 0, count: 1 << 20), as: SSHUpload(path: "/nonexistent/a/b"))
                }
                guard case .uploadFailed(.node(let step, let message)) = missing.kind else {
                    Issue.record("\(missing)")
                    return
                }
                #expect(step == "making a temporary file")
                #expect(message.contains("No such file or directory"))
                let owner = try await failure {
                    try await node.upload([1], as: SSHUpload(path: sshd.folder.path("f"), owner: "no-such-user"))
                }
                #expect(owner.description.contains("setting the owner"))
                #expect(access(sshd.folder.path("f"), F_OK) != 0)
            }
        }
    }

    /// The file-size limit plays the full disk.
    @Test func aFullDiskLeavesNothing() async throws {
        var options = SSHDFixture.Options()
        options.configuration = ["ForceCommand ulimit -f 100; eval \"$SSH_ORIGINAL_COMMAND\""]
        try await SSHDFixture.with(options) { sshd in
            try await sshd.withConnection { node in
                #expect(mkdir(sshd.folder.path("etc"), 0o755) == 0)
                let error = try await failure {
                    let contents = [UInt8](repeating: 0, count: 4 << 20)
                    try await node.upload(contents, as: SSHUpload(path: sshd.folder.path("etc/file")))
                }
                #expect(error.code == "upload-failed")
                #expect(error.description.contains("writing"))
                #expect(try names(sshd.folder, "etc") == [])
            }
        }
    }
}
