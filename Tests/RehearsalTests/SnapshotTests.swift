import Foundation
import Model
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

    @Test func ofAnExceptionAndWhatIsBelowItNothingIsAsked() {
        let before = snapshot(["unit:cron\tup\t", "path:/etc/a\tf 644\t", "path:/etc/ab\tf 644\t"])
        let after = snapshot([
            "unit:cron\tdown\t", "path:/etc/a\tf 600\t", "path:/etc/a#sha256\t11\t", "path:/etc/a/b\tf 644\t",
            "path:/etc/ab\tf 600\t",
        ])
        let things = [WatchedThing(.path, "/etc/a"), WatchedThing(.unit, "cron", on: NodeSet(names: ["gpu02"]))]
        #expect(
            after.differences(from: before, except: things) == [
                "gpu01 path:/etc/ab: f 644 → f 600", "gpu01 unit:cron: up → down",
            ])
        #expect(after.unchanged(things, since: before) == [things[1]])
        #expect(before.unchanged(things, since: before) == things)
    }

    @Test func theOutputOfALongScriptIsKnownByItsBeginning() {
        let script = "printf '%s\\n'  one\n" + String(repeating: "echo two; ", count: 20)
        let key = "output:printf '%s\\n' one " + String(repeating: "echo two; ", count: 20)
        let before = snapshot(["\(key.prefix(67))\texit 0\t"])
        let after = snapshot(["\(key.prefix(67))\texit 1\t"])
        #expect(after.unchanged([WatchedThing(.output, script)], since: before) == [])
        #expect(after.differences(from: before, except: [WatchedThing(.output, script)]) == [])
    }

    @Test func aLargeFileDiffersByItsDigest() {
        let before = snapshot(["path:/var/big#sha256\t11\t"])
        let after = snapshot(["path:/var/big#sha256\t22\t"])
        #expect(after.differences(from: before) == ["gpu01 path:/var/big#sha256: 11 → 22"])
    }
}
