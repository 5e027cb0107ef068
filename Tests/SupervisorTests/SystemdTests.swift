import Foundation
import Model
import Testing

@testable import Supervisor

extension LabTests {
    /// On a node whose first process is systemd.
    @Suite struct SystemdTests {
        private let run = RunID(random: .random(in: 0...(.max)), .random(in: 0...(.max)))

        private func id(_ step: Int) -> InvocationID { InvocationID(run: run, target: 0, step: step, attempt: 1) }

        @Test func aGuardedScriptRunsInAUnitOfItsOwnAsAFreshShellWould() async throws {
            let node = try await LabNode.node()
            try await node.with { session in
                #expect(session.identity.hasSystemd)
                #expect(session.identity.hostname == "n1")
                let (result, printed) = try await session.collect(
                    Invocation(
                        id: id(0), mode: .guarded,
                        script:
                            "grep -o 'rb-.*' /proc/self/cgroup | head -1; umask; grep SigIgn /proc/self/status; env | cut -d= -f1 | sort | tr '\\n' ' '; exit 5",
                        environment: ["a": "$HOME %n"]))
                #expect(result.outcome == .exited(5))
                let lines = printed.text().split(separator: "\n")
                #expect(lines[0] == "rb-\(id(0)).service")
                #expect(lines[1] == "0022")
                // Two real-time signals that the C library keeps to itself can be ignored from the lab's start on.
                let ignored = UInt64(lines[2].split(whereSeparator: \.isWhitespace).last ?? "", radix: 16)
                #expect(ignored.map { $0 & 0x7fff_ffff } == 0)
                #expect(lines[3] == "HOME LC_ALL OLDPWD PATH PWD RUNBOOK_INVOCATION RUNBOOK_STATE a ")
            }
            try await eventually {
                node.look("systemctl list-units --all --no-legend 'rb-*' | grep -c \(run)") == "0\n"
            }
        }

        @Test func aTimeoutEndsWhateverIsInTheUnit() async throws {
            let node = try await LabNode.node()
            try await node.with { session in
                let script =
                    "trap '' TERM; setsid env -i setsid sh -c 'trap \"\" TERM; exec sleep 623' & setsid sleep 623 & sleep 623; sleep 623"
                let (result, _) = try await session.collect(
                    Invocation(id: id(1), mode: .guarded, script: script, timeout: .seconds(1), grace: .seconds(1)))
                #expect(result.outcome == .timedOut)
                let (boxed, _) = try await session.collect(
                    Invocation(
                        id: id(2), mode: .plain, script: script, timeout: .seconds(1), grace: .seconds(1),
                        readOnlySandbox: true))
                #expect(boxed.outcome == .timedOut)
            }
            try await eventually { node.look("pgrep -fc '^sleep 623'") == "0\n" }
        }

        @Test func aDaemonThatAStepStartsStays() async throws {
            let node = try await LabNode.node()
            try await node.with { session in
                let (result, _) = try await session.collect(
                    Invocation(
                        id: id(3), mode: .guarded,
                        script: "setsid sleep 624 </dev/null >/dev/null 2>&1 & sleep 0.2; exit 0"
                    ))
                #expect(result.outcome == .exited(0))
            }
            #expect(node.look("pgrep -fc '^sleep 624'; pkill -f '^sleep 624'") == "1\n")
        }

