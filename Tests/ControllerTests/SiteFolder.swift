import Foundation
import TestSupport

@testable import Controller

extension TemporaryFolder {
    /// Makes it a site without any file yet, and gives the settings that name its folders.
    func makeSite() throws -> Settings {
        for part in ["inventory", "runbooks"] {
            try FileManager.default.createDirectory(
                atPath: path(part), withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        }
        return Settings(
            layers: [
                PartialSettings(
                    inventory: [path("inventory")], runbooks: path("runbooks"), database: path("runbook.db"))
            ], environment: ["HOME": root], userID: 0)
    }
}
