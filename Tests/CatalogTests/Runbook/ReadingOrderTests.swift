import Model
import Testing

@testable import Catalog

/// What a reviewer reads is what runs.
@Suite struct ReadingOrderTests {
    private let error = "error: U+202E has the text read in another order than it stands"

    private func runbook(_ name: String = "a", _ verb: String = "run: echo ok") -> String {
        Lint.runbook(
            """
            detect:
              - {name: p, probe: 'true', healthy: {exit: 0}}
            steps:
              - name: \(name)
                \(verb)
                undo: 'true'
            verify: [detect]
            """)
    }

    private func places(_ headlines: [String]) -> [String] {
        headlines.filter { $0.contains(error) }.map { String($0.prefix { $0 != " " }) }
    }

    @Test func aRunbookThatTurnsItRoundIsRefused() throws {
        #expect(places(try Lint.headlines(runbook("a\u{202E}"))) == ["x.yaml:10:12:"])
        #expect(places(try Lint.headlines(runbook("a", "run: echo \u{202E}ok"))) == ["x.yaml:11:15:"])
        #expect(places(try Lint.headlines(runbook())) == [])
    }

    @Test func soIsOneThatPutsSuchAFileOnNodes() throws {
        for key in ["template", "source"] {
            let text = runbook("a", "file: {path: /etc/motd, \(key): motd}")
            #expect(places(try Lint.headlines(text, beside: ["motd": "one\ntwo \u{202E}\n"])) == ["motd:2:5:"])
            #expect(places(try Lint.headlines(text, beside: ["motd": "שלום\n"])) == [])
        }
    }

    @Test func soIsAnInventory() throws {
        let text = "schema_version: 1\nnodes: {n1: {labels: {rack: a\u{202E}b}}}\n"
        #expect(places(try Lint.inventory(["site.yaml": text])) == ["site.yaml:2:30:"])
    }

    @Test func whatARunWasBegunWithIsReadAllTheSame() throws {
        let turned = "text \u{202E}\n"
        let text = Lint.runbook(
            """
            use: [probes/more]
            detect:
              - {name: p, probe: 'true', healthy: {exit: 0}}
            steps:
              - {name: "a\u{202E}", file: {path: /etc/motd, template: motd}}
            verify: [detect]
            """)
        let shared = """
            schema_version: 1
            name: more
            detect:
              - {name: q, probe: 'echo \u{202E}', healthy: {exit: 0}}
            """
        let folder = try TemporaryFolder(["x.yaml": text, "probes/more.yaml": shared, "motd": turned])
        let runbook = try RunbookLoader(kept: [folder.path]).load("x")
        #expect(runbook.steps.map(\.name) == ["a\u{202E}"])
        #expect(runbook.sources.contains { $0.bytes == Array(turned.utf8) })
        #expect(runbook.detect?.map(\.name) == ["q", "p"])
        #expect(throws: DiagnosticsError.self) { try RunbookLoader(paths: [folder.path]).load("x") }
    }
}