        @Test func aSandboxedProbeCannotWrite() async throws {
            let node = try await LabNode.node()
            let tree =
                "find / -xdev \\( -path /proc -o -path /sys -o -path /run -o -path /var/log -o -path /var/lib/runbook-node -o -path /var/lib/systemd \\) -prune -o -printf '%p %m %s %T@\\n' | sort | sha256sum"
            let before = node.look(tree)
            #expect(!before.isEmpty)
            try await node.with { session in
                let (result, printed) = try await session.collect(
                    Invocation(
                        id: id(4), mode: .plain,
                        script: """
                            for place in /etc/x /var/tmp/x /tmp/x /root/x /usr/x /var/lib/x /run/x; do
                                { echo x >$place; } 2>/dev/null && echo "wrote $place"
                            done
                            { echo 64 >/proc/sys/net/ipv4/ip_default_ttl; } 2>/dev/null && echo 'wrote a setting'
                            { mkdir /sys/fs/cgroup/*/x || mkdir /sys/fs/cgroup/x; } 2>/dev/null && echo 'made a cgroup'
                            echo 51 >/proc/self/coredump_filter || echo 'its own process is shut too'
                            cat; echo "$a"; f=$(mktemp) && echo made; cat "$pw_file"; exit 3
                            """,
                        environment: ["a": "b"], secrets: ["pw": SecretBytes(Array("s".utf8))],
                        input: Array("in\n".utf8),
                        readOnlySandbox: true))
                #expect(result.outcome == .exited(3))
                #expect(printed.text() == "in\nb\nmade\ns")
            }
            #expect(node.look(tree) == before)
            #expect(node.look("systemctl --failed --no-legend | grep rb-") == "")
        }

        @Test func probesShareASandboxThatEndsBeforeAnythingElseRuns() async throws {
            let node = try await LabNode.node()
            let mounted = "/var/lib/mounted-\(run)"
            func probe(_ step: Int, _ script: String) -> Invocation {
                Invocation(id: id(step), mode: .plain, script: script, readOnlySandbox: true)
            }
            func step(_ step: Int, _ script: String) -> Invocation {
                Invocation(id: id(step), mode: .guarded, script: script)
            }
            let unit = "grep -o 'rb-probe-[0-9-]*' /proc/self/cgroup | head -1"
            try await node.with { session in
                let (_, first) = try await session.collect(probe(20, unit))
                let (_, second) = try await session.collect(probe(21, unit))
                #expect(first.text().hasPrefix("rb-probe-"))
                #expect(second.text() == first.text())
                _ = try await session.collect(step(22, "mkdir \(mounted) && mount -t tmpfs none \(mounted)"))
                let (result, third) = try await session.collect(probe(23, "\(unit); touch \(mounted)/x"))
                #expect(third.text() != first.text())
                #expect(result.isSandboxed == true)
                #expect(result.outcome != .exited(0))
                _ = try await session.collect(step(24, "umount \(mounted) && rmdir \(mounted)"))
                #expect(node.look("ls -d \(mounted) 2>/dev/null") == "")
                _ = try await session.collect(probe(25, unit))
                let plain = Invocation(
                    id: id(26), mode: .plain, script: "\(unit); systemctl list-units --no-legend 'rb-probe-*'")
                let (_, outside) = try await session.collect(plain)
                #expect(!outside.text().contains("running"))
            }
            try await eventually { node.look("systemctl list-units --all --no-legend 'rb-probe-*'") == "" }
        }

        @Test func whatAProbeLeavesInTheSandboxEndsWithIt() async throws {
            let node = try await LabNode.node()
            func probe(_ step: Int, _ script: String) -> Invocation {
                Invocation(id: id(step), mode: .plain, script: script, readOnlySandbox: true)
            }
            try await node.with { session in
                let (left, _) = try await session.collect(
                    probe(
                        30,
                        "setsid env -i setsid sleep 625 </dev/null >/dev/null 2>&1 & sleep 0.3; pgrep -fx 'sleep 625'"))
                #expect(left.outcome == .exited(0))
                let (next, _) = try await session.collect(probe(31, "pgrep -fx 'sleep 625'"))
                #expect(next.outcome == .exited(1))
                #expect(next.isSandboxed == true)
            }
        }

        @Test func aProbeThatEndsItsSandboxIsLostAndTheNextHasAnother() async throws {
            let node = try await LabNode.node()
            func probe(_ step: Int, _ script: String) -> Invocation {
                Invocation(id: id(step), mode: .plain, script: script, readOnlySandbox: true)
            }
            try await node.with { session in
                let (ended, printed) = try await session.collect(probe(40, "echo once; kill -KILL $PPID; sleep 626"))
                #expect(ended.outcome.isLost)
                #expect(printed.text() == "once\n")
                let (next, _) = try await session.collect(probe(41, "touch /etc/x"))
                #expect(next.isSandboxed == true)
                #expect(next.outcome != .exited(0))
            }
            try await eventually { node.look("pgrep -fc '^sleep 626'") == "0\n" }
        }

