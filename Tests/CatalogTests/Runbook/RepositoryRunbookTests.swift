import Foundation
import Model
import Testing

@testable import Catalog

@Suite struct RepositoryRunbookTests {
    /// The repository's own folder of runbooks.
    private static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .appendingPathComponent("../../../Runbooks").standardized.path

    private static let catalogue = RunbookLoader(untrusted: [folder]).loadAll()

    @Test func everyRunbookOfTheRepositoryLoadsWithoutAWarning() throws {
        #expect(Self.catalogue.diagnostics.map(\.description) == [])
        #expect(Self.catalogue.runbooks.count >= 6)
    }

    @Test func everyRunbookSaysWhereItsCommandsComeFromAndWhichVersionsTheyAreFor() {
        for runbook in Self.catalogue.runbooks.values {
            #expect(!runbook.references.isEmpty, "\(runbook.name) names no source")
            #expect(!runbook.versions.isEmpty, "\(runbook.name) names no versions")
        }
    }

    /// A reboot, a driver or a mount taken away from under jobs, or the daemons that run them.
    private static func takesOutOfService(_ step: Step) throws -> Bool {
        guard step.on == .target else { return false }
        switch step.verb {
        case .reboot: return true
        case .run(let script):
            return try Pattern(
                "(^|[;&|(\\n]) *(reboot|shutdown|modprobe -r nvidia|unload_driver|(timeout [-k0-9 ]+)?umount -l|systemctl (stop|restart) (slurmd|containerd))"
            ).isFound(in: script) == .yes
        case .service(let verb):
            let names =
                switch verb.name {
                case .same(let name): [name]
                case .byFamily(let names): Array(names.values)
                }
            return [.restarted, .stopped].contains(verb.state)
                && names.contains { ["slurmd", "containerd"].map(Value.string).contains($0.literalValue) }
        default: return false
        }
    }

    @Test func whatTakesANodeOutOfServiceDrainsItFirstWithinLimits() throws {
        var found = 0
        for runbook in Self.catalogue.runbooks.values {
            for (index, step) in runbook.steps.enumerated() where try Self.takesOutOfService(step) {
                found += 1
                let place = "\(runbook.name): \(step.name)"
                let drains = runbook.steps[..<index].filter { if case .drain = $0.verb { true } else { false } }
                let drained =
                    drains.contains { $0.causes.isEmpty }
                    || !step.causes.isEmpty && Set(step.causes).isSubset(of: drains.flatMap(\.causes))
                #expect(drained, "\(place) has no drain before it")
                #expect(!runbook.strategy.limits.isEmpty, "\(place) has no limits")
                let isPutBack = (runbook.steps + runbook.always).contains { later in
                    if case .undrain = later.verb { true } else { false }
                }
                #expect(isPutBack, "\(place) is never put back into service")
            }
        }
        #expect(found >= 4)
    }

    @Test func theWholeExampleLoadsAsItIs() throws {
        let folder = try TemporaryFolder(["gpu-driver-fix.yaml": wholeRunbook])
        let catalogue = RunbookLoader(paths: [folder.path]).loadAll()
        #expect(catalogue.diagnostics.map(\.message) == ["nothing uses the parameter 'admin_password'"])
        #expect(catalogue.diagnostics.map(\.severity) == [.warning])
        #expect(catalogue.runbooks.keys.sorted() == ["gpu-driver-fix"])
    }
}
