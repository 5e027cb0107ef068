import Foundation
import Testing

/// The main job as the README shows it, played on 32 nodes and compared.
@Suite(.serialized) struct TranscriptTests {
    private static let begin = "<!-- transcript:begin -->\n```\n"
    private static let end = "```\n<!-- transcript:end -->"
    private static let readme = Lab.root + "/README.md"

    /// `RUNBOOK_UPDATE_DOCS=1` writes it.
    @Test func theREADMEShowsWhatTheProgramPrints() throws {
        try Lab.with(["--nodes", "gpu[01-32]", "--role", "gpu=gpu[01-32]"]) { lab in
            try lab.fault("gpu/driver-missing", "gpu03", "gpu11")
            try lab.fault("gpu/version-mismatch", "gpu17", "gpu24")
            try lab.fault("gpu/nouveau", "gpu30")
            var transcript = ""
            var run = ""
            for line in [
                "apply gpu-driver-fix --nodes 'gpu[01-32]' --dry-run",
                "apply gpu-driver-fix --nodes 'gpu[01-32]' --yes",
                "rollback last --nodes gpu30 --yes",
            ] {
                let words = line.replacingOccurrences(of: "'", with: "").split(separator: " ").map(String.init)
                let result = try lab.runbook(words: words)
                #expect(result.status == 0, "\(line): \(result.output)\(result.error)")
                transcript += "$ runbook \(line)\n" + result.output + "\n"
                run = result.output
            }
            #expect(!run.isEmpty)
            let text = Self.steady(transcript.trimmingCharacters(in: .newlines) + "\n")
            let readme = try String(contentsOfFile: Self.readme, encoding: .utf8)
            let parts = readme.components(separatedBy: Self.begin)
            let rest = try #require(parts.last?.components(separatedBy: Self.end))
            try #require(parts.count == 2 && rest.count == 2)
            if ProcessInfo.processInfo.environment["RUNBOOK_UPDATE_DOCS"] != nil {
                try (parts[0] + Self.begin + text + Self.end + rest[1]).write(
                    toFile: Self.readme, atomically: true, encoding: .utf8)
            } else {
                #expect(rest[0] == text, "RUNBOOK_UPDATE_DOCS=1 swift test --filter TranscriptTests writes it anew")
            }
        }
    }

    /// Without what differs each time: ids, digests, times.
    private static func steady(_ text: String) -> String {
        let changes = [
            (#"\b[0-9a-f]{32}\b"#, "3f9c12ab5d0e4c7fa1b2c3d4e5f60718"), (#"\b[0-9a-f]{12}\b"#, "5d0e4c7fa1b2"),
            (#"\b(?=[0-9a-f]*[0-9])[0-9a-f]{8}\b"#, "3f9c12ab"),
            (#"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d+)?)?Z?"#, "2026-03-02 03:14:07"),
            (#"\b\d+(\.\d+)? (ms|s|min)\b( \d+ s\b)?"#, "12 s"),
        ]
        return changes.reduce(text) { text, change in
            text.replacingOccurrences(of: change.0, with: change.1, options: .regularExpression)
        }
    }
}