        @Test func aProbeIsNotStartedWhileAnEarlierAskingOfItIsAliveInItsSandbox() async throws {
            let node = try await LabNode.node()
            func probe(_ step: Int, _ script: String) -> Invocation {
                Invocation(
                    id: id(step), mode: .plain, script: script, timeout: .seconds(600), grace: .seconds(600),
                    readOnlySandbox: true)
            }
            let first = try await node.open()
            let earlier = probe(70, "trap '' TERM; sleep 629; exit 0")
            let running = Task { try await first.collect(earlier) }
            try await eventually { node.look("pgrep -fc '^sleep 629'") == "1\n" }
            await first.close()
            await #expect(throws: SessionError.self) { try await running.value }
            try await node.with { session in
                var again = probe(71, "exit 3")
                again.after = [earlier.id]
                let (refused, _) = try await session.collect(again)
                #expect(refused.outcome.isNotStarted)
                _ = node.look("pkill -KILL -f '^sleep 629'")
                try await eventually { node.look("pgrep -fc '^sleep 629'") == "0\n" }
                again.id = id(72)
                // The probe itself may take a moment longer than what it waits for.
                var last: InvocationResult?
                try await eventually {
                    last = try? await session.collect(again).0
                    return last?.outcome.isNotStarted == false
                }
                #expect(last?.outcome == .exited(3))
                #expect(last?.isSandboxed == true)
            }
        }

        @Test func nothingOfValuesOrSecretsIsSeenInTheUnit() async throws {
            let node = try await LabNode.node()
            let marker = "marked" + Nonce.make()
            try await node.with { session in
                let (_, printed) = try await session.collect(
                    Invocation(
                        id: id(5), mode: .guarded, script: "systemctl show 'rb-*' ; journalctl -n 50",
                        environment: ["a": marker], secrets: ["pw": SecretBytes(Array(marker.utf8))]))
                #expect(printed.text().contains("rb-\(id(5)).service"))
                #expect(!printed.text().contains(marker))
            }
            #expect(node.look("grep -rl \(marker) /run /dev/shm /var/log /etc 2>/dev/null") == "")
        }

        @Test func whatAPowerLossInterruptsIsLostAndNotRunAgain() async throws {
            let node = try await LabNode.node()
            let invocation = Invocation(
                id: id(6), mode: .guarded, script: "echo x >>/root/counter-\(run); sync; sleep 600",
                timeout: .seconds(900),
                once: true)
            let session = try await node.open()
            let running = Task { try await session.collect(invocation) }
            try await eventually { node.look("cat /root/counter-\(run) 2>/dev/null") == "x\n" }
            await node.loseOfPower()
            _ = try? await running.value
            await session.close()
            try await node.with { again in
                #expect(again.identity.bootID != session.identity.bootID)
                #expect(again.identity.machineID == session.identity.machineID)
                let (result, _) = try await again.collect(invocation)
                #expect(result.outcome.isLost)
            }
            #expect(node.look("cat /root/counter-\(run)") == "x\n")
        }

