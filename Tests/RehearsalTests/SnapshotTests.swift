import Foundation
import Testing

@testable import Rehearsal

@Suite struct SnapshotTests {
    private func snapshot(_ lines: [String]) -> Snapshot {
        var snapshot = Snapshot()
        snapshot.add(lines.joined(separator: "\n"), of: "gpu01")
        return snapshot
    }

    private func encoded(_ text: String) -> String { Data(text.utf8).base64EncodedString() }

    @Test func whatIsTheSameHasNoDifferences() {
        let lines = ["unit:cron\tloaded up enabled\t", "path:/etc/a#content\t\t\(encoded("x\n"))"]
        #expect(snapshot(lines) == snapshot(lines.reversed()))
        #expect(snapshot(lines).differences(from: snapshot(lines)) == [])
    }

    @Test func aChangedFileIsShownLineByLineAndItsDigestIsNot() {
        let before = snapshot(["path:/etc/a#sha256\t11\t", "path:/etc/a#content\t\t\(encoded("one\ntwo\n"))"])
        let after = snapshot(["path:/etc/a#sha256\t22\t", "path:/etc/a#content\t\t\(encoded("one\nthree\n"))"])
        #expect(after.differences(from: before) == ["gpu01 path:/etc/a#content:", "  - two", "  + three"])
    }

    @Test func attributesAndWhatIsGoneAreShown() {
        let before = snapshot(["unit:cron\tloaded up enabled\t", "path:/etc/a\tf 644 root:root 3\t"])
        let after = snapshot(["unit:cron\tloaded down enabled\t"])
        #expect(
            after.differences(from: before) == [
                "gpu01 path:/etc/a: f 644 root:root 3 → not there",
                "gpu01 unit:cron: loaded up enabled → loaded down enabled",
            ])
    }

    @Test func aLargeFileDiffersByItsDigest() {
        let before = snapshot(["path:/var/big#sha256\t11\t"])
        let after = snapshot(["path:/var/big#sha256\t22\t"])
        #expect(after.differences(from: before) == ["gpu01 path:/var/big#sha256: 11 → 22"])
    }
}
