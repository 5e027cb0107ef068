import Model
import Testing

@testable import Catalog

/// What lint says of what a fault declares as not restored.
@Suite struct FaultsLintTests {
    private static let runbook = Lint.runbook(
        """
        \(Lint.detect)
        steps:
          - {name: mend, for: [broken], run: 'true', irreversible: true}
        verify: [detect]
        """, targets: "\"@*\"")

    private static func faults(_ notRestored: String, _ more: String = "") -> String {
        """
        schema_version: 1
        runbook: x
        nodes: {"n[1-2]": {}}
        watch: [/etc/a, "unit:cron", {path: /srv, on: n1}]
        faults:
          - id: broken
            cause: broken
            on: n1
            inject: 'true'
            independent: 'false'
            blind: sh
            watch: ["package:cron"]
            not_restored: \(notRestored)
        \(more)
        """
    }

    private func headlines(_ notRestored: String, _ more: String = "") throws -> [String] {
        try Lint.headlines(
            Self.runbook, beside: ["x.faults.yaml": Self.faults(notRestored, more)], warnings: false)
    }

    @Test(arguments: [
        "[/etc/a]", "[/etc/a/b, \"unit:cron\"]", "[\"package:cron\"]", "[{path: /srv/x, on: n1}]", "[/srv]",
        "[{unit: cron, on: \"n[1-2]\"}]",
    ])
    func whatIsWatchedMayStayChanged(notRestored: String) throws {
        #expect(try headlines(notRestored) == [])
    }

    @Test(arguments: [
        ("[/etc]", "path '/etc' is not watched"), ("[/etc/ab]", "path '/etc/ab' is not watched"),
        ("[\"unit:crond\"]", "unit 'crond' is not watched"), ("[\"package:x\"]", "package 'x' is not watched"),
        ("[{path: /srv, on: n2}]", "path '/srv' is not watched"),
    ])
    func whatIsNotWatchedCantBeExcepted(notRestored: String, expected: String) throws {
        let headlines = try headlines(notRestored)
        #expect(headlines.count == 1)
        #expect(headlines.first?.contains(expected) == true, "\(headlines)")
    }

    @Test func adviceLeavesNothing() throws {
        let headlines = try headlines("[/etc/a]", "    expect: {outcome: advised}")
        #expect(headlines.count == 1)
        #expect(headlines.first?.contains("advice changes nothing") == true, "\(headlines)")
    }

    @Test func itIsReadLikeWhatIsWatched() throws {
        let folder = try TemporaryFolder([
            "x.yaml": Self.runbook,
            "x.faults.yaml": Self.faults("[/etc/a/b, {unit: cron, on: n1}]"),
        ])
        let fault = try #require(try RunbookLoader(paths: [folder.path]).faults(of: "x")?.faults.first)
        #expect(
            fault.notRestored == [
                WatchedThing(.path, "/etc/a/b"), WatchedThing(.unit, "cron", on: NodeSet(names: ["n1"])),
            ])
    }
}
