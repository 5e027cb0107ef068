import Controller
import Foundation
import Model

extension GlobalOptions {
    /// Flags before the environment, before configuration files, before defaults.
    var settings: Settings {
        get throws { try settings(fanout: nil, hostKeys: nil) }
    }

    /// The same with a command's own options.
    func settings(reach: ReachOptions) throws -> Settings {
        try settings(fanout: reach.room, hostKeys: reach.hostKeys)
    }

    /// The same for a command that only connects.
    func settings(fanout: FanoutOptions) throws -> Settings { try settings(fanout: fanout, hostKeys: nil) }

    private func settings(fanout: FanoutOptions?, hostKeys: HostKeyChecking?) throws -> Settings {
        let flags = PartialSettings(
            inventory: inventory.isEmpty ? nil : inventory, runbooks: runbooks, database: db, fanout: fanout?.fanout,
            hostKeys: hostKeys)
        return try SettingsLoader(environment: ProcessInfo.processInfo.environment).settings(flags: flags)
    }

    /// The inventory; what has to be known of it is said on standard error.
    func inventory() async throws -> Inventory {
        let (inventory, notices) = try await Workspace(settings).currentInventory()
        for notice in notices { terminal.note("warning: \(SafeText(notice).singleLine)") }
        return inventory
    }
}
