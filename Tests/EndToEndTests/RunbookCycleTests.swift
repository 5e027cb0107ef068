import Foundation
import Testing

/// Runbooks on real nodes with a fault in them: found, fixed, verified, applied again without a change, rolled back. The others
/// are played by their faults, kubelet-recover too: its nodes take a Kubernetes that is built from source.
@Suite(.serialized) struct RunbookCycleTests {
    @Test func everyRunbookMendsItsFaultsAndCanBeUndone() throws {
        try Lab.with([
            "--nodes", "gpu[01-05]", "--nodes", "mds01", "--nodes", "client01", "--nodes", "st01",
            "--role", "gpu=gpu[01-05]", "--role", "mds=mds01", "--role", "lustre-client=client01",
            "--role", "storage=st01",
        ]) { lab in
            try gpuDriver(lab)
            try metadataServer(lab)
            try quota(lab)
            try storage(lab)
            try keys(lab)
            let check = try lab.runbook("db", "check")
            #expect(check.status == 0, "\(check.output)\(check.error)")
        }
    }

    /// Applies twice and rolls back; gives the first apply's result.
    private func cycle(
        _ lab: Lab, _ runbook: String, _ nodes: String, _ parameters: [String] = [], remediated: Int,
        whileMended: () throws -> Void
    ) throws {
        func apply(_ more: String...) throws -> Lab.Result {
            try lab.runbook(words: ["apply", runbook, "--nodes", nodes, "--output", "jsonl"] + parameters + more)
        }
        let preview = try apply("--dry-run")
        #expect(preview.counts["broken"] == remediated, "\(runbook) dry run: \(preview.output)\(preview.error)")
        let refused = try apply()
        #expect(refused.status == 2, "\(runbook) without confirmation: \(refused.output)\(refused.error)")
        let first = try apply("--yes")
        #expect(first.status == 0, "\(runbook): \(first.output)\(first.error)")
        #expect(first.counts["remediated"] == remediated)
        try whileMended()
        let second = try apply("--yes")
        #expect(second.counts["remediated"] == nil, "\(runbook) again: \(second.output)")
        #expect(second.status == 0)
        let undo = try lab.runbook("rollback", first.run, "--yes", "--output", "jsonl")
        #expect(undo.counts["rolled_back"] == remediated, "\(runbook) rollback: \(undo.output)\(undo.error)")
        let after = try apply("--dry-run")
        #expect(after.counts["broken"] == remediated, "\(runbook) after rollback: \(after.output)")
    }

    private func gpuDriver(_ lab: Lab) throws {
        try lab.fault("gpu/driver-missing", "gpu02")
        try lab.fault("gpu/nouveau", "gpu04")
        try cycle(lab, "gpu-driver-fix", "@gpu", remediated: 2) {
            for node in ["gpu01", "gpu02", "gpu04"] {
                let output = try lab.node(node, "nvidia-smi", "-L").output
                #expect(output.hasPrefix("GPU 0:"))
            }
        }
    }

    private func metadataServer(_ lab: Lab) throws {
        try lab.fault("mds/threads-exhausted", "mds01")
        try cycle(lab, "mds-relief", "mds01", remediated: 1) {
            let output = try lab.node("mds01", "lctl", "get_param", "-n", "mds.MDS.mdt.threads_max").output
            #expect(output == "256\n")
        }
    }

    private func quota(_ lab: Lab) throws {
        try lab.fault("quota/none", "client01")
        let parameters = [
            "--param", "mount_point=/mnt/scratch", "--param", "subject=admin", "--param", "soft=32MiB", "--param",
            "hard=64MiB",
        ]
        try cycle(lab, "quota-apply", "client01", parameters, remediated: 1) {
            let output = try lab.node("client01", "lfs", "quota", "-u", "admin", "/mnt/scratch").output
            #expect(output.contains("65536"))
        }
    }

    private func storage(_ lab: Lab) throws {
        try lab.fault("storage/btrfs-full", "st01")
        try cycle(lab, "storage-expand", "st01", ["--param", "mount_point=/scratch"], remediated: 1) {
            let used = try lab.node("st01", "sh", "-c", "df --output=pcent /scratch | tail -1 | tr -dc 0-9").output
            #expect(Int(used).map { $0 < 80 } == true)
        }
    }

    private func keys(_ lab: Lab) throws {
        try lab.fault("keys/old-key", "gpu05")
        let key = lab.folder + "/new_key"
        _ = try Lab.run(["/usr/bin/ssh-keygen", "-q", "-t", "ecdsa", "-N", "", "-C", "new@lab", "-f", key])
        func line(_ path: String) throws -> String {
            try String(contentsOfFile: path, encoding: .utf8).trimmingCharacters(in: .newlines)
        }
        let old = try line(lab.folder + "/shared/old_key.pub")
        let parameters = [
            "--param", "user=admin", "--param", "old_key=\(old)", "--param", "new_key=\(try line(key + ".pub"))",
        ]
        try cycle(lab, "rotate-ssh-keys", "gpu05", parameters, remediated: 1) {
            let keys = try lab.node("gpu05", "cat", "/home/admin/.ssh/authorized_keys").output
            #expect(keys.contains("new@lab"))
            #expect(!keys.contains(old.split(separator: " ")[1]))
        }
    }
}
