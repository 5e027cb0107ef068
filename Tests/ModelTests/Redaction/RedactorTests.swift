import Foundation
import Testing

@testable import Model

@Suite struct RedactorTests {
    private func redactor(_ secrets: String...) throws -> Redactor {
        try #require(Redactor(secrets.map { SecretBytes(Array($0.utf8)) }))
    }

    private func hidden(_ text: String, _ redactor: Redactor) -> String { redactor.redact(text) }

    @Test func aSecretBecomesAsManyAsterisksAsItHasBytes() throws {
        let redactor = try redactor("s3cret pass", "äöü!")
        #expect(hidden("x s3cret pass y", redactor) == "x *********** y")
        #expect(hidden("äöü!äöü!", redactor) == String(repeating: "*", count: 14))
        #expect(hidden("s3cret pas", redactor) == "s3cret pas")
        #expect(hidden("s3cret pass", redactor).utf8.count == 11)
        #expect(hidden("", redactor) == "")
    }

    @Test func whatIsTooShortIsNotLookedFor() throws {
        #expect(Redactor([]) == nil)
        #expect(Redactor([SecretBytes(Array("abc".utf8)), SecretBytes([]), SecretBytes(Array(" \n".utf8))]) == nil)
        #expect(hidden("abcd abc", try redactor("abcd", "abc")) == "**** abc")
    }

    @Test func whatAFailedUndoSaidIsCleanedToo() throws {
        let undo = FailedUndo(step: "mount", text: "no such volume: hunter2")
        let event = try redactor("hunter2").redacted(
            .nodeFinished(node: "n1", NodeOutcome(.rollbackFailed, failedUndo: undo)))
        guard case .nodeFinished(_, let outcome) = event else {
            Issue.record("\(event)")
            return
        }
        #expect(outcome.failedUndo?.text == "no such volume: *******")
    }

    @Test(arguments: 1...7)
    func theEdgesOfPiecesDoNotMatter(size: Int) throws {
        let redactor = try redactor("abcabd", "bdbdx", "line one of key\nline two of key")
        let text = "abcabcabd abcabdbdx -- line one of key\nline two of key -- line two of key abcab"
        let bytes = Array(text.utf8)
        var stream = Redactor.Stream(redactor)
        var clean: [UInt8] = []
        for start in stride(from: 0, to: bytes.count, by: size) {
            stream.feed(bytes[start..<min(bytes.count, start + size)], into: &clean)
        }
        stream.end(into: &clean)
        #expect(clean == redactor.redact(bytes))
        #expect(
            String(decoding: clean, as: UTF8.self)
                == "abc****** *********" + " -- " + String(repeating: "*", count: 31) + " -- "
                + String(repeating: "*", count: 15) + " abcab")
    }

    @Test func nothingIsHeldBackThatCannotBecomeASecret() throws {
        var stream = Redactor.Stream(try redactor("password1"))
        var clean: [UInt8] = []
        stream.feed(Array("all of this, and passw".utf8), into: &clean)
        #expect(String(decoding: clean, as: UTF8.self) == "all of this, and ")
        stream.feed(Array("ord".utf8), into: &clean)
        #expect(clean.count == 17)
        stream.feed(Array("x".utf8), into: &clean)
        #expect(String(decoding: clean, as: UTF8.self) == "all of this, and passwordx")
    }

    @Test(arguments: ["hunter2 is long", "p@ss/w+rd=?", "\u{0}\u{1}\u{2}\u{3}\u{4}\u{5}", "ünïcode-sécret"])
    func base64IsFoundWhereverItBegins(secret: String) throws {
        let redactor = try redactor(secret)
        for before in ["", "a", "ab", "abc", "user:", "user7:"] {
            for after in ["", "z", "zz", "@host"] {
                let data = Data((before + secret + after).utf8)
                let standard = data.base64EncodedString()
                let url = standard.replacingOccurrences(of: "+", with: "-").replacingOccurrences(of: "/", with: "_")
                for encoded in [standard, url] {
                    let shown = hidden("token \(encoded)\n", redactor)
                    let masked = shown.filter { $0 == "*" }.count
                    // All characters that hold nothing but bits of the secret.
                    #expect(masked >= secret.utf8.count * 8 / 6 - 2, "\(encoded) \(shown)")
                    #expect(shown.utf8.count == encoded.utf8.count + 7)
                }
            }
        }
    }

    @Test(arguments: [
        "a%20b%2Fc%3D%22", "a%20b%2fc%3d%22", "a+b%2Fc%3D%22", "a%20b/c%3D%22", "a b\\/c=\\\"", "a b/c=\\\"",
        "6120622f633d22", "6120622F633D22",
    ])
    func otherFormsAreFound(form: String) throws {
        let redactor = try redactor("a b/c=\"")
        let shown = hidden("<\(form)>", redactor)
        #expect(shown == "<" + String(repeating: "*", count: form.utf8.count) + ">")
    }

    @Test func whatAShellTracesIsFound() throws {
        let redactor = try redactor("it's mine")
        #expect(hidden("+ login 'it'\\''s mine'", redactor) == "+ login '************'")
    }

    @Test func eachLineOfAKeyIsFoundByItself() throws {
        let key = "-----BEGIN KEY-----\nAAAAB3NzaC1yc2E\nshort\n-----END KEY-----\n"
        let redactor = try redactor(key)
        #expect(hidden("  AAAAB3NzaC1yc2E  short", redactor) == "  ***************  short")
        #expect(!hidden(key, redactor).contains("short"))
    }

    @Test func manySecretsAndRandomPiecesLeaveNoneBehind() throws {
        var generator = SeededGenerator(seed: 42)
        for _ in 0..<200 {
            // A small alphabet, so that secrets overlap one another and themselves.
            let secrets = (0..<Int.random(in: 1...6, using: &generator)).map { _ in
                (0..<Int.random(in: 4...9, using: &generator)).map { _ in UInt8.random(in: 97...99, using: &generator) }
            }
            let redactor = try #require(Redactor(secrets.map(SecretBytes.init)))
            let bytes = (0..<300).map { _ in UInt8.random(in: 97...99, using: &generator) }
            var expected = bytes
            for secret in secrets {
                for start in 0...(bytes.count - secret.count) where Array(bytes[start..<start + secret.count]) == secret
                {
                    for index in start..<start + secret.count { expected[index] = UInt8(ascii: "*") }
                }
            }
            var stream = Redactor.Stream(redactor)
            var clean: [UInt8] = []
            var start = 0
            while start < bytes.count {
                let end = min(bytes.count, start + Int.random(in: 1...20, using: &generator))
                stream.feed(bytes[start..<end], into: &clean)
                start = end
            }
            stream.end(into: &clean)
            #expect(clean == expected)
        }
    }

    @Test func eventsKeepNamesAndLoseSecrets() throws {
        let redactor = try redactor("hunter22")
        let event = RunEvent.stepEnded(
            node: "hunter22",
            StepEnding(
                id: InvocationID(run: RunID(random: 1, 2), target: 0, step: 0, attempt: 1), name: "s", purpose: .apply,
                status: .failed, outcome: .lost(reason: "hunter22"), text: "pw hunter22"))
        guard case .stepEnded(let node, let ending) = redactor.redacted(event) else {
            Issue.record("It became another event.")
            return
        }
        #expect(node == "hunter22")
        #expect(ending.text == "pw ********")
        #expect(ending.outcome == .lost(reason: "********"))
    }
}
