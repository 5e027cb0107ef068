import Testing

@testable import SSH

/// The marks around a command's output.
@Suite struct MarkedStreamTests {
    private let command = MarkedCommand("true", nonce: "0123456789abcdef")

    /// Cut at any two places, the same bytes come out.
    @Test func everyCutGivesTheSameOutput() {
        let stream = Array(
            "noise\nB0123456789abcdef\nout\nE01\n\nE0123456789abcde\nE0123456789abcdef 37\ntrailing".utf8)
        for first in 0...stream.count {
            for second in stride(from: first, through: stream.count, by: 3) {
                var marks = command.errorMarks
                let output =
                    marks.append(Array(stream[..<first])) + marks.append(Array(stream[first..<second]))
                    + marks.append(Array(stream[second...]))
                #expect(text(output) == "out\nE01\n\nE0123456789abcde")
                #expect(marks.hasEnded)
                #expect(marks.code == 37)
            }
        }
    }

    @Test func withoutTheLastMarkThereIsNoEnd() {
        var marks = command.errorMarks
        #expect(text(marks.append(Array("B0123456789abcdef\nout\nE0123456789abcdef 3".utf8))) == "out")
        #expect(!marks.hasEnded)
        #expect(marks.code == nil)
    }

    @Test func aCodeThatIsNoNumberIsNoCode() {
        var marks = command.errorMarks
        _ = marks.append(Array("B0123456789abcdef\n\nE0123456789abcdef x\n".utf8))
        #expect(marks.code == nil)
    }

    @Test func whatComesBeforeTheFirstMarkIsDroppedAndBounded() {
        var marks = command.outputMarks
        for _ in 0..<1000 { #expect(marks.append([UInt8](repeating: 66, count: 1000)).isEmpty) }
        #expect(!marks.hasBegun)
        #expect(text(marks.append(Array("B0123456789abcdef\nx\n\nE0123456789abcdef\n".utf8))) == "x\n")
        #expect(marks.hasEnded)
    }

    @Test func anUnfinishedStreamGivesItsRest() {
        var marks = command.outputMarks
        #expect(text(marks.append(Array("B0123456789abcdef\nabc\nE0123".utf8))) == "abc")
        #expect(text(marks.finish()) == "\nE0123")
    }

    @Test func noncesDiffer() {
        let nonces = (0..<1000).map { _ in MarkedCommand.makeNonce() }
        #expect(Set(nonces).count == 1000)
        #expect(nonces.allSatisfy { $0.count == 32 })
    }
}
