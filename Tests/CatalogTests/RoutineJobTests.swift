import Foundation
import Model
import Testing

@testable import Catalog

/// The routine jobs that ship: those of runbooks that know by themselves what to look at, and those of the example's
/// inventory for runbooks that have to be told.
@Suite struct RoutineJobTests {
    private static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .appendingPathComponent("../..").standardized.path

    private static let runbooks = RunbookLoader(untrusted: [root + "/Runbooks"]).loadAll().runbooks

    private static func declared() throws -> [ScheduledJob] {
        try InventoryLoader(trust: nil).load(paths: [root + "/Inventory"]).jobs
    }

    /// The runbook, when it is started, and what it may do then.
    private static let jobs = [
        // The nodes' health.
        "node-health-sweep */15 * * * * standing", "gpu-driver-fix */15 * * * * detect",
        "pfs-client-connect */15 * * * * detect", "network-path-repair */15 * * * * detect",
        "kubelet-recover */15 * * * * detect", "cwagent-repair */15 * * * * detect",
        "network-path-repair 40 * * * * detect", "disk-health 10 */6 * * * detect",
        "disk-self-test 30 3 * * 0 standing",
        "driver-drift-report 0 5 * * * standing", "gpu-diag-rotation 0 1 * * * standing",
        // What jobs leave behind, and what is stuck.
        "orphan-gpu-process-cleanup */10 * * * * standing", "job-scratch-cleanup 20 * * * * standing",
        "log-cleanup 15 3 * * * standing", "slurm-stuck-sweep */20 * * * * detect",
        "pod-stuck-sweep */20 * * * * standing", "pod-scheduling-triage */20 * * * * detect",
        // File systems and data.
        "capacity-report 0 6 * * * standing", "quota-report 30 6 * * 1 detect", "quarantine-expire 0 4 * * * standing",
        "scratch-purge-mark 0 2 * * 0 standing", "mds-relief */5 * * * * detect", "fs-scrub 0 23 * * * detect",
        "backup-run 0 0 * * * standing", "backup-verify 0 12 * * 0 detect", "replicate 0 23 * * * standing",
        "bucket-replication 15 6 * * * detect",
        "checksum-manifest 0 22 * * 5 detect",
        // Environments and configurations.
        "dependency-repair 0 5 * * * detect", "cuda-stack-repair 0 5 * * * detect",
        "pcluster-config-validate 0 8 * * 1 detect",
        // The monitoring.
        "monitoring-selftest */30 * * * * detect", "prometheus-scrape-repair */30 * * * * standing",
        "grafana-dashboard-repair */30 * * * * detect",
        // Security.
        "cert-expiry 0 7 * * * detect", "cert-expiry-kubernetes 0 7 * * * detect", "rotate-ssh-keys 0 3 1 */3 * detect",
        "credential-age-report 0 7 * * 1 detect", "password-policy 0 4 * * 1 detect", "mfa-enforce 0 4 * * 1 detect",
        "exposure-audit 30 4 * * * detect", "security-group-audit 30 4 * * * detect",
        "access-log-scan 5 * * * * standing", "cloudtrail-scan 35 * * * * detect", "security-patch 0 6 * * * detect",
        "security-patch 0 2 * * 2 standing",
        // The controller.
        "audit-export 30 0 * * * standing",
    ]

    @Test func eachIsStartedAtItsTimes() throws {
        let own: [(String, Schedule)] = Self.runbooks.values.compactMap { runbook in
            runbook.schedule.map { (runbook.name, $0) }
        }
        let declared = try Self.declared().map { ($0.runbook, $0.schedule) }
        let found = (own + declared).map { "\($0.0) \($0.1.cron) \($0.1.unattended.rawValue)" }
        #expect(Set(found) == Set(Self.jobs))
        #expect(found.count == Self.jobs.count)
    }

    @Test func theExampleRepeatsNoScheduleOfARunbook() throws {
        for job in try Self.declared() {
            guard let own = Self.runbooks[job.runbook]?.schedule else { continue }
            let isAnother =
                job.schedule.nodes != nil || !job.schedule.parameters.isEmpty
                || job.schedule.unattended != own.unattended
            #expect(isAnother, "\(job.name) is what \(job.runbook) does by itself")
        }
    }

    @Test func whatIsCalledScheduledIsStartedBySomeJob() throws {
        let told = Set(try Self.declared().map(\.runbook))
        for runbook in Self.runbooks.values {
            let isCalledSo = runbook.tags.contains("scheduled")
            #expect(!isCalledSo || runbook.schedule != nil || told.contains(runbook.name), "\(runbook.name)")
            #expect(isCalledSo || runbook.schedule == nil, "\(runbook.name) has a schedule and not the tag")
        }
    }

    /// Runbooks name no window, which is the site's; so the example has to.
    @Test func theExampleKeepsSecurityUpdatesToAWindow() throws {
        let site = try InventoryLoader(trust: nil).load(paths: [Self.root + "/Inventory"])
        let rules = site.changeRules.filter { $0.runbooks.contains("security-patch") }
        #expect(rules.map(\.window?.calendar) == ["patching"])
    }
}
