import Engine
import Foundation
import Glibc
import Model
import Testing

/// Against a small kubectl that keeps one node's state in files and refuses every call that it does not know.
@Suite("drain, by Kubernetes")
struct KubernetesDrainTests {
    static let kubectl = """
        #!/bin/sh
        cd "$KUBE_STATE" || exit 64
        case $1 in --request-timeout=30s) shift ;; esac
        printf '%s\\n' "$*" >> calls
        case $* in
        'get node ip-1 -o jsonpath={.spec.unschedulable}{"\\n"}{.metadata.annotations.runbook/drained}')
            if [ -e cordoned ]; then printf true; fi; echo; cat note 2>/dev/null; true ;;
        'get pods --all-namespaces --field-selector spec.nodeName=ip-1 -o jsonpath={range .items[*]}{.metadata.namespace}/{.metadata.name} {.status.phase} {.metadata.ownerReferences[0].kind}{"\\n"}{end}')
            cat pods ;;
        'annotate --overwrite node ip-1 runbook/drained='*) printf '%s' "${5#runbook/drained=}" > note ;;
        'annotate node ip-1 runbook/drained-') rm -f note ;;
        'cordon ip-1') : > cordoned ;;
        'uncordon ip-1') rm -f cordoned ;;
        'drain ip-1 --ignore-daemonsets --delete-emptydir-data --timeout=60s')
            [ ! -e protected ] || { echo 'error: Cannot evict pod as it would violate the disruption budget.' >&2; exit 1; }
            grep -e DaemonSet -e Succeeded pods > left; mv left pods ;;
        'get node stranger '*) echo 'Error from server (NotFound): nodes "stranger" not found' >&2; exit 1 ;;
        *) echo "unknown: $*" >&2; exit 64 ;;
        esac
        """

    let bench: Workbench
    let state: String

    init() throws {
        bench = try Workbench(.dash)
        state = bench.root
        try bench.install("kubectl", Self.kubectl)
        try bench.write(
            "pods", "kube-system/proxy-1 Running DaemonSet\nwork/job-1 Running Job\nwork/old Succeeded Job\n")
    }

    func program(node: String = "ip-1", wait: Duration = .seconds(60)) throws -> StepProgram {
        try Lowered.program(
            of: Lowered.step(
                .drain(DrainVerb(reason: Lowered.text("driver $(id)"), wait: .literal(.duration(wait)))),
                environment: ["KUBE_STATE": Lowered.text(state)]),
            in: Lowered.context(
                node: Node(name: "gpu01", variables: ["kubernetes_node": .string(node)]),
                roles: ["kubernetes-control": NodeSet(names: ["cp01"])]))
    }

    func exists(_ name: String) -> Bool { access(bench.path(name), F_OK) == 0 }

    @Test("is cordoned in the run's name, emptied, and in service again")
    func drain() throws {
        defer { bench.remove() }
        let program = try program()
        let report = try bench.predict(program)
        #expect(report.kind == .change)
        #expect(report.before == "schedulable, 1 pods to evict")
        let captured = try bench.run(program.capture)
        let applied = try bench.run(program.apply, adding: ["RUNBOOK_EXPECT": report.beforeDigest ?? ""])
        #expect(applied.status == 0, "\(applied.errors)")
        #expect(exists("cordoned"))
        #expect(try bench.text("note") == "runbook:\(Lowered.run): driver $(id)")
        #expect(try bench.text("pods") == "kube-system/proxy-1 Running DaemonSet\nwork/old Succeeded Job\n")
        #expect(try bench.predict(program).kind == .noChange)
        #expect(try bench.run(program.undo, input: captured.output).status == 0)
        #expect(!exists("cordoned"))
        #expect(!exists("note"))
    }

    @Test("without a wait it is only cordoned, and its pods stay")
    func cordon() throws {
        defer { bench.remove() }
        let program = try program(wait: .zero)
        #expect(try bench.predict(program).after?.hasSuffix("1 pods stay") == true)
        let captured = try bench.run(program.capture)
        let applied = try bench.run(program.apply)
        #expect(applied.status == 0, "\(applied.errors)")
        #expect(exists("cordoned"))
        #expect(try bench.text("pods").contains("work/job-1 Running Job"))
        #expect(try bench.predict(program).kind == .noChange)
        #expect(try bench.run(program.undo, input: captured.output).status == 0)
        #expect(!exists("cordoned"))
    }

    @Test("one that someone else cordoned is emptied, and stays cordoned")
    func foreign() throws {
        defer { bench.remove() }
        try bench.write("cordoned", "")
        let program = try program()
        let prediction = try bench.predict(program)
        #expect(prediction.after?.contains("stays cordoned by someone else") == true, "\(prediction)")
        let captured = try bench.run(program.capture)
        #expect(try bench.run(program.apply).status == 0)
        #expect(!exists("note"))
        #expect(try bench.run(program.undo, input: captured.output).status == 0)
        #expect(exists("cordoned"))
    }

    @Test("one that another run drained meanwhile stays so")
    func meanwhile() throws {
        defer { bench.remove() }
        let program = try program()
        let captured = try bench.run(program.capture)
        #expect(try bench.run(program.apply).status == 0)
        try bench.write("note", "runbook:\(String(repeating: "f", count: 32)): theirs")
        let undone = try bench.run(program.undo, input: captured.output)
        #expect(undone.status == 0)
        #expect(undone.text.contains("someone else"))
        #expect(exists("cordoned"))
    }

    @Test("a disruption budget is a reason to stop, not to force")
    func budget() throws {
        defer { bench.remove() }
        try bench.write("protected", "")
        let result = try bench.run(try program().apply)
        #expect(result.status == 1)
        #expect(result.errors.contains("disruption budget"))
        #expect(try !bench.text("calls").contains("force"))
    }

    @Test("a node that Kubernetes does not know, and another state than the planned one, are told")
    func told() throws {
        defer { bench.remove() }
        let report = try bench.predict(try program(node: "stranger"))
        #expect(report.kind == .unknown)
        #expect(report.reason.contains("not found"))
        let planned = try bench.predict(try program())
        try bench.write("cordoned", "")
        let result = try bench.run(try program().apply, adding: ["RUNBOOK_EXPECT": planned.beforeDigest ?? ""])
        #expect(result.status == StepProgram.driftStatus)
    }
}
