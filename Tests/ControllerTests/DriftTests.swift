import Engine
import Foundation
import Model
import TestSupport
import Testing

@testable import Controller

/// Plans that do not fit any more, and values that somebody changes between the question and the write.
@Suite(.serialized, .nodesOfThisMachine) struct DriftTests {
    private static let runbook = """
        schema_version: 1
        name: write
        version: 1
        title: Writes files and a setting
        targets: "@*"
        strategy: {order: node_first}
        approve: {approvers: [somebody]}
        detect:
          - name: done
            probe: test -e HERE/done
            healthy: {exit: 0}
            causes: [{id: undone, when: {exit: 1}}]
        steps:
          - name: step
            gate: none
            STEP
          - name: done
            gate: none
            run: touch HERE/done
            undo: rm -f HERE/done
        verify: [detect]
        on_failure: stop
        """

    /// Runs `body` with a runbook of that step; `HERE` is a folder on the node with a file `conf`.
    private func with(
        _ step: String, approved: Bool = false, _ body: (Installation, _ folder: String) async throws -> Void
    ) async throws {
        try await SSHDFixture.with { sshd in
            let folder = sshd.folder.path("here").replacing("//", with: "/")
            try FileManager.default.createDirectory(
                atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
            try sshd.folder.write("here/conf", "level = 1\nother = x\n")
            var text = Self.runbook.replacing("STEP", with: step).replacing("HERE", with: folder)
            if !approved { text = text.replacing("approve: {approvers: [somebody]}\n", with: "") }
            let site = try Installation(sshd, inventory: Installation.oneNode(sshd), runbooks: ["write": text])
            try await body(site, folder)
        }
    }

    /// Ways to write, each from what it finds in `conf`.
    private static let writes = [
        "file: {path: HERE/conf, content: \"level = 9\\n\"VALIDATE}",
        "edit: {path: HERE/conf, key: level, value: '9', separator: ' = 'VALIDATE}",
        "edit: {path: HERE/conf, match: '^level', line: level = 9VALIDATE}",
        "edit: {path: HERE/conf, block: level = 9VALIDATE}",
    ]

    private static let setting =
        "setting: {get: cat HERE/conf, set: 'printf \"%s\\n\" \"$VALUE\" >HERE/conf', value: level = 9}"

    /// Carries the runbook out, and does something else once the plan is confirmed.
    private func carryOut(_ site: Installation, meanwhile: @escaping @Sendable () throws -> Void) async throws
        -> RunEndState
    {
        let service = try await RunService(Workspace(site.settings))
        let prepared = try await service.prepare(RunOrder(kind: .apply, runbook: "write", selector: "n1"))
        let ending = try await service.carryOut(
            prepared, control: RunControl(), confirm: { _, _ in (try? meanwhile()) != nil }, observe: { _ in })
        try await service.close()
        return ending
    }

    @Test(arguments: writes + [setting])
    func aValueThatWasChangedSinceThePlanIsLeftAsItIs(step: String) async throws {
        let step = step.replacing("VALIDATE", with: "")
        try await with(step) { site, folder in
            var text = try site.folder.read("runbooks/write.yaml")
            text = text.replacing("gate: none", with: "gate: approval")
            try site.folder.write("runbooks/write.yaml", text)
            let conf = folder + "/conf"
            let ending = try await carryOut(site) {
                try Data("level = 5\nby hand\n".utf8).write(to: URL(fileURLWithPath: conf))
            }
            #expect(ending.state.counts == [.failed: 1], "\(ending.state.nodes)")
            let outcome = ending.state.nodes["n1"]?.outcome
            #expect(
                outcome?.step == "step" && outcome?.text.contains("another value") == true,
                "\(String(describing: outcome))")
            #expect(try String(contentsOfFile: conf, encoding: .utf8) == "level = 5\nby hand\n")
            #expect(!FileManager.default.fileExists(atPath: folder + "/done"))
        }
    }

