import Foundation
import Plugins

/// A file in a git repository. With an upstream every anchor is pushed there, and read from there.
struct GitAnchor: AnchorPlace {
    let name: String
    let folder: String

    private static let file = "runbook-anchors.jsonl"
    private static let surroundings = [
        "GIT_TERMINAL_PROMPT": "0", "GIT_SSH_COMMAND": "ssh -o BatchMode=yes -o ConnectTimeout=10",
        "GIT_AUTHOR_NAME": "runbook", "GIT_AUTHOR_EMAIL": "runbook@localhost", "GIT_COMMITTER_NAME": "runbook",
        "GIT_COMMITTER_EMAIL": "runbook@localhost",
    ]

    private func git(_ words: [String]) async throws -> StockTool.Answer {
        try await StockTool("git", environment: Self.surroundings)(["-C", folder] + words)
    }

    private func must(_ words: [String]) async throws {
        let answer = try await git(words)
        guard answer.isGood else {
            let last = answer.complaint.split(separator: "\n").last.map(String.init)
            throw AnchorError(name, last ?? "git \(words.first ?? "") failed")
        }
    }

    private var hasUpstream: Bool {
        get async throws { try await git(["rev-parse", "--abbrev-ref", "@{upstream}"]).isGood }
    }

    func append(_ line: String) async throws {
        try await FileAnchor(name: name, path: "\(folder)/\(Self.file)").append(line)
        try await must(["add", "--", Self.file])
        try await must(["commit", "-q", "--no-verify", "--no-gpg-sign", "-m", "Anchor", "--", Self.file])
        if try await hasUpstream { try await must(["push", "-q"]) }
    }

    func lines() async throws -> [String]? {
        var version = "HEAD"
        if try await hasUpstream {
            try await must(["fetch", "-q"])
            version = "@{upstream}"
        }
        let answer = try await git(["show", "\(version):\(Self.file)"])
        guard answer.isGood else { return [] }
        return String(decoding: answer.output, as: UTF8.self).split(separator: "\n").map(String.init)
    }

    var isIndependent: Bool { get async { (try? await hasUpstream) ?? false } }
}
