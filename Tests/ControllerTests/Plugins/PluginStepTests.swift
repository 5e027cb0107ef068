import Foundation
import Glibc
import Model
import TestSupport
import Testing

@testable import Controller

/// `plugin` steps, through the built program, against a real HTTP server.
@Suite(.serialized, .thisMachineItself) struct PluginStepTests {
    private static let secret = "marked-secret-of-the-api"

    private func runbook(_ port: Int, name: String = "http-put", document: String = "{\\\"quiet\\\": true}") -> String {
        """
        schema_version: 1
        name: silence
        version: 1
        title: Silences alarms
        targets: controller
        parameters:
          token: {type: secret, from: "env:API_TOKEN"}
        steps:
          - name: silence
            gate: none
            plugin:
              name: \(name)
              with:
                url: "http://127.0.0.1:\(port)/alarms/${{ node.name }}"
                document: "\(document)"
                token: "${{ params.token }}"
        """
    }

    private func put(_ server: LocalServer) -> [String] { server.log.compactMap { $0["put"] as? String } }

    @Test func oneIsPredictedCarriedOutOnceAndUndone() async throws {
        let server = try await LocalServer(LocalServer.documents(token: Self.secret))
        try await SSHDFixture.with { sshd in
            var site = try PluginSite(sshd, runbooks: ["silence": runbook(server.port)])
            site.environment["API_TOKEN"] = Self.secret
            let plan = try site.run("apply", "silence", "--dry-run")
            #expect(plan.status == 0, "\(plan.error)")
            #expect(plan.output.contains("1 of 1 step predictions known"), "\(plan.output)")
            #expect(plan.output.contains("{\"quiet\": true}"), "\(plan.output)")
            #expect(put(server) == [])

            let done = try site.run("apply", "silence", "--yes")
            #expect(done.status == 0, "\(done.output) \(done.error)")
            #expect(put(server) == ["{\"quiet\": true}"])
            let again = try site.run("apply", "silence", "--yes", "--output", "json")
            #expect(again.status == 0)
            #expect(put(server).count == 1)

            let run = try #require(
                try await runs(site).first { $0.kind == .apply && $0.counts[.remediated] == 1 }?.id)
            let undone = try site.run("rollback", run.description, "--yes")
            #expect(undone.status == 0, "\(undone.output) \(undone.error)")
            #expect(server.log.last?["deleted"] as? String == "/alarms/controller")
            #expect(try site.files(holding: Self.secret) == [])
        }
    }

    private func runs(_ site: PluginSite) async throws -> [RunSummary] {
        let journal = try await Workspace(site.site.settings).journal()
        let runs = try await journal.runs(RunFilter())
        try await journal.close()
        return runs
    }

    @Test func oneThatWasChangedSinceThePlanIsNotCalled() async throws {
        let server = try await LocalServer(LocalServer.documents(token: Self.secret))
        try await SSHDFixture.with { sshd in
            var site = try PluginSite(sshd, runbooks: ["silence": runbook(server.port)])
            site.environment["API_TOKEN"] = Self.secret
            let file = site.site.folder.path("plan.json")
            #expect(try site.run("plan", "silence", "-o", file).status == 0)
            try PluginSite.shell("echo '# other' >>'\(site.site.folder.path("plugins/step/http-put/put.py"))'")
            let refused = try site.run("apply", "--plan", file, "--yes")
            #expect(refused.status == 2, "\(refused.output) \(refused.error)")
            #expect(put(server) == [])
        }
    }

    @Test func aDocumentThatSomebodyElseChangedIsLeftAlone() async throws {
        let server = try await LocalServer(LocalServer.documents(token: Self.secret))
        try await SSHDFixture.with { sshd in
            var site = try PluginSite(sshd, runbooks: ["silence": runbook(server.port)])
            site.environment["API_TOKEN"] = Self.secret
            #expect(try site.run("apply", "silence", "--yes").status == 0)
            try PluginSite.shell(
                "curl -sf -X PUT -H 'Authorization: Bearer \(Self.secret)' --data other "
                    + "http://127.0.0.1:\(server.port)/alarms/controller")
            let undone = try site.run("rollback", "last", "--yes")
            #expect(undone.status == 1, "\(undone.output)")
            #expect((undone.output + undone.error).contains("somebody has changed"), "\(undone.output)")
            #expect(put(server).last == "other")
        }
    }

    @Test func oneThatIsNotThereOrDoesNotFitIsNamedBeforeAnyNodeIsTouched() async throws {
        try await SSHDFixture.with { sshd in
            let site = try PluginSite(
                sshd,
                runbooks: [
                    "silence": runbook(1, name: "http-puts"),
                    "other": runbook(1).replacing("document:", with: "documents:").replacing(
                        "name: silence\nversion", with: "name: other\nversion"),
                ])
            let lint = try site.run("lint")
            #expect(lint.status == 65)
            #expect(
                lint.output.contains(
                    "silence.yaml:9:5: error: there is no plugin 'http-puts' of kind 'step' (did you mean 'http-put'?)"),
                "\(lint.output)")
            #expect(
                lint.output.contains(
                    "other.yaml:9:5: error: plugin 'http-put' has no setting 'documents' (did you mean 'document'?)"),
                "\(lint.output)")
            let refused = try site.run("apply", "silence", "--yes")
            #expect(refused.status == 65)
            #expect(try await runs(site).isEmpty)
        }
    }

    @Test(.timeLimit(.minutes(10))) func oneThatHangsIsEndedWithTheStep() async throws {
        try await SSHDFixture.with { sshd in
            let silence = runbook(1, name: "hang").components(separatedBy: "      with:")[0] + "    timeout: 3s\n"
            var site = try PluginSite(sshd, runbooks: ["silence": silence])
            site.environment["API_TOKEN"] = Self.secret
            let nap = PluginSite.nap()
            try site.addHanging(
                "step",
                """
                #!/bin/sh
                request=$(cat)
                case $request in *'"operation":"check"'*) echo '{"changes": true}'; exit ;; esac
                echo x >'\(site.site.folder.path("begun"))'
                exec sleep \(nap)
                """)
            let ended = try site.run("apply", "silence", "--yes")
            #expect(ended.status == 1, "\(ended.output) \(ended.error)")
            let text = ended.output + ended.error
            #expect(text.contains("it ran longer than its timeout: the plugin was ended"), "\(text)")
            #expect(try site.site.folder.read("begun") == "x\n")
            #expect(try await becomes { !PluginSite.isRunning(nap) })
        }
    }

    @Test func oneThatOthersCouldHavePlantedIsNotCalled() async throws {
        let server = try await LocalServer(LocalServer.documents(token: Self.secret))
        try await SSHDFixture.with { sshd in
            var site = try PluginSite(sshd, runbooks: ["silence": runbook(server.port)])
            site.environment["API_TOKEN"] = Self.secret
            let folder = site.site.folder.path("plugins/step/http-put")
            chmod(folder, 0o777)
            let refused = try site.run("apply", "silence", "--yes")
            #expect(refused.status == 65)
            #expect(try site.run("plugin", "list").output.contains("everybody may write it"))
            chmod(folder, 0o755)
            chmod(folder + "/put.py", 0o777)
            let failed = try site.run("apply", "silence", "--yes")
            #expect(failed.status != 0, "\(failed.output) \(failed.error)")
            #expect(put(server) == [])
        }
    }

    /// The example of docs/plugins.md, as it stands there.
    @Test func theExampleOfTheDocumentsWorks() async throws {
        let text = try String(contentsOfFile: PluginSite.root + "/docs/plugins.md", encoding: .utf8)
        func block(_ start: String) throws -> String {
            let begin = try #require(text.range(of: start))
            let end = try #require(text.range(of: "```", range: begin.upperBound..<text.endIndex))
            return String(text[begin.upperBound..<end.lowerBound])
        }
        let folder = try TemporaryFolder(prefix: "example")
        try PluginSite.shell("mkdir -p '\(folder.path("step/gauge"))'; chmod -R go-w '\(folder.root)'")
        try folder.write("step/gauge/plugin.yaml", "schema_version: 1\n" + block("```yaml\nschema_version: 1\n"))
        try folder.write("step/gauge/text", block("```sh\n"))
        // Written by another process: a file that this one has open while a thread starts a process can't be run.
        try PluginSite.shell("cd '\(folder.path("step/gauge"))'; cat text >gauge.sh; chmod 755 gauge.sh")
        let findings = try await PluginLibrary(PluginSite.confining).test(folder.path("step/gauge"))
        #expect(findings.count >= 8)
        #expect(findings.filter { !$0.isGood } == [])
    }

    @Test func anAnswerThatMakesNoSenseLeavesThePredictionUnknownAndTheStepFailed() async throws {
        let server = try await LocalServer(LocalServer.documents(token: "another"))
        try await SSHDFixture.with { sshd in
            var site = try PluginSite(sshd, runbooks: ["silence": runbook(server.port)])
            site.environment["API_TOKEN"] = Self.secret
            let plan = try site.run("apply", "silence", "--dry-run")
            #expect(plan.output.contains("status 401"), "\(plan.output)")
            let failed = try site.run("apply", "silence", "--yes")
            #expect(failed.status == 1, "\(failed.output) \(failed.error)")
            #expect((failed.output + failed.error).contains("status 401"))
        }
    }
}