    /// The command that looks at the new file stands for somebody else who is faster than the write.
    @Test(arguments: writes)
    func aFileThatIsChangedWhileTheNewOneIsMadeIsNotReplaced(step: String) async throws {
        let step = step.replacing("VALIDATE", with: ", validate: 'echo by hand >HERE/conf'")
        try await with(step) { site, folder in
            let ending = try await site.carryOut(RunOrder(kind: .apply, runbook: "write", selector: "n1"))
            #expect(ending.state.counts == [.failed: 1], "\(ending.state.nodes)")
            let text = ending.state.nodes["n1"]?.outcome?.text ?? ""
            #expect(text.contains("the node has another value than the plan says, so nothing was changed"), "\(text)")
            #expect(try String(contentsOfFile: folder + "/conf", encoding: .utf8) == "by hand\n")
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["conf"])
        }
    }

    /// Plans as another program, or somebody else, would have made them. Their digests are right.
    private static let others: [(told: String, change: @Sendable (inout Plan) -> Void)] = [
        ("the program was 0.0.9 and is", { $0.program = "0.0.9" }),
        ("the supervisor was 00 and is", { $0.supervisor = "00" }),
        ("the runbook's version was 2 and is 1", { $0.runbookVersion = 2 }),
        ("the approvers were changed", { $0.approve?.approvers = ["anybody"] }),
        ("the approvers were changed", { $0.approve = nil }),
        ("the change window was changed", { $0.window = WindowRequirement(calendar: "always") }),
        ("the steps were changed", { $0.steps[0].name = "something harmless" }),
        ("the steps were changed", { $0.steps[0].gate = .approval }),
        ("the order was step_first and is node_first", { $0.strategy.order = .stepFirst }),
        ("its address was 192.0.2.1", { $0.targets[0].address = "192.0.2.1" }),
        ("its user was nobody", { $0.targets[0].user = "nobody" }),
        ("its jump hosts were changed", { $0.targets[0].jump = ["gate"] }),
        ("its become user was changed", { $0.targets[0].becomeUser = "nobody" }),
        ("its recorded host keys were changed", { $0.targets[0].hostKeys = [] }),
        ("parameter level has another value", { $0.targets[0].parameters["level"] = "1" }),
        (
            "it was healthy and is broken now",
            {
                $0.targets[0].survey.verdict = .healthy
                $0.targets[0].predictions = []
            }
        ),
        ("it has another cause: undone", { $0.targets[0].survey.causes = ["nothing"] }),
        ("step 'step' had nothing to change and has now", { $0.targets[0].predictions[0] = Prediction(.noChange) }),
        ("step 'step' would do something else now", { $0.targets[0].predictions[0].programDigest = "00" }),
        ("step 'step' finds another value", { $0.targets[0].predictions[0].beforeDigest = "00" }),
        ("step 'step' would leave another value", { $0.targets[0].predictions[0].afterDigest = "00" }),
    ]

    @Test func aPlanOfAnotherProgramOrOfOtherNodesIsRefusedWithTheDifference() async throws {
        let step = Self.writes[0].replacing("VALIDATE", with: "")
        try await with(step, approved: true) { site, folder in
            let planned = try await site.carryOut(RunOrder(kind: .plan, runbook: "write", selector: "n1"))
            let plan = try #require(planned.plan?.plan)
            let runbook = try #require(planned.state.header)
            for (told, change) in Self.others {
                var other = plan
                change(&other)
                #expect(other.digest != plan.digest, "\(told)")
                var order = RunOrder(kind: .apply)
                order.planFile = PlanFile(
                    digest: other.digest, plan: other, parameters: runbook.parameters, sources: [])
                let ending = try await site.carryOut(order)
                #expect(ending.exitStatus == 2, "\(told): \(ending.state.nodes)")
                #expect(ending.state.stopReason?.contains(told) == true, "\(told): \(ending.state.stopReason ?? "")")
                #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["conf"])
            }
            // One whose digest is another plan's is no plan at all.
            var changed = plan
            changed.targets[0].address = "192.0.2.1"
            var order = RunOrder(kind: .apply)
            order.planFile = PlanFile(digest: plan.digest, plan: changed, parameters: [:], sources: [])
            let forged = order
            await #expect(throws: RequestError.self) { try await site.carryOut(forged) }
        }
    }
}
