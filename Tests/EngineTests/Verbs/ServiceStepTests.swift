import Engine
import Foundation
import Model
import Testing

extension LabVerbTests {
    @Suite("service", .serialized)
    struct ServiceStepTests {
        let lab: LabFixture
        let node = "node01"

        static let observed = """
            systemctl show -p ActiveState -p UnitFileState labd crasher task
            find /etc/systemd/system /run/systemd/system -type l -printf '%p %l\\n' -o -type d -name '*.wants' -print | sort
            """

        init() throws {
            lab = try LabFixture.shared.get()
            try lab.sh(
                node,
                """
                cd /etc/systemd/system && systemctl unmask --quiet labd; systemctl disable --quiet --now labd crasher task 2>/dev/null
                mkdir -p /usr/lib/systemd/system; cd /usr/lib/systemd/system
                printf '[Service]\\nExecStart=/bin/sleep infinity\\nExecReload=/bin/touch /run/labd-reloaded\\n[Install]\\nWantedBy=lab-special.target multi-user.target\\nAlias=labd-too.service\\n' > labd.service
                printf '[Service]\\nExecStart=/bin/false\\nRestart=always\\nRestartSec=1\\n[Install]\\nWantedBy=multi-user.target\\n' > crasher.service
                printf '[Service]\\nType=oneshot\\nExecStart=/bin/touch /run/task-ran\\n' > task.service
                systemctl daemon-reload; systemctl reset-failed; rm -f /run/labd-reloaded /run/task-ran
                """)
        }

        func program(
            _ name: String, _ state: ServiceVerb.State? = nil, enabled: Bool? = nil, masked: Bool? = nil
        ) throws -> StepProgram {
            try Lowered.program(
                .service(
                    ServiceVerb(name: .same(Lowered.text(name)), state: state, enabled: enabled, masked: masked)))
        }

        func isActive(_ unit: String) throws -> Bool {
            try lab.sh(node, "systemctl is-active --quiet \(unit)").status == 0
        }

        @Test("is started and enabled, and is down and disabled again")
        func start() throws {
            try lab.live(try program("labd", .started, enabled: true), on: node, observed: Self.observed) { () throws in
                #expect(try isActive("labd"))
                #expect(try lab.text(node, "systemctl is-enabled labd") == "enabled\n")
                #expect(try lab.text(node, "systemctl is-enabled labd-too") == "alias\n")
            }
        }

        @Test("is stopped and disabled, and gets every link back, its own ones too")
        func stop() throws {
            try lab.sh(
                node,
                """
                systemctl enable --quiet --now labd
                mkdir -p /etc/systemd/system/sshd.service.wants
                ln -s /usr/lib/systemd/system/labd.service /etc/systemd/system/sshd.service.wants/labd.service
                systemctl daemon-reload
                """)
            defer { _ = try? lab.sh(node, "rm -rf /etc/systemd/system/sshd.service.wants; systemctl daemon-reload") }
            try lab.live(try program("labd.service", .stopped, enabled: false), on: node, observed: Self.observed) {
                () throws in
                #expect(try !isActive("labd"))
                #expect(try lab.sh(node, "test -e /etc/systemd/system/sshd.service.wants/labd.service").status != 0)
            }
        }

        @Test("is masked and unmasked")
        func mask() throws {
            try lab.sh(node, "systemctl enable --quiet --now labd")
            try lab.live(try program("labd", .stopped, masked: true), on: node, observed: Self.observed) { () throws in
                #expect(try lab.sh(node, "systemctl is-enabled labd").text == "masked\n")
            }
            try lab.sh(node, "systemctl disable --quiet --now labd; systemctl mask --quiet labd")
            try lab.live(
                try program("labd", .started, enabled: true, masked: false), on: node, observed: Self.observed
            ) { () throws in
                #expect(try isActive("labd"))
            }
        }

        @Test("a masked one that should run is told beforehand")
        func masked() throws {
            try lab.sh(node, "systemctl mask --quiet labd")
            let report = try lab.predict(try program("labd", .started), on: node)
            #expect(report.kind == .unknown)
            #expect(report.reason.contains("masked"))
        }

        @Test("a restart is always a change, and is undone by the state it had")
        func restart() throws {
            try lab.sh(node, "systemctl start labd")
            let before = try lab.text(node, "systemctl show -p MainPID --value labd")
            try lab.live(
                try program("labd", .restarted), on: node, observed: Self.observed, settles: false
            ) { () throws in
                #expect(try lab.text(node, "systemctl show -p MainPID --value labd") != before)
            }
            #expect(try isActive("labd"))
            #expect(try lab.predict(try program("labd", .restarted), on: node).kind == .change)
            try lab.sh(node, "systemctl stop labd")
            try lab.live(try program("labd", .restarted), on: node, observed: Self.observed, settles: false) {
                () throws in
                #expect(try isActive("labd"))
            }
        }

