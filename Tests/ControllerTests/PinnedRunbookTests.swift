import Model
import Testing

@testable import Controller

/// Runbooks from the bytes that the journal keeps of runs.
@Suite struct PinnedRunbookTests {
    /// What was accepted when a run began can always be undone and gone on with.
    @Test func aTextThatWouldNotBeAcceptedNowIsReadAllTheSame() throws {
        let text = """
            schema_version: 1
            name: x
            version: 1
            title: A test
            targets: "@*"
            detect:
              - {name: p, probe: 'true', healthy: {exit: 0}}
            steps:
              - {name: a, run: "echo \u{202E}", undo: 'true'}
            verify: [detect]
            """
        let source = SourceFile(path: "/etc/runbook/runbooks/x.yaml", bytes: Array(text.utf8))
        let runbook = try PinnedRunbook(name: "x", sources: [source]).load()
        #expect(runbook.steps.map(\.name) == ["a"])
        #expect(runbook.sources == [source])
    }
}
