import Foundation
import TestSupport
import Testing

/// What nodes, runbooks and inventories say, as it reaches a real terminal.
@Suite(.serialized, .nodesOfThisMachine) struct TerminalTests {
    private static let corpus = [
        "\u{1B}]0;owned\u{7}", "\u{1B}[31;5;7mowned", "\u{9B}2Jowned", "ok\u{8}\u{8}no", "\u{202E}gnp.exe",
        "pay\u{200B}pal",
    ]
    private static let escaped = [
        "\\e]0;owned\\x07", "\\e[31;5;7mowned", "\\x9b2Jowned", "ok\\x08\\x08no", "\\u{202e}gnp.exe", "pay\\u{200b}pal",
    ]

    private func holdsNone(_ text: String, _ comment: Comment) {
        for hostile in ["\u{1B}]", "\u{1B}[31;5;7m", "\u{9B}", "\u{8}", "\u{202E}", "\u{200B}"] {
            #expect(!text.unicodeScalars.contains(hostile.unicodeScalars), comment)
        }
    }

    @Test func noSequenceOfANodeReachesIt() async throws {
        try await SSHDFixture.with { sshd in
            let site = try PluginSite(sshd, runbooks: [:])
            try site.site.folder.write("corpus", Self.corpus.joined(separator: "\n") + "\n")
            let corpus = site.site.folder.path("corpus")
            for command in ["cat \(corpus)", "cat \(corpus) >&2; exit 3"] {
                let shown = try site.runOnTerminal("exec", "-n", "n1", "--", "sh", "-c", command)
                holdsNone(shown, "\(command)")
                for line in Self.escaped { #expect(shown.contains(line), "\(command): \(line): \(shown)") }
            }
            for words in [["logs", "last"], ["show", "last"], ["report", "last"]] {
                holdsNone(try site.runOnTerminal(words: words), "\(words)")
            }
            let raw = try site.runOnTerminal("logs", "last", "--raw")
            holdsNone(raw, "raw")
            #expect(raw.contains("is not written to a terminal"), "\(raw)")
            let bytes = try site.run("logs", "last", "--raw")
            #expect(bytes.status == 0 && bytes.error.isEmpty, "\(bytes.error)")
        }
    }

    /// All texts of it that a person is shown are hostile. `WORDS` is a file on the node.
    private static let shown = """
        schema_version: 1
        name: shown
        version: 1
        title: \(HostileText.quoted(HostileText.loadable))
        description: \(HostileText.quoted(HostileText.line))
        references: [\(HostileText.quoted(HostileText.loadable))]
        versions: [\(HostileText.quoted(HostileText.loadable))]
        targets: n1
        strategy: {limits: {rack: 1}}
        detect:
          - name: \(HostileText.quoted("probe " + HostileText.loadable))
            answer: lines
            probe: printf 'fact word %s\\ncause wrong %s\\n' "$(cat "WORDS")" "$(cat "WORDS")"
        steps:
          - name: \(HostileText.quoted("tell " + HostileText.loadable))
            advise:
              title: \(HostileText.quoted(HostileText.loadable))
              text: \(HostileText.quoted(HostileText.line))
              command: \(HostileText.quoted(HostileText.line))
          - name: \(HostileText.quoted("break " + HostileText.loadable))
            gate: none
            irreversible: true
            run: cat "WORDS"; cat "WORDS" >&2; exit 3
        verify: [detect]
        """

    private static let labels = """
        schema_version: 1
        nodes: {n1: {labels: {rack: \(HostileText.quoted(HostileText.loadable))}}}
        """

    private func with(_ body: (PluginSite) throws -> Void) async throws {
        try await SSHDFixture.with { sshd in
            try sshd.folder.write("words", HostileText.line)
            let words = sshd.folder.path("words")
            let site = try PluginSite(sshd, runbooks: ["shown": Self.shown.replacing("WORDS", with: words)])
            try site.site.folder.write("inventory/labels.yaml", Self.labels)
            try body(site)
        }
    }

    @Test func whatARunbookAndAnInventorySayIsSpelledOut() async throws {
        try await with { site in
            for words in [
                ["list"], ["describe", "shown"], ["describe", "shown", "--markdown"], ["nodes", "list"],
                ["diagnose", "shown", "-n", "n1"], ["apply", "shown", "-n", "n1", "--dry-run"],
                ["apply", "shown", "-n", "n1", "--yes"], ["show", "last"], ["show", "last", "-n", "n1"],
                ["report", "last"], ["logs", "last"],
            ] {
                let shown = try site.recordOnTerminal(words + ["--color", "never"])
                #expect(HostileText.acting(in: shown) == [], "\(words)")
                let text = String(decoding: shown, as: UTF8.self)
                #expect(text.contains("202e"), "\(words): \(text)")
            }
            let failed = String(decoding: try site.recordOnTerminal(["show", "last"]), as: UTF8.self)
            for part in [" in step 'break \\u{202a}", "can't be: break \\u{202a}", "--step 'break \\u{202a}"] {
                #expect(failed.contains(part), "\(part): \(failed)")
            }
            let logs = String(decoding: try site.recordOnTerminal(["logs", "last"]), as: UTF8.self)
            #expect(logs.contains(HostileText.spelled), "\(logs)")
        }
    }

    /// It is the same JSON, with nothing in it that acts on a terminal.
    @Test func theSameIsEscapedInJSON() async throws {
        try await with { site in
            for form in ["json", "jsonl"] {
                for words in [
                    ["describe", "shown"], ["nodes", "list"], ["apply", "shown", "-n", "n1", "--yes"],
                    ["show", "last"],
                    ["report", "last"], ["logs", "last"],
                ] {
                    let shown = try site.recordOnTerminal(words + ["--output", form, "--quiet"])
                    #expect(HostileText.acting(in: shown) == [], "\(words) \(form)")
                    let text = String(decoding: shown, as: UTF8.self)
                    #expect(text.contains("\\u202e"), "\(words) \(form): \(text)")
                }
            }
            let described = try site.run("describe", "shown", "--output", "jsonl").output
            let object = try JSONSerialization.jsonObject(with: Data(described.utf8)) as? [String: Any]
            #expect(object?["title"] as? String == HostileText.loadable, "\(described)")
            #expect(object?["description"] as? String == HostileText.line, "\(described)")
        }
    }

    @Test func aLiveScreenAndColoursBringNothingElseAlong() async throws {
        try await with { site in
            for words in [["apply", "shown", "-n", "n1", "--yes"], ["show", "last"], ["describe", "shown"]] {
                let shown = try site.recordOnTerminal(words + ["--color", "always"], type: "xterm")
                let text = String(decoding: shown, as: UTF8.self)
                #expect(text.contains(words[0] == "apply" ? "\u{1B}[2K" : "\u{1B}[1m"), "\(words): \(text)")
                #expect(HostileText.acting(in: HostileText.withoutOwn(shown)) == [], "\(words)")
                // The colours are colours, and are not spelled out themselves.
                #expect(!text.contains("\\e[1m") && !text.contains("\\e[0m"), "\(words): \(text)")
            }
        }
    }

    @Test func theWordsOfACommandAreSpelledOut() async throws {
        try await with { site in
            let shown = try site.recordOnTerminal(["exec", "-n", "n1", "--", "printf", "%s", HostileText.line])
            #expect(HostileText.acting(in: shown) == [])
            #expect(String(decoding: shown, as: UTF8.self).contains(HostileText.spelled))
            for words in [["show", "last"], ["runs"], ["report", "last"], ["audit", "list", "--output", "jsonl"]] {
                #expect(try HostileText.acting(in: site.recordOnTerminal(words)) == [], "\(words)")
            }
            let record = String(decoding: try site.recordOnTerminal(["show", "last"]), as: UTF8.self)
            #expect(record.contains("command: printf %s " + HostileText.spelled), "\(record)")
        }
    }

    @Test func aNameOrATitleWithAnEscapeIsNotEvenLoaded() async throws {
        let line = HostileText.quoted(HostileText.line)
        let step = "gate: none, irreversible: true, run: x"
        let refused = "without control characters"
        let wrong: [(folder: String, text: String, message: String)] = [
            ("runbooks", "title: \(line)\nsteps: [{name: a, \(step)}]\n", refused),
            ("runbooks", "title: a\nsteps: [{name: \(line), \(step)}]\n", refused),
            ("runbooks", "title: a\ndetect: [{name: \(line), probe: x}]\n", refused),
            ("inventory", "nodes: {n2: {labels: {rack: \(line)}}}\n", refused),
            ("inventory", "nodes: {n2: {labels: {\(line): a}}}\n", "is no name of a label"),
            ("inventory", "groups: {\(line): n1}\n", "is no name of a group"),
            ("inventory", "nodes: {\(line): {}}\n", "bad.yaml:"),
        ]
        try await with { site in
            for (folder, text, message) in wrong {
                let file = "\(folder)/bad.yaml"
                let head = folder == "runbooks" ? "name: bad\nversion: 1\ntargets: n1\n" : ""
                try site.site.folder.write(file, "schema_version: 1\n\(head)\(text)")
                let lint = try site.run("lint")
                #expect(lint.status == 65, "\(text): \(lint.output)\(lint.error)")
                #expect((lint.output + lint.error).contains(message), "\(text): \(lint.output)\(lint.error)")
                for words in [["lint"], ["lint", "--output", "jsonl"], ["apply", "bad", "-n", "n1", "--yes"]] {
                    #expect(try HostileText.acting(in: site.recordOnTerminal(words)) == [], "\(words): \(text)")
                }
                try FileManager.default.removeItem(atPath: site.site.folder.path(file))
            }
        }
    }
}
