import Foundation
import Subprocess

extension AuditExport {
    /// The same as a tar archive: what a user of the service gets, who can't have the service write into their folders.
    /// - Throws: as `write`, and `RequestError` when `tar` fails.
    package func archive(_ selection: AuditSelection, to output: FileHandle) async throws {
        let place = FileManager.default.temporaryDirectory.path + "/runbook-export-\(UInt64.random(in: 0 ... .max))"
        try FileManager.default.createDirectory(
            atPath: place, withIntermediateDirectories: false, attributes: [.posixPermissions: 0o700])
        defer { try? FileManager.default.removeItem(atPath: place) }
        _ = try await write(selection, to: place + "/export")
        // Neither whose files they are nor when they were written: the same records give the same bytes.
        let tar = try await run(
            .path("/usr/bin/tar"),
            arguments: [
                "-c", "--sort=name", "--owner=0", "--group=0", "--numeric-owner", "--mode=u=rwX,go=rX", "--mtime=@0",
                "-C", place + "/export", ".",
            ],
            output: .fileDescriptor(.init(rawValue: output.fileDescriptor), closeAfterSpawningProcess: false),
            error: .fileDescriptor(.standardError, closeAfterSpawningProcess: false))
        guard tar.terminationStatus.isSuccess else {
            throw RequestError(
                .refused, "The archive could not be written: tar ended with \(tar.terminationStatus).")
        }
    }
}
