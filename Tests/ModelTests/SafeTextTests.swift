import Testing

@testable import Model

/// What a person is shown holds nothing that moves a cursor, turns the reading order round or can't be seen.
@Suite struct SafeTextTests {
    @Test func everyControlBidirectionalAndInvisibleCharacterBecomesAnEscape() {
        var left: [String] = []
        for value in UInt32(0)...0x10FFFF {
            guard let scalar = Unicode.Scalar(value) else { continue }
            let properties = scalar.properties
            let isControl = properties.generalCategory == .control && scalar != "\n" && scalar != "\t"
            let isSeparator = [.lineSeparator, .paragraphSeparator].contains(properties.generalCategory)
            // A variation selector only chooses between two looks of the character before it.
            let isInvisible = properties.isDefaultIgnorableCodePoint && !(0xFE00...0xFE0F).contains(value)
            let isBidirectional = properties.isBidiControl
            let mustGo = isControl || isSeparator || isInvisible || isBidirectional
            if mustGo, SafeText(String(scalar)).description.unicodeScalars.contains(scalar) {
                left.append(String(value, radix: 16))
            }
        }
        #expect(left == [])
    }

    @Test func whatIsHarmlessStaysAsItIs() {
        for text in ["plain", "two\nlines\tand a tab", "Grüße, 世界, שלום, ✔️"] {
            #expect(SafeText(text).description == text)
        }
        #expect(SafeText("two\nlines\t.").singleLine == "two\\nlines\\t.")
    }

    @Test(arguments: [
        ("\u{1B}]0;owned\u{7}", "\\e]0;owned\\x07"), ("\u{1B}[31m", "\\e[31m"), ("\u{9B}31m", "\\u{9b}31m"),
        ("ok\rno", "ok\\rno"), ("a\u{8}b", "a\\x08b"), ("\u{202E}txt.exe", "\\u{202e}txt.exe"),
        ("pay\u{200B}pal", "pay\\u{200b}pal"),
    ])
    func whatWouldMoveATerminalIsSpelledOut(text: String, shown: String) {
        // One byte above 7F is spelled with two digits.
        let expected = shown.replacing("\\u{9b}", with: "\\x9b")
        #expect(SafeText(text).description == expected)
        #expect(SafeText(bytes: Array(text.utf8)).description == expected)
    }

    @Test func bytesThatAreNoTextAreMarked() {
        #expect(SafeText(bytes: [0x61, 0xFF, 0x62]).description == "a\u{FFFD}b")
    }
}
