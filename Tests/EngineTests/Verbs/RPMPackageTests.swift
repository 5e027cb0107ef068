import Engine
import Foundation
import Model
import Testing

@Suite(
    "package, by dnf and zypper", .serialized,
    .enabled(if: RPMFixture.isWanted, "it is asked for by RUNBOOK_TEST_RPM=1"))
struct RPMPackageTests {
    static let system = Result { try RPMFixture() }
    static let observed = "rpm -qa --qf '%{NEVRA}\\n' | sort; cat /usr/share/lab*/version"
    static let files = "find /var/log /var/cache /etc /root -xdev -type f -printf '%p %s %T@\\n' | sort"

    func program(
        _ names: [String], _ state: PackageVerb.State = .present, insteadOf: [String] = [], version: String? = nil,
        downgrade: Bool = false
    ) throws -> StepProgram {
        try Lowered.program(
            .package(
                PackageVerb(
                    names: names.map { .same(Lowered.text($0)) },
                    insteadOf: insteadOf.map { .same(Lowered.text($0)) }, state: state,
                    version: version.map(Lowered.text), allowDowngrade: downgrade)))
    }

    struct Case: Sendable, CustomTestStringConvertible {
        var installed: String
        var names: [String]
        var insteadOf: [String] = []
        var state = PackageVerb.State.present
        var version: String?
        var downgrade = false
        var after: String
        var testDescription: String { "\(installed) → \(after)" }
    }

    static let cases = [
        Case(installed: "", names: ["labtool"], after: "labtool-2.0-1"),
        Case(installed: "", names: ["labtool"], version: "1.1", after: "labtool-1.1-1"),
        Case(installed: "", names: ["labepoch"], version: "1.5", after: "labepoch-1:1.5-1"),
        Case(installed: "labtool-1.0", names: ["labtool"], state: .latest, after: "labtool-2.0-1"),
        Case(installed: "labtool-1.0", names: ["labtool", "labepoch"], after: "labepoch-2:1.6-1"),
        Case(installed: "labtool-2.0", names: ["labtool"], version: "1.0", downgrade: true, after: "labtool-1.0-1"),
        Case(installed: "labtool-1.1", names: ["labtool"], state: .absent, after: ""),
        Case(installed: "labtool-1.0", names: ["labrival"], insteadOf: ["labtool"], after: "labrival-1.0-1"),
    ]

    @Test("is brought where it should be, and everything is as before again", arguments: ["dnf", "zypper"], cases)
    func life(manager: String, package: Case) throws {
        let system = try Self.system.get()
        _ = try system.sh(
            "dnf -q -y remove 'lab[tder]*'; [ -z '\(package.installed)' ] || dnf -q -y install \(package.installed); rm -rf /var/tmp/state"
        )
        let before = try system.sh(Self.observed).text
        let program = try program(
            package.names, package.state, insteadOf: package.insteadOf, version: package.version,
            downgrade: package.downgrade)
        let files = try system.sh(Self.files).text
        let predicted = try system.run(program.predict, manager: manager)
        let report = PredictionReport(of: program, standardOutput: predicted.output, outcome: predicted.outcome)
        #expect(report.kind == .change, "\(report)")
        #expect(report.grade == .exact)
        #expect(try system.sh(Self.files).text == files, "a prediction left traces")
        let captured = try system.run(program.capture, manager: manager)
        #expect(captured.status == 0, "\(captured.errors)")
        let applied = try system.run(program.apply, manager: manager)
        #expect(applied.status == 0, "\(applied.errors)")
        let now = try system.sh(Self.observed).text
        #expect(now != before)
        #expect(package.after.isEmpty ? !now.contains("labtool-") : now.contains(package.after), "\(now)")
        #expect(try system.run(program.predict, manager: manager).status == 0)
        let undone = try system.run(program.undo, manager: manager, input: captured.output)
        #expect(undone.status == 0, "\(undone.errors)")
        let after = try system.sh(Self.observed).text
        #expect(after == before)
    }

    @Test("what can't be fetched takes nothing away", arguments: ["dnf", "zypper"])
    func gone(manager: String) throws {
        let system = try Self.system.get()
        _ = try system.sh("dnf -q -y remove 'lab[tder]*'; dnf -q -y install labtool-1.0; rm -rf /var/tmp/state")
        let before = try system.sh(Self.observed).text
        let program = try program(["labgone"], insteadOf: ["labtool"])
        #expect(try system.run(program.capture, manager: manager).status == 0)
        let applied = try system.run(program.apply, manager: manager)
        #expect(applied.status == 1)
        #expect(applied.errors.contains("nothing was changed"), "\(applied.errors)")
        let after = try system.sh(Self.observed).text
        #expect(after == before)
    }

    @Test("a kept file that was changed since is not installed, and one that is gone comes from a source")
    func tampered() throws {
        let system = try Self.system.get()
        for (tampering, isRefused) in [("cat labtool-2.0-1.noarch.rpm > ", true), ("rm ", false)] {
            _ = try system.sh(
                "dnf -q -y remove labtool labdep labepoch; dnf -q -y install labtool-1.0; rm -rf /var/tmp/state")
            let program = try program(["labtool"], .latest)
            let captured = try system.run(program.capture, manager: "dnf")
            #expect(captured.text.contains("\nkept "), "\(captured.text)\(captured.errors)")
            #expect(try system.run(program.apply, manager: "dnf").status == 0)
            #expect(
                try system.sh("cd /srv/rpms/noarch && \(tampering) /var/tmp/state/labtool-1.0-1.noarch.rpm").status == 0
            )
            let undone = try system.run(program.undo, manager: "dnf", input: captured.output)
            let now = try system.sh("rpm -q labtool").text
            #expect(undone.status == (isRefused ? 1 : 0), "\(undone.errors)")
            #expect(undone.errors.contains("is not the one that was kept") == isRefused, "\(undone.errors)")
            #expect(now.hasPrefix(isRefused ? "labtool-2.0" : "labtool-1.0"), "\(now)")
        }
    }

    @Test("what can't be done is told", arguments: ["dnf", "zypper"])
    func told(manager: String) throws {
        let system = try Self.system.get()
        _ = try system.sh("dnf -q -y install labtool-2.0")
        let older = try system.run(try program(["labtool"], version: "1.0").predict, manager: manager)
        #expect(older.status == 126)
        #expect(older.text.contains("allow_downgrade"))
        let unknown = try system.run(try program(["lab-no-such-thing"]).predict, manager: manager)
        #expect(unknown.status == 126)
        #expect(unknown.text.contains("offers lab-no-such-thing"))
    }
}
