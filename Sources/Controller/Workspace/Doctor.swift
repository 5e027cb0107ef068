import Foundation
import Glibc
import Model
import SSH

/// Looks at an installation. It makes no database; one that is there is opened as by every command, and its check is
/// on record.
package struct Doctor: Sendable {
    package struct Finding: Sendable, Encodable {
        package var subject: String
        package var isGood: Bool
        package var text: String
        package var mend: String?
    }

    private let workspace: Workspace

    package init(_ workspace: Workspace) { self.workspace = workspace }

    package func findings() async -> [Finding] {
        await inventory() + [
            runbooks(), plugins(), await sandbox(), await database(), await messages(), fileLimit(), keys(),
        ]
    }

    /// Sources are asked, however fresh their last answers are.
    private func inventory() async -> [Finding] {
        do {
            let (inventory, stale) = try await workspace.inventory(asksAnew: true)
            let all = Finding(
                subject: "inventory", isGood: !inventory.nodes.isEmpty,
                text: "\(inventory.nodes.count) nodes, \(inventory.groups.count) groups",
                mend: inventory.nodes.isEmpty
                    ? "Add nodes to \(workspace.settings.inventory.joined(separator: ", "))" : nil)
            return [all] + stale.map(Self.finding)
        } catch let error as DiagnosticsError {
            return [
                Finding(
                    subject: "inventory", isGood: false, text: "\(error.diagnostics.count) problems",
                    mend: "runbook lint")
            ]
        } catch {
            return [Finding(subject: "inventory", isGood: false, text: "\(error)")]
        }
    }

    private static func finding(_ stale: StaleAnswer) -> Finding {
        Finding(
            subject: "inventory source", isGood: false,
            text: "'\(stale.source)' can't be used: \(stale.reason). Its list of \(stale.ageText) ago holds: "
                + "\(stale.nodes) nodes",
            mend: "Mend the source, then: runbook doctor; or remove \(stale.path) to be without its nodes")
    }

    private func runbooks() -> Finding {
        do {
            return Finding(
                subject: "runbooks", isGood: true,
                text: "\(try workspace.runbooks().count) in \(workspace.settings.runbooks)")
        } catch let error as DiagnosticsError {
            return Finding(
                subject: "runbooks", isGood: false, text: "\(error.diagnostics.count) problems", mend: "runbook lint")
        } catch {
            return Finding(subject: "runbooks", isGood: false, text: "\(error)")
        }
    }

    private func plugins() -> Finding {
        let entries = PluginLibrary(workspace.settings).entries()
        let wrong = entries.filter { !$0.problems.isEmpty }
        return Finding(
            subject: "plugins", isGood: wrong.isEmpty,
            text: wrong.isEmpty
                ? "\(entries.count) in \(workspace.settings.plugins)"
                : "\(wrong.map(\.name).joined(separator: ", ")) can't be used",
            mend: wrong.isEmpty ? nil : "runbook plugin list")
    }

    private func sandbox() async -> Finding {
        switch await workspace.settings.sandbox.standing() {
        case .confined: return Finding(subject: "plugin sandbox", isGood: true, text: "by bubblewrap")
        case .open(let reason):
            return Finding(
                subject: "plugin sandbox", isGood: workspace.settings.pluginSandbox == .none,
                text: "none: plugins see all that you see; \(reason)", mend: "apt-get install bubblewrap")
        case .refused(let reason):
            return Finding(
                subject: "plugin sandbox", isGood: false, text: "no plugin is run: \(reason)",
                mend: "apt-get install bubblewrap")
        }
    }

    private var hasDatabase: Bool { FileManager.default.fileExists(atPath: workspace.settings.database) }

    private func messages() async -> Finding {
        guard hasDatabase else { return Finding(subject: "messages", isGood: true, text: "none") }
        do {
            let journal = try await workspace.journal()
            let failed = try await journal.outbox(.failed, limit: 1000).count
            let waiting = try await journal.outbox(.waiting, limit: 1000).count
            try await journal.close()
            return Finding(
                subject: "messages", isGood: failed == 0, text: "\(waiting) on their way, \(failed) given up",
                mend: failed == 0 ? nil : "runbook notify outbox --state failed")
        } catch {
            return Finding(subject: "messages", isGood: false, text: "\(error)")
        }
    }

    private func database() async -> Finding {
        guard hasDatabase else {
            return Finding(
                subject: "database", isGood: true,
                text: "none yet: \(workspace.settings.database) is made when it is needed")
        }
        do {
            let journal = try await workspace.journal()
            let check = try await journal.check()
            try await journal.close()
            return Finding(
                subject: "database", isGood: check.isSound,
                text: "\(workspace.settings.database), \(check.audit.records) audit records"
                    + (check.isSound ? "" : ", not sound"), mend: check.isSound ? nil : "runbook db check")
        } catch {
            return Finding(subject: "database", isGood: false, text: "\(error)")
        }
    }

    private func fileLimit() -> Finding {
        let limit = FileLimit.raise()
        let room = max(0, limit - 200)
        return Finding(
            subject: "open files", isGood: room >= 64, text: "\(limit) allowed: enough for \(room) nodes at one time",
            mend: room >= 64 ? nil : "Raise 'nofile' for this user in /etc/security/limits.conf")
    }

    private func keys() -> Finding {
        let environment = ProcessInfo.processInfo.environment
        let home = environment["HOME"] ?? "/"
        let files = ["id_ecdsa", "id_ed25519", "id_rsa"].filter {
            FileManager.default.isReadableFile(atPath: "\(home)/.ssh/\($0)")
        }
        let hasAgent = environment["SSH_AUTH_SOCK"].map { FileManager.default.fileExists(atPath: $0) } ?? false
        let found = files + (hasAgent ? ["an agent"] : [])
        return Finding(
            subject: "ssh keys", isGood: true,
            text: found.isEmpty
                ? "none by default: the inventory has to name identity files" : found.joined(separator: ", "))
    }
}
