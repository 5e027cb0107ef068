import Foundation
import Testing

/// Many nodes of which most are broken, one can't be reached and one can't be mended.
@Suite(.serialized) struct FanOutTests {
    @Test func aCanaryThatFailsKeepsAllOthersUntouchedAndTheReportNamesEach() throws {
        try Lab.with(["--nodes", "gpu[01-32]", "--role", "gpu=gpu[01-32]"]) { lab in
            let broken = (1...20).map { String(format: "gpu%02d", $0) }
            for node in broken { try lab.fault("gpu/driver-missing", node) }
            // Every installation on the first one fails, as with a full or locked package database.
            let hook = "/etc/apt/apt.conf.d/00refuse"
            try lab.node("gpu01", "sh", "-c", "echo 'DPkg::Pre-Invoke {\"false\";};' >\(hook)")
            try lab.node("gpu21", "systemctl", "stop", "ssh.socket", "ssh.service")

            let first = try lab.runbook(
                "apply", "gpu-driver-fix", "--nodes", "gpu[01-32]", "--yes", "--output", "jsonl")
            #expect(first.status == 1)
            #expect(
                first.counts == ["rolled_back": 1, "not_started": 19, "unreachable": 1, "healthy": 11],
                "\(first.output.suffix(2000))\(first.error)")
            // A step leaves its claim on the node. A healthy node is not written to at all.
            for node in ["gpu02", "gpu20"] {
                let claims = try lab.node(node, "find", "/var/lib/runbook-node", "-name", "claim")
                #expect(claims.output.isEmpty, "\(node) was worked on: \(claims.output)")
                #expect(try lab.node(node, "nvidia-smi", "-L").status != 0)
            }
            for node in ["gpu22", "gpu32"] {
                #expect(
                    try lab.node(node, "test", "!", "-e", "/var/lib/runbook-node").status == 0, "\(node) was written to"
                )
            }
            let report = try lab.runbook("report", "last").output
            for set in ["gpu01", "gpu[02-20]", "gpu21", "gpu[22-32]"] {
                #expect(report.contains(set), "\(set) is missing")
            }

            try lab.node("gpu01", "rm", hook)
            let second = try lab.runbook(
                "apply", "gpu-driver-fix", "--from-run", "last", "--state", "rolled_back,not_started,unreachable",
                "--yes",
                "--output", "jsonl")
            #expect(second.status == 1)
            #expect(
                second.counts == ["remediated": 20, "unreachable": 1], "\(second.output.suffix(2000))\(second.error)")
            for node in broken { #expect(try lab.node(node, "nvidia-smi", "-L").status == 0, "\(node)") }
        }
    }

    @Test func oneThatFailsLaterIsWithinTheBudgetAndTheOthersAreMended() throws {
        try Lab.with(["--nodes", "gpu[01-12]", "--role", "gpu=gpu[01-12]"]) { lab in
            for node in (1...10).map({ String(format: "gpu%02d", $0) }) { try lab.fault("gpu/driver-missing", node) }
            try lab.node("gpu07", "sh", "-c", "echo 'DPkg::Pre-Invoke {\"false\";};' >/etc/apt/apt.conf.d/00refuse")
            let run = try lab.runbook("apply", "gpu-driver-fix", "--nodes", "gpu[01-12]", "--yes", "--output", "jsonl")
            #expect(run.status == 1)
            #expect(
                run.counts == ["rolled_back": 1, "remediated": 9, "healthy": 2],
                "\(run.output.suffix(2000))\(run.error)")

            let loaded = "[ -e /proc/driver/nvidia/version ] && echo loaded || echo not loaded"
            let compared = try lab.runbook(
                "exec", "--nodes", "gpu[01-12]", "--diff", "--", "sh", "-c", "echo driver; \(loaded)")
            #expect(compared.status == 0, "\(compared.error)")
            let rule = String(repeating: "-", count: 15) + "\n"
            #expect(
                compared.output == """
                    \(rule)gpu[01-06,08-12] (11)
                    \(rule)driver
                    loaded
                    \(rule)gpu07 (1), where it differs from gpu[01-06,08-12]
                    \(rule)@@ -1,2 +1,2 @@
                     driver
                    -loaded
                    +not loaded

                    """)
        }
    }
}