        @Test func anArmedUndoFiresEvenAfterAPowerLoss() async throws {
            let node = try await LabNode.node()
            func undo(_ step: Int) -> Invocation {
                Invocation(id: id(step), mode: .guarded, script: "echo \(step) >>/root/undone-\(run)")
            }
            try await node.with { session in
                try await session.arm(undo(7), after: .seconds(600))
                #expect(try await session.disarm(id(7), become: true) == .disarmed)
                #expect(
                    node.look("ls /etc/systemd/system | grep \(run); systemctl list-timers --all | grep \(run)") == "")
                try await session.arm(undo(8), after: .seconds(1))
                try await eventually { node.look("cat /root/undone-\(run) 2>/dev/null") == "8\n" }
                #expect(try await session.disarm(id(8), become: true) == .fired)
                try await session.arm(undo(9), after: .seconds(6))
            }
            await node.loseOfPower()
            try await eventually { node.look("cat /root/undone-\(run)") == "8\n9\n" }
            try await node.with { session in
                let end = try await session.disarm(id(9), become: true)
                #expect(end == .fired)
            }
            #expect(node.look("ls /etc/systemd/system | grep \(run); systemctl --failed --no-legend | grep rb-") == "")
        }

        /// Three controllers at one time, a dozen times each. Where the timer was first the next disarming comes earlier,
        /// and where it was not, later: so they meet.
        @Test func ofTimerAndDisarmExactlyOneWins() async throws {
            let node = try await LabNode.node()
            let firsts = [100, 200, 300]
            let fired = try await withThrowingTaskGroup(of: [Int].self) { group in
                for first in firsts { group.addTask { try await firedOfADozen(from: first, on: node) } }
                return try await group.reduce(into: [Int]()) { $0 += $1 }
            }
            // Nothing is left that could still come.
            try await eventually {
                node.look("systemctl list-units --all --no-legend 'rb-guard-*' | grep -c \(run)") == "0\n"
            }
            let undone = node.look("cat /root/undone-\(run)").split(separator: "\n").compactMap { Int($0) }
            #expect(undone.sorted() == fired.sorted())
            #expect(!fired.isEmpty)
            #expect(fired.count < firsts.count * 12)
            #expect(node.look("ls /etc/systemd/system /etc/systemd/system/timers.target.wants | grep \(run)") == "")
            #expect(node.look("systemctl --failed --no-legend | grep rb-") == "")
        }

        /// The steps of a dozen from `first` on whose undo was not disarmed in time.
        private func firedOfADozen(from first: Int, on node: LabNode) async throws -> [Int] {
            try await node.with { session in
                var fired: [Int] = []
                var pause = Duration.seconds(1)
                for step in first..<first + 12 {
                    let undo = Invocation(
                        id: id(step), mode: .guarded, script: "echo \(step) >>/root/undone-\(run)")
                    try await session.arm(undo, after: .seconds(1))
                    try await Task.sleep(for: pause)
                    if try await session.disarm(undo.id, become: true) == .disarmed {
                        pause += .milliseconds(40)
                    } else {
                        fired.append(step)
                        pause -= .milliseconds(40)
                    }
                }
                return fired
            }
        }

        @Test func theBootsTimerDoesNotFireAtOnceWhenItIsStartedEarly() async throws {
            let node = try await LabNode.node()
            let undo = Invocation(id: id(10), mode: .guarded, script: "echo 10 >>/root/undone-\(run)")
            let timer = "rb-guard-\(id(10)).timer"
            try await node.with { session in
                try await session.arm(undo, after: .seconds(600))
                let now = node.look("cut -d. -f1 /proc/uptime")
                // What installing a package or `systemctl isolate` can bring about.
                _ = node.look("systemctl daemon-reload && systemctl start timers.target")
                #expect(node.look("systemctl is-active \(timer)") == "active\n")
                let next = node.look(
                    "systemd-analyze timespan \"$(systemctl show -P NextElapseUSecMonotonic \(timer))\" | sed -n 's/.*s: //p'"
                ).trimmingCharacters(in: .whitespacesAndNewlines)
                let start = try #require(Int(now.trimmingCharacters(in: .whitespacesAndNewlines)))
                #expect(try #require(Int(next), "\(next)") >= (start + 600) * 1_000_000)
                #expect(try await session.disarm(id(10), become: true) == .disarmed)
            }
            #expect(node.look("systemctl is-active \(timer) \(id(10))-now.timer | sort -u") == "inactive\n")
            #expect(node.look("cat /root/undone-\(run) | grep 10") == "")
        }
    }
}
