import Engine
import Foundation
import Glibc
import Model

/// The last good answers of inventory sources, kept in a folder beside the database.
struct SourceAnswers: Sendable {
    /// An answer, and how long ago it was given.
    struct Answer: Sendable {
        let bytes: [UInt8]
        let age: Duration
        /// Where it is kept.
        let path: String
    }

    private let folder: String

    init(_ settings: Settings) {
        folder = (settings.database as NSString).deletingLastPathComponent + "/sources"
    }

    /// The last good answer of `source` with its arguments; nil where there is none that only this user can have
    /// written.
    func answer(of source: SourceDeclaration) -> Answer? {
        let path = path(of: source)
        var status = stat()
        guard lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG, status.st_uid == geteuid(),
            status.st_mode & 0o022 == 0, let data = FileManager.default.contents(atPath: path)
        else { return nil }
        let age = max(0, Date().timeIntervalSince1970 - Double(status.st_mtim.tv_sec))
        return Answer(bytes: Array(data), age: .seconds(age), path: path)
    }

    /// Keeps `bytes` as the last good answer. Where that can't be done the next run asks again.
    func keep(_ bytes: [UInt8], of source: SourceDeclaration) {
        try? FileManager.default.createDirectory(
            atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        let path = path(of: source)
        guard (try? Data(bytes).write(to: URL(fileURLWithPath: path), options: .atomic)) != nil else { return }
        chmod(path, 0o600)
    }

    private func path(of source: SourceDeclaration) -> String {
        // A secret counts by its reference.
        let named = source.arguments.mapValues { value in
            if case .secret(let reference) = value { Value.map(["secret": .string(reference)]) } else { value }
        }
        let arguments = (try? Value.map(named).jsonText()) ?? ""
        return folder + "/\(source.plugin)-\(Digest.hex(of: arguments).prefix(16))"
    }
}
