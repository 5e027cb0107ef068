import Foundation
import TestSupport
import Testing

/// What nodes print, as it reaches a real terminal.
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
}
