import Foundation
import TestSupport
import Testing

@testable import Controller

/// Which runbooks' own schedules are jobs at a site.
@Suite struct OwnScheduleTests {
    private func runbook(_ name: String, targets: String) -> String {
        """
        schema_version: 1
        name: \(name)
        version: 1
        title: A test
        targets: \(targets)
        schedule: {cron: "*/5 * * * *"}
        detect:
          - {name: p, probe: "true", healthy: {exit: 0}}
        """
    }

    @Test func thoseWhoseTargetsTheInventoryHas() throws {
        let folder = try TemporaryFolder(prefix: "jobs")
        let settings = try folder.makeSite()
        try folder.write(
            "inventory/site.yaml",
            "schema_version: 1\nnodes: {gpu01: {address: 192.0.2.1}}\ngroups: {gpu: gpu01}\n")
        for (name, targets) in [("elsewhere", "\"@mds\""), ("here", "\"@gpu\""), ("itself", "controller")] {
            try folder.write("runbooks/\(name).yaml", runbook(name, targets: targets))
        }
        #expect(try HeldCatalogue(settings).jobs.map(\.name) == ["here", "itself"])
        // What a program lists is known only when it is asked.
        try folder.write("inventory/sources.yaml", "schema_version: 1\nsources: [{plugin: list}]\n")
        #expect(try HeldCatalogue(settings).jobs.map(\.name) == ["elsewhere", "here", "itself"])
    }
}
