import Foundation
import Model
import TestSupport

@testable import Controller

/// An installation with the plugins that come with the program, used through the built program.
struct PluginSite {
    static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent().path

    /// Settings of nobody under which no plugin is run without a sandbox.
    static let confining = Settings(
        layers: [PartialSettings(pluginSandbox: .required)], environment: ["HOME": "/nonexistent"], userID: 0)

    struct Result {
        var status: Int32
        var output: String
        var error: String
    }

    let site: Installation
    /// Variables that the program gets beside its own.
    var environment: [String: String] = [:]

    init(_ sshd: SSHDFixture, runbooks: [String: String], notify: String = "") throws {
        site = try Installation(
            sshd,
            inventory: """
                schema_version: 1
                defaults: {ssh: {user: \(sshd.user), port: \(sshd.port), identity_file: \(sshd.userKeyPath)}}
                nodes: {n1: {address: 127.0.0.1}}
                """, runbooks: runbooks)
        if !notify.isEmpty { try site.folder.write("inventory/notify.yaml", "schema_version: 1\nnotify:\n" + notify) }
        // A copy: the program believes only what nobody else may write.
        try Self.shell(
            "cp -R '\(Self.root)/Plugins' '\(site.folder.path("plugins"))' && chmod -R go-w '\(site.folder.root)'")
    }

    var state: String { site.folder.path("state") }

    static func shell(_ script: String) throws {
        let process = SpawnedProcess()
        process.executableURL = URL(fileURLWithPath: "/bin/sh")
        process.arguments = ["-c", script]
        try process.run()
        process.waitUntilExit()
        if process.terminationStatus != 0 { throw POSIXError(.EIO) }
    }

    @discardableResult
    func run(_ words: String...) throws -> Result {
        let process = SpawnedProcess()
        process.executableURL = URL(fileURLWithPath: Self.root + "/.build/debug/runbook")
        process.arguments = words
        process.environment = variables
        let files = ["out", "err"].map { site.folder.path("\($0)-\(UInt64.random(in: 0 ... .max))") }
        for file in files { _ = FileManager.default.createFile(atPath: file, contents: nil) }
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = FileHandle(forWritingAtPath: files[0])
        process.standardError = FileHandle(forWritingAtPath: files[1])
        try process.run()
        process.waitUntilExit()
        let texts = files.map { (try? String(contentsOfFile: $0, encoding: .utf8)) ?? "" }
        return Result(status: process.terminationStatus, output: texts[0], error: texts[1])
    }

    /// Starts the program and leaves it alone.
    func start(_ words: String...) throws -> SpawnedProcess {
        let process = SpawnedProcess()
        process.executableURL = URL(fileURLWithPath: Self.root + "/.build/debug/runbook")
        process.arguments = words
        process.environment = variables
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        try process.run()
        return process
    }

    private var variables: [String: String] {
        [
            "PATH": ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin", "HOME": site.folder.root,
            "RUNBOOK_INVENTORY": site.settings.inventory[0], "RUNBOOK_RUNBOOKS": site.settings.runbooks,
            "RUNBOOK_PLUGINS": site.settings.plugins, "RUNBOOK_DB": site.settings.database,
            "RUNBOOK_KNOWN_HOSTS": site.sshd.knownHostsPath, "RUNBOOK_SSH_CONFIG": site.settings.sshConfig,
            "RUNBOOK_ALLOW_SHARED_MACHINES": "1",
        ].merging(environment) { $1 }
    }

    /// What a terminal gets on which the program is used.
    func runOnTerminal(_ words: String...) throws -> String { try runOnTerminal(words: words) }

    func runOnTerminal(words: [String]) throws -> String {
        String(decoding: try recordOnTerminal(words, type: "xterm"), as: UTF8.self)
    }

    /// The bytes that a terminal gets, of which the program believes that it knows neither colours nor moves.
    func recordOnTerminal(_ words: [String], type: String = "dumb") throws -> [UInt8] {
        try PseudoTerminal.record(
            [Self.root + "/.build/debug/runbook"] + words, environment: variables.merging(["TERM": type]) { $1 },
            in: site.folder)
    }

    /// Adds a plugin `hang` of a kind, with this executable.
    func addHanging(_ kind: String, _ script: String) throws { try add("hang", kind, script) }

    /// Adds a plugin of a kind, with this executable.
    func add(_ name: String, _ kind: String, _ script: String) throws {
        let place = site.folder.path("plugins/\(kind)/\(name)")
        try Self.shell("mkdir -m 755 '\(place)'")
        try site.folder.write(
            "plugins/\(kind)/\(name)/plugin.yaml",
            "schema_version: 1\nname: \(name)\nkind: \(kind)\nsummary: Of a test.\nexecutable: \(name)\ntimeout: 10m\n")
        try site.folder.write("\(name).text", script)
        // Written by another process: a file that this one has open while a thread starts a process can't be run.
        try Self.shell("install -m 755 '\(site.folder.path("\(name).text"))' '\(place)/\(name)'")
    }

    /// How long a plugin of a test sleeps: a number of seconds that nobody else asks for.
    static func nap() -> String { "600.\(Int.random(in: 100_000_000...999_999_999))" }

    /// Whether a process of this machine was started with that word.
    static func isRunning(_ word: String) -> Bool {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        return names.contains { name in
            let words = FileManager.default.contents(atPath: "/proc/\(name)/cmdline")?.split(separator: 0)
            return words?.contains(Data(word.utf8)) ?? false
        }
    }

    /// Files below its folder, and those of the node's supervisor, whose bytes hold `text`.
    func files(holding text: String) throws -> [String] {
        let names = try FileManager.default.subpathsOfDirectory(atPath: site.folder.root)
        return names.filter { name in
            FileManager.default.contents(atPath: site.folder.path(name))?.range(of: Data(text.utf8)) != nil
        }
    }
}
