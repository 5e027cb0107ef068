import Foundation
import Model
import Testing

@testable import runbook

/// What of a line is left on its way to a terminal.
@Suite struct TerminalLineTests {
    private static let colors = Style(.always, isTerminal: true, environment: [:])

    @Test func coloursAreForATerminalThatWantsThemUnlessTheCommandLineSaysOtherwise() {
        func isOn(_ when: Style.When, isTerminal: Bool = true, _ environment: [String: String] = [:]) -> Bool {
            Style(when, isTerminal: isTerminal, environment: environment).isOn
        }
        #expect(isOn(.auto, ["TERM": "xterm", "NO_COLOR": ""]))
        #expect(!isOn(.auto, ["NO_COLOR": "1"]) && !isOn(.auto, ["TERM": "dumb"]) && !isOn(.auto, isTerminal: false))
        #expect(isOn(.always, isTerminal: false, ["NO_COLOR": "1"]))
        #expect(!isOn(.never))
    }

    @Test func theProgramsOwnColorsStayAndAllElseIsSpelledOut() {
        let style = Self.colors
        for own in [
            style.bold("a"), style.faint("a"), style.red("a"), style.green("a"), style.yellow("a"), style.blue("a"),
        ] {
            #expect(style.cleaned("before \(own) after") == "before \(own) after")
            // Where there are no colours, nobody has written them but a stranger.
            #expect(!Style.plain.cleaned(own).contains("\u{1B}"))
        }
        let hostile = "\u{1B}[2J\u{1B}]0;owned\u{7}\u{1B}[31;5m\u{1B}\u{202E}\u{9B}"
        let spelled = #"\e[2J\e]0;owned\x07\e[31;5m\e\u{202e}\x9b"#
        #expect(style.cleaned(hostile) == spelled)
        #expect(style.cleaned(style.red(hostile) + hostile) == style.red(spelled) + spelled)
        #expect(Style.plain.cleaned(hostile) == spelled)
        #expect(style.cleaned("two\nlines\tand a tab") == "two\nlines\tand a tab")
    }

    @Test func jsonMeansTheSameAndActsOnNothing() throws {
        var hostile = ""
        for value in UInt32(0)...0x10FFFF {
            if let scalar = Unicode.Scalar(value), SafeText.isUnsafe(scalar) { hostile.unicodeScalars.append(scalar) }
        }
        hostile += "世界 \"quoted\" \\ \n\t"
        let texts = [
            try JSONOutput(["text": hostile]).text, try JSONOutput(encoding: ["text": hostile]).text,
            try JSONOutput(encoding: ["text": hostile], pretty: true).text,
        ]
        for text in texts {
            #expect(!text.unicodeScalars.contains { SafeText.isUnsafe($0) })
            #expect(text.contains("世界"))
            #expect(try JSONDecoder().decode([String: String].self, from: Data(text.utf8)) == ["text": hostile])
        }
    }

    @Test(arguments: [("世界世界", 7, "世界世…"), ("世界世界", 8, "世界世界"), ("abcdef", 5, "abcd…"), ("世界", 2, "…")])
    func whatIsTooWideIsCutBeforeItsLastColumn(text: String, columns: Int, shown: String) {
        #expect(TerminalWidth.clipped(text, to: columns) == shown)
        #expect(width(shown) <= columns)
    }
}
