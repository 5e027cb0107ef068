import Engine
import Foundation
import Model
import Testing

extension LabVerbTests {
    @Suite("drain, by Slurm", .serialized)
    struct DrainStepTests {
        let lab: LabFixture
        let head = "head01"

        static let observed =
            "scontrol -o show node node01 | grep -o -e ' State=[^ ]*' -e ' Reason=.*' | sed 's/ \\[.*//'"

        init() throws {
            lab = try LabFixture.shared.get()
            try lab.sh(
                head,
                """
                scancel -u root; while [ -n "$(squeue -h)" ]; do sleep 0.2; done
                scontrol update nodename=node01 state=resume 2>/dev/null; scontrol update nodename=node01 reason= 2>/dev/null
                for i in $(seq 300); do case $(sinfo -h -n node01 -o %t) in idle) break ;; esac; sleep 0.2; done
                """)
        }

        func program(wait: Duration = .seconds(60), reason: String = "driver $(id) 'x'") throws -> StepProgram {
            try Lowered.program(
                .drain(DrainVerb(reason: Lowered.text(reason), wait: .literal(.duration(wait)))),
                in: Lowered.context(
                    node: Node(name: "node01"), roles: ["slurm-controller": NodeSet(names: ["head01"])]))
        }

        @Test("is drained in the run's name, and in service again")
        func drain() throws {
            try lab.live(try program(), on: head, observed: Self.observed) { () throws in
                let shown = try lab.text(head, Self.observed)
                #expect(shown.contains("State=IDLE+DRAIN"))
                #expect(shown.contains("Reason=runbook:\(Lowered.run): driver $(id) 'x'"))
            }
        }

        @Test("one that someone else drained stays drained, with that reason")
        func foreign() throws {
            try lab.sh(head, "scontrol update nodename=node01 state=drain reason='bad fan [x]'")
            let before = try lab.text(head, Self.observed)
            let program = try program()
            #expect(try lab.predict(program, on: head).kind == .noChange)
            let captured = try lab.run(program.capture, on: head)
            #expect(try lab.run(program.apply, on: head).status == 0)
            #expect(try lab.run(program.undo, on: head, input: captured.output).status == 0)
            #expect(try lab.text(head, Self.observed) == before)
        }

        @Test("one that someone else drained meanwhile is not put back")
        func meanwhile() throws {
            let program = try program()
            let captured = try lab.run(program.capture, on: head)
            #expect(try lab.run(program.apply, on: head).status == 0)
            try lab.sh(head, "scontrol update nodename=node01 reason='taken over'")
            let undone = try lab.run(program.undo, on: head, input: captured.output)
            #expect(undone.status == 0)
            #expect(undone.text.contains("someone else"))
            #expect(try lab.text(head, Self.observed).contains("DRAIN"))
        }

        @Test("running jobs are waited for, and never ended")
        func jobs() throws {
            try lab.sh(
                head,
                "sbatch -Q -w node01 -o /dev/null --wrap 'while [ ! -e /var/lib/lab/shared/finish ]; do sleep 0.2; done'"
            )
            try lab.text(head, "while [ -z \"$(squeue -h -t R)\" ]; do sleep 0.2; done")
            #expect(try lab.predict(try program(), on: head).after?.contains("waits for 1 jobs") == true)
            let late = try lab.run(try program(wait: .seconds(1)).apply, on: head)
            #expect(late.status == 1)
            #expect(late.errors.contains("is drained, but 1 jobs still run"))
            #expect(try lab.run(try program(wait: .zero).apply, on: head).status == 0)
            #expect(try lab.text(head, Self.observed).contains("DRAIN"))
            try lab.sh(head, "touch /var/lib/lab/shared/finish")
            #expect(try lab.run(try program().apply, on: head).status == 0)
            try lab.sh(head, "rm -f /var/lib/lab/shared/finish")
        }

        @Test("a node that was down is down again")
        func down() throws {
            try lab.sh(head, "scontrol update nodename=node01 state=down reason='broken disk'")
            let before = try lab.text(head, Self.observed)
            let program = try program()
            let captured = try lab.run(program.capture, on: head)
            let applied = try lab.run(program.apply, on: head)
            #expect(applied.status == 0, "\(applied.errors)")
            #expect(try lab.text(head, Self.observed).contains("DRAIN"))
            let undone = try lab.run(program.undo, on: head, input: captured.output)
            #expect(undone.status == 0, "\(undone.errors)")
            let after = try lab.text(head, Self.observed)
            #expect(after == before)
        }

        @Test("a node that Slurm does not know is told")
        func unknown() throws {
            let program = try Lowered.program(
                .drain(DrainVerb(reason: Lowered.text("x"))),
                in: Lowered.context(
                    node: Node(name: "stranger"), roles: ["slurm-controller": NodeSet(names: ["head01"])]))
            let report = try lab.predict(program, on: head)
            #expect(report.kind == .unknown)
            #expect(report.reason.contains("stranger"))
        }
    }
}
