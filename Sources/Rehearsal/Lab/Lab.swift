import Foundation
import Model

/// Throwaway nodes of one test, in a network of their own.
struct Lab: TestNodes {
    /// The program that boots them.
    let command: String
    /// The lab's run folder.
    let folder: String
    let nodes: [LabNode]
    /// The group that the runbook's targets name, if no node says that it is in it.
    let impliedGroup: String?
    /// Whether the nodes may stay up when this process has ended.
    let outlives: Bool

    var names: NodeSet { NodeSet(names: nodes.map(\.name)) }

    /// Boots all nodes and waits for them. Unless it may outlive it, the lab ends with this process, whatever ends that.
    func start() async throws {
        var words = ["up", "--dir", folder, "--name", "test"]
        if !outlives { words += ["--with-pid", String(getpid())] }
        words += ["--nodes", nodes.map(\.name).joined(separator: ",")]
        for (role, names) in sets(\.roles) { words += ["--role", "\(role)=\(names.joined(separator: ","))"] }
        for (group, names) in sets(\.groups) { words += ["--group", "\(group)=\(names.joined(separator: ","))"] }
        if let impliedGroup { words += ["--group", "\(impliedGroup)=\(nodes.map(\.name).joined(separator: ","))"] }
        let result = try await ChildProcess([command] + words, limit: .seconds(1800))()
        guard result.status == 0 else {
            throw RehearsalError("The test's nodes did not come up.", lines: result.tail)
        }
        if result.error.contains("plain sshd") {
            await stop()
            throw RehearsalError(
                "This machine allows no namespaces, so there are no nodes to break.", lines: result.tail)
        }
        try writeVariables()
    }

    func reset() async throws {
        let result = try await ChildProcess([command, "reset", "--dir", folder] + nodes.map(\.name))()
        guard result.status == 0 else { throw RehearsalError("The nodes could not be reset.", lines: result.tail) }
    }

    /// Ends all nodes.
    func stop() async {
        // Also when the test was cancelled.
        await Task.detached { [command, folder] in
            _ = try? await ChildProcess([command, "down", "--dir", folder])()
            try? FileManager.default.removeItem(atPath: folder)
        }.value
    }

    private func sets(_ key: KeyPath<LabNode, [String]>) -> [(String, [String])] {
        Set(nodes.flatMap { $0[keyPath: key] }).sorted().map { name in
            (name, nodes.filter { $0[keyPath: key].contains(name) }.map(\.name))
        }
    }

    private func writeVariables() throws {
        let entries = nodes.filter { !$0.variables.isEmpty }.reduce(into: [String: Value]()) {
            $0[$1.name] = .map($1.variables)
        }
        guard !entries.isEmpty else { return }
        let text = "schema_version: 1\nvars: \(try Value.map(entries).jsonText())\n"
        try Data(text.utf8).write(to: URL(fileURLWithPath: folder + "/inventory/variables.yaml"))
    }

    // MARK: Scripts

    func run(_ script: LabScript) async throws -> [ScriptAnswer] {
        var answers: [ScriptAnswer] = []
        switch script.place {
        case .nodes(let nodes):
            for name in nodes.names {
                answers.append(ScriptAnswer(node: name, result: try await run(script.script, script.shell, on: name)))
            }
        case .host(let nodes):
            for name in nodes.isEmpty ? [""] : nodes.names {
                let words = [command, "in", "--dir", folder] + Self.words(script.shell, script.script)
                let path = (command as NSString).deletingLastPathComponent + ":"
                let environment = [
                    "NODE": name, "PATH": path + (ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"),
                    "RUNBOOK_LAB_DIR": folder, "DEBIAN_FRONTEND": "noninteractive",
                ]
                answers.append(
                    ScriptAnswer(node: "host", result: try await ChildProcess(words, environment: environment)()))
            }
        }
        return answers
    }

    func run(_ script: String, on node: String, arguments: [String]) async throws -> ChildProcess.Result {
        try await run(script, .sh, on: node, arguments: arguments)
    }

    private func run(
        _ script: String, _ shell: Invocation.Shell, on node: String, arguments: [String] = []
    ) async throws -> ChildProcess.Result {
        let enter =
            node == "host"
            ? [command, "in", "--dir", folder]
            : [command, "node", "--dir", folder, node, "--", "env", "DEBIAN_FRONTEND=noninteractive", "NODE=\(node)"]
        return try await ChildProcess(enter + Self.words(shell, script) + arguments)()
    }

    func files(changedSince moment: Date, busy: [String]) async throws -> [String] {
        let since = String(format: "%.6f", moment.timeIntervalSince1970)
        let words = [command, "written", "--dir", folder, since] + names.names + ["--"] + busy
        let result = try await ChildProcess(words)()
        guard result.status == 0 else {
            throw RehearsalError("Which files were written could not be found out.", lines: result.tail)
        }
        return result.output.split(separator: "\n").prefix(20).map(String.init)
    }

    func pause(_ time: Duration) async throws { try await Task.sleep(for: time) }

    private static func words(_ shell: Invocation.Shell, _ script: String) -> [String] {
        switch shell {
        case .sh: ["sh", "-euc", script, "sh"]
        case .bash: ["bash", "-euc", script, "bash"]
        case .python3: ["python3", "-c", script]
        }
    }
}
