import Foundation

/// An installation whose runbooks are for the controller itself, so that the program is tested without a node.
struct ControllerSite {
    let folder: String

    /// Writes the files, runs `body`, and removes all of it.
    static func with(
        runbooks: [String: String], inventory: String = "schema_version: 1\nnodes: {n1: {address: 192.0.2.1}}\n",
        _ body: (ControllerSite) throws -> Void
    ) throws {
        let folder = "/var/tmp/runbook-site-\(UInt32.random(in: 0 ... .max))"
        defer { try? FileManager.default.removeItem(atPath: folder) }
        for part in ["inventory", "runbooks"] {
            try FileManager.default.createDirectory(
                atPath: folder + "/" + part, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        }
        try Data(inventory.utf8).write(to: URL(fileURLWithPath: folder + "/inventory/site.yaml"))
        for (name, text) in runbooks {
            let head = "schema_version: 1\nname: \(name)\nversion: 1\ntitle: A test\ntargets: controller\n"
            try Data((head + text).utf8).write(to: URL(fileURLWithPath: "\(folder)/runbooks/\(name).yaml"))
        }
        try body(ControllerSite(folder: folder))
    }

    /// The program with these files.
    @discardableResult
    func runbook(_ arguments: String...) throws -> Lab.Result { try Lab.run(words(arguments)) }

    /// The whole command line.
    func words(_ arguments: [String]) -> [String] {
        [
            "/usr/bin/env", "RUNBOOK_INVENTORY=\(folder)/inventory", "RUNBOOK_RUNBOOKS=\(folder)/runbooks",
            "RUNBOOK_DB=\(folder)/db/runbook.db", Lab.root + "/.build/debug/runbook",
        ] + arguments
    }
}

extension Lab.Result {
    /// Its output as JSON Lines; a line that is none is `["wrong": line]`.
    var objects: [[String: Any]] {
        output.split(separator: "\n").map { line in
            (try? JSONSerialization.jsonObject(with: Data(line.utf8))) as? [String: Any] ?? ["wrong": String(line)]
        }
    }
}

extension Lab.Result {
    /// Its output as one JSON object.
    var document: [String: Any] {
        (try? JSONSerialization.jsonObject(with: Data(output.utf8))) as? [String: Any] ?? [:]
    }
}
