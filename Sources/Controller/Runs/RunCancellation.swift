import Engine
import Foundation
import Model

/// Asks a run of another process of the same user to stop, by a file beside the database that the run's process watches.
struct RunCancellation: Sendable {
    private let folder: String

    init(_ settings: Settings) {
        folder = (settings.database as NSString).deletingLastPathComponent + "/cancel"
    }

    /// Asks for it; with `now`, steps in progress are ended too.
    func request(_ run: RunID, now: Bool) throws {
        try FileManager.default.createDirectory(
            atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        try Data((now ? "now\n" : "finish\n").utf8).write(to: URL(fileURLWithPath: path(run)), options: .atomic)
    }

    /// Whether it was asked for and nobody has done it yet.
    func isRequested(_ run: RunID) -> Bool { FileManager.default.fileExists(atPath: path(run)) }

    /// Passes what was asked on to `control` until the task is cancelled.
    func watch(_ run: RunID, _ control: RunControl) async {
        while !Task.isCancelled {
            if let data = FileManager.default.contents(atPath: path(run)) {
                control.raise(to: String(decoding: data, as: UTF8.self).hasPrefix("now") ? .stopNow : .finishSteps)
                if control.level == .stopNow { break }
            }
            try? await Task.sleep(for: .milliseconds(500))
        }
        try? FileManager.default.removeItem(atPath: path(run))
    }

    private func path(_ run: RunID) -> String { "\(folder)/\(run)" }
}
