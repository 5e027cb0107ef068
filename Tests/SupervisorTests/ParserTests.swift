import Model
import Testing

@testable import Supervisor

@Suite struct ParserTests {
    private static let greeting = String(repeating: "a", count: 32)
    private static let token = String(repeating: "b", count: 32)
    private static let hello =
        "\nRB2 \(greeting) HELLO 2 0 1 5223fd0c-8ce9-4a2a-b934-f28d6daad8ff 982509bc27fd4211a21a16bb4f370796 n1 debian 12\n"

    private static func parser(_ expectation: SupervisorEventParser.Expectation = .script(.start)) throws
        -> SupervisorEventParser
    {
        var parser = SupervisorEventParser(greeting: greeting)
        _ = try parser.feed(Array(hello.utf8))
        parser.expect(token, expectation)
        return parser
    }

    private static func line(_ text: String, _ token: String = token) -> String { "\nRB2 \(token) \(text)\n" }

    @Test func whatComesBeforeTheGreetingIsNoise() throws {
        var parser = SupervisorEventParser(greeting: Self.greeting)
        let noise = "GPU 0\nRB2 \(Self.token) HELLO 2\nLast login: now\n\nRB2 \nmotd"
        let events = try parser.feed(Array((noise + Self.hello).utf8))
        #expect(
            events == [
                .hello(
                    NodeIdentity(
                        machineID: "982509bc27fd4211a21a16bb4f370796", bootID: "5223fd0c-8ce9-4a2a-b934-f28d6daad8ff",
                        hostname: "n1", userID: 0, distribution: "debian", distributionVersion: "12", hasSystemd: true))
            ])
    }

    @Test func noiseHasABound() throws {
        var parser = SupervisorEventParser(greeting: Self.greeting)
        #expect(throws: ProtocolViolation.self) {
            for _ in 0..<100 { _ = try parser.feed([UInt8](repeating: 0, count: 4096)) }
        }
    }

    @Test func anAnswerReadsTheSameInWhateverPiecesItComes() throws {
        let first = "\nRB2 \(Self.greeting) END\u{0}\nRB2 bbb\n"
        let text =
            Self.line("START 100") + Self.line("OUT o 0") + first + Self.line("OUT e 0") + "x"
            + Self.line("BEAT") + Self.line("OUT o \(first.utf8.count)") + "\n" + Self.line("END 3 - 0")
        let bytes = Array(text.utf8)
        func joined(_ events: [SupervisorEvent]) -> [SupervisorEvent] {
            events.reduce(into: []) { all, event in
                if case .output(let more) = event, case .output(var chunk)? = all.last, chunk.stream == more.stream {
                    chunk.bytes += more.bytes
                    all[all.count - 1] = .output(chunk)
                } else {
                    all.append(event)
                }
            }
        }
        var whole = try Self.parser()
        let expected = joined(try whole.feed(bytes))
        #expect(expected.count == 6)
        #expect(expected.last == .ended(status: 3, why: .byItself, isSandboxed: false))
        for cut in 0..<bytes.count {
            var parser = try Self.parser()
            let events = try parser.feed(bytes[..<cut]) + parser.feed(bytes[cut...])
            #expect(joined(events) == expected)
        }
        var parser = try Self.parser()
        #expect(joined(try bytes.flatMap { try parser.feed([$0]) }) == expected)
    }

    @Test(arguments: [
        line("END 0 - 0"),
        line("START 0") + line("END 0 - 0") + line("END 0 - 0"),
        line("START 0") + line("START 0"),
        line("START 0", String(repeating: "c", count: 32)),
        line("OUT o 0"),
        line("START 0") + line("OUT o 1"),
        line("START 0") + line("OUT x 0"),
        line("START 0") + line("NOSTART given-up"),
        line("START 0") + "noise" + line("END 0 - 0"),
        line("START 0") + line("END 256 - 0"),
        line("START 0") + line("END - - 0"),
        line("START 0") + line("END 0 0"),
        line("START 0") + line("END 0 - 0\u{7}"),
        line("START -1"),
        line("START 99999999999999999999"),
        line("DONE"),
        line("SURPRISE"),
        "\nRB2 " + String(repeating: "x", count: 5000),
        line("START 0") + line("HELLO", greeting),
        hello + hello,
    ])
    func whatDoesNotFitIsAViolation(text: String) throws {
        var parser = try Self.parser()
        #expect(throws: ProtocolViolation.self) { _ = try parser.feed(Array(text.utf8)) }
    }

    @Test func anEventOfALaterFrameDoesNotComeFirst() throws {
        var parser = try Self.parser()
        let later = String(repeating: "c", count: 32)
        parser.expect(later, .answer)
        #expect(throws: ProtocolViolation.self) { _ = try parser.feed(Array(Self.line("DONE", later).utf8)) }
    }

    @Test func nothingThatIsMadeOfItsOwnPiecesBreaksIt() throws {
        var generator = SystemRandomNumberGenerator()
        let pieces = [
            Self.line("START 5"), Self.line("OUT o 0"), Self.line("OUT e 3"), "abc", "\n", "RB2 ", Self.token, " ",
            Self.line("END 0 - 0"), Self.line("END - lost 0"), Self.line("BEAT"), "\u{0}", Self.greeting, Self.hello,
            Self.line("FATAL x", Self.greeting),
        ]
        for _ in 0..<20_000 {
            var parser = try Self.parser()
            var ends = 0
            do throws(ProtocolViolation) {
                for _ in 0..<Int.random(in: 1...8, using: &generator) {
                    let piece = Array((pieces.randomElement(using: &generator) ?? "").utf8)
                    for event in try parser.feed(piece.prefix(Int.random(in: 0...(piece.count * 2), using: &generator)))
                    where event.isLast { ends += 1 }
                }
            } catch {
                continue
            }
            #expect(ends <= 1)
        }
    }
}