        @Test("a reload reaches the service")
        func reload() throws {
            try lab.sh(node, "systemctl start labd")
            #expect(try lab.run(try program("labd", .reloaded).apply, on: node).status == 0)
            #expect(try lab.sh(node, "test -e /run/labd-reloaded").status == 0)
        }

        @Test("one that can't stay up is a failure, with its log")
        func crash() throws {
            let result = try lab.run(try program("crasher", .started).apply, on: node)
            #expect(result.status == 1)
            #expect(result.errors.contains("crasher.service is "))
        }

        @Test("one that crashes again and again is stopped, and crashes again when that is undone")
        func crashAgain() throws {
            let crashes =
                "for i in $(seq 100); do systemctl show -p SubState --value crasher | grep -q auto-restart "
                + "&& exit 0; sleep 0.1; done; exit 1"
            try lab.sh(node, "systemctl start --no-block crasher")
            try lab.text(node, crashes)
            let program = try program("crasher", .stopped)
            #expect(try lab.predict(program, on: node).kind == .change)
            let captured = try lab.run(program.capture, on: node)
            #expect(try lab.run(program.apply, on: node).status == 0)
            #expect(try lab.text(node, "systemctl show -p ActiveState --value crasher") == "inactive\n")
            #expect(try lab.run(program.undo, on: node, input: captured.output).status == 0)
            try lab.text(node, crashes)
            try lab.sh(node, "systemctl stop crasher")
        }

        @Test("one that is up only for a moment after each crash need not be up again when a restart is undone")
        func upForAMoment() throws {
            try lab.sh(
                node,
                """
                printf '[Service]\\nExecStart=/bin/sh /run/crash\\nRestart=always\\nRestartSec=1\\n' > /usr/lib/systemd/system/crasher.service
                echo 'sleep 3; exit 1' > /run/crash
                systemctl daemon-reload; systemctl start crasher
                """)
            try lab.text(
                node,
                "for i in $(seq 100); do [ $(systemctl show -p NRestarts --value crasher) -gt 0 ] "
                    + "&& systemctl is-active -q crasher && exit 0; sleep 0.1; done; exit 1")
            let program = try program("crasher", .restarted)
            let captured = try lab.run(program.capture, on: node)
            #expect(captured.text.contains("active crashing"))
            try lab.sh(node, "echo exit 1 > /run/crash")
            let undone = try lab.run(program.undo, on: node, input: captured.output, adding: ["SERVICE_AGAIN": "yes"])
            #expect(undone.status == 0)
            try lab.sh(node, "systemctl stop crasher")
        }

        @Test("a service that reads restored files is restarted by the undo, and otherwise left alone")
        func readsAgain() throws {
            try lab.sh(node, "systemctl start labd")
            let program = try program("labd", .restarted)
            let captured = try lab.run(program.capture, on: node)
            #expect(try lab.run(program.apply, on: node).status == 0)
            let process = try lab.text(node, "systemctl show -p MainPID --value labd")
            #expect(try lab.run(program.undo, on: node, input: captured.output).status == 0)
            #expect(try lab.text(node, "systemctl show -p MainPID --value labd") == process)
            let again = try lab.run(program.undo, on: node, input: captured.output, adding: ["SERVICE_AGAIN": "yes"])
            #expect(again.status == 0)
            #expect(try lab.text(node, "systemctl show -p MainPID --value labd") != process)
        }

        @Test("a oneshot that has done its work is up")
        func oneshot() throws {
            #expect(try lab.run(try program("task", .restarted).apply, on: node).status == 0)
            #expect(try lab.sh(node, "test -e /run/task-ran").status == 0)
        }

        @Test("a changed unit file is read before the start")
        func changedUnit() throws {
            try lab.sh(node, "systemctl start labd; sed -i 's/infinity/86400/' /usr/lib/systemd/system/labd.service")
            #expect(try lab.run(try program("labd", .restarted).apply, on: node).status == 0)
            #expect(try lab.text(node, "ps -o args= -p $(systemctl show -p MainPID --value labd)").contains("86400"))
        }

        @Test("a unit that is not there is told; stopped, there is nothing to do")
        func missing() throws {
            let report = try lab.predict(try program("no-such-unit", .started), on: node)
            #expect(report.kind == .unknown)
            #expect(report.reason == "there is no unit no-such-unit.service")
            #expect(try lab.predict(try program("no-such-unit", .stopped), on: node).kind == .noChange)
        }

        @Test("a unit file in another state than the planned one is left alone")
        func drift() throws {
            let program = try program("labd", enabled: true)
            let planned = try lab.predict(program, on: node)
            try lab.sh(node, "systemctl mask --quiet labd")
            let result = try lab.run(program.apply, on: node, adding: ["RUNBOOK_EXPECT": planned.beforeDigest ?? ""])
            #expect(result.status == StepProgram.driftStatus)
        }
    }
}
