import Foundation
import Model
import TestSupport
import Testing

@testable import Controller

/// What a node prints, made to look like targets, options, expressions and paths, in all that a runbook may do with it.
@Suite(.serialized, .thisMachineItself) struct NodeTextTests {
    /// By node. The last one is well-behaved.
    private static let words = [
        "n1": "gpu[01-32]", "n2": "-oX=y", "n3": "${{ params.s }}", "n4": "{{s}}", "n5": "../x", "n6": "fine",
    ]

    /// Probes that tell what the node says, in all ways there are.
    private static let detect = """
        detect:
          - name: looks
            answer: lines
            probe: printf 'fact word %s\\ncause wrong it is\\n' "$(cat "NODES/$RUNBOOK_NODE/word")"
          - name: told
            probe: cat "NODES/$RUNBOOK_NODE/word"; cat "NODES/$RUNBOOK_NODE/word" >&2
            healthy: {exit: 0}
        """

    private static func head(_ name: String, _ title: String = "Uses what a node prints") -> String {
        "schema_version: 1\nname: \(name)\nversion: 1\ntitle: \(title)\ntargets: \"@*\"\n"
    }

    /// All that may be done with a node's text: it is data, on that node.
    private static var data: String {
        head("data") + """
            parameters: {s: {type: string, default: secret-like}}
            \(detect)
            steps:
              - name: say
                irreversible: true
                run: cat "NODES/$RUNBOOK_NODE/word"; echo "$s" >/dev/null
              - {name: content, file: {path: "NODES/${{ node.name }}/content", content: "a ${{ node.facts.word }} b"}}
              - {name: template, file: {path: "NODES/${{ node.name }}/template", template: word.mustache}}
              - name: value
                edit:
                  path: "NODES/${{ node.name }}/value"
                  key: word
                  separator: " = "
                  value: "${{ probes['told'].stdout }}"
              - name: line
                edit: {path: "NODES/${{ node.name }}/line", match: "^word", line: "word ${{ steps['say'].stdout }}"}
              - name: block
                edit: {path: "NODES/${{ node.name }}/block", block: "${{ probes['looks'].facts.word }}"}
              - name: setting
                setting:
                  get: cat "NODES/$RUNBOOK_NODE/setting"
                  set: printf '%s' "$VALUE" >"NODES/$RUNBOOK_NODE/setting"
                  value: "${{ node.facts.word }}"
              - name: environment
                env:
                  A: "${{ node.facts.word }}"
                  B: "${{ probes['told'].stderr }}"
                  C: "${{ steps['say'].stdout }}"
                run: printf '%s,%s,%s' "$A" "$B" "$C" >"NODES/$RUNBOOK_NODE/environment"
                undo: rm -f "NODES/$RUNBOOK_NODE/environment"
              - name: only where it is fine
                when: "node.facts.word == 'fine'"
                run: touch "NODES/$RUNBOOK_NODE/fine"
                undo: rm -f "NODES/$RUNBOOK_NODE/fine"
              - name: until it says so
                retries: {attempts: 2, delay: 0s}
                until: "steps['until it says so'].stdout == node.facts.word"
                irreversible: true
                run: cat "NODES/$RUNBOOK_NODE/word"
              - name: wait
                wait:
                  probe: cat "NODES/$RUNBOOK_NODE/word"
                  healthy: {stdout: {equals: "${{ node.facts.word }}", contains: "${{ probes['told'].stdout }}"}}
                  timeout: 5s
              - name: tell
                advise: {title: "it says ${{ node.facts.word }}", text: "${{ steps['say'].stdout }}"}
            verify: [{name: there, probe: test -e "NODES/$RUNBOOK_NODE/environment", healthy: {exit: 0}}]
            """
    }

    /// Places that say what is acted upon. None of them may be given a node's text.
    private static let steering = [
        "file: {path: VALUE, content: x}", "file: {path: 'NODES/y', content: x, owner: VALUE}",
        "file: {path: 'NODES/y', content: x, group: VALUE}", "edit: {path: VALUE, key: k, value: v}",
        "edit: {path: 'NODES/y', key: VALUE, value: v}", "service: {name: VALUE, state: restarted}",
        "package: {name: VALUE}", "package: {names: [VALUE]}", "package: {name: x, instead_of: [VALUE]}",
        "package: {name: x, version: VALUE}",
        "mount: {path: VALUE, source: /dev/null}", "mount: {path: /mnt, source: VALUE}",
        "mount: {path: /mnt, source: s, type: VALUE}", "mount: {path: /mnt, source: s, options: VALUE}",
        "user: {name: VALUE, locked: true}", "user: {name: root, key: VALUE}", "drain: {reason: VALUE}",
        "drain: {wait: VALUE}", "collect: {file: VALUE}", "plugin: {name: http-put, with: {url: VALUE}}",
        "advise: {title: t, text: t, command: VALUE}", "advise: {title: t, text: t, patch: VALUE}",
        "run: x, undo: y, on: controller, env: {A: VALUE}", "run: x, undo: y, env: {LD_PRELOAD: VALUE}",
        "runbook: {name: steers, parameters: {word: VALUE}}", "reboot: {}, each: \"node.facts.word\"",
    ]

    private static let reasons = [
        "comes from a node", "only known when the node was asked", "must be fixed text", "can't be used here",
    ]

    private static let steers =
        head("steers") + """
            parameters: {word: {type: string}}
            steps: [{name: write, file: {path: "NODES/${{ params.word }}", content: x}}]
            verify: [{name: v, probe: x, healthy: {exit: 0}}]
            """

    /// Takes a word of a certain form, and acts upon it.
    private static let fits =
        head("fits") + """
            parameters: {word: {type: string, pattern: "[a-z]+"}}
            steps:
              - name: write
                gate: none
                file: {path: "NODES/${{ node.name }}/${{ params.word }}", content: x}
            """

    private static var outer: String {
        head("outer") + """
            \(detect)
            steps: [{name: inner, runbook: {name: fits, parameters: {word: "${{ node.facts.word }}"}}}]
            verify: [{name: done, probe: "true", healthy: {exit: 0}}]
            """
    }

    /// Six nodes of one server, each with a folder of its own beneath `NODES`.
    private func with(
        _ runbooks: [String: String], _ body: (Installation, _ nodes: String) async throws -> Void
    ) async throws {
        try await SSHDFixture.with { sshd in
            let nodes = sshd.folder.path("nodes").replacing("//", with: "/")
            let way =
                "{address: 127.0.0.1, ssh: {port: \(sshd.port), user: \(sshd.user), identity_file: \(sshd.userKeyPath)}}"
            let site = try Installation(
                sshd,
                inventory: "schema_version: 1\ndefaults: {become: {method: none}}\nnodes:\n"
                    + Self.words.keys.sorted().map { "  \($0): \(way)\n" }.joined(),
                runbooks: runbooks.mapValues { $0.replacing("NODES", with: nodes) })
            try site.folder.write("runbooks/word.mustache", "<{{node.facts.word}}>\n")
            for (node, word) in Self.words {
                try FileManager.default.createDirectory(
                    atPath: "\(nodes)/\(node)", withIntermediateDirectories: true,
                    attributes: [.posixPermissions: 0o700])
                for (file, text) in [
                    ("word", word), ("value", "word = none\n"), ("line", "word none\n"), ("block", "kept\n"),
                    ("setting", "none"),
                ] {
                    try sshd.folder.write("nodes/\(node)/\(file)", text)
                }
            }
            try await body(site, nodes)
        }
    }

    /// Everything beneath a folder, with its bytes.
    private func tree(_ folder: String) throws -> [String: String] {
        var found: [String: String] = [:]
        for name in try FileManager.default.subpathsOfDirectory(atPath: folder) {
            found[name] = FileManager.default.contents(atPath: "\(folder)/\(name)").map {
                String(decoding: $0, as: UTF8.self)
            }
        }
        return found
    }

    @Test func asDataItIsWrittenByteByByteOnItsOwnNode() async throws {
        try await with(["data": Self.data]) { site, nodes in
            let before = try tree(site.sshd.folder.root).keys.filter { !$0.hasPrefix("nodes/") }.sorted()
            let planned = try await site.carryOut(RunOrder(kind: .plan, runbook: "data", selector: "n[1-6]"))
            #expect(planned.state.counts == [.broken: 6], "\(planned.state.nodes)")
            let ending = try await site.carryOut(RunOrder(kind: .apply, runbook: "data", selector: "n[1-6]"))
            #expect(ending.state.counts == [.remediated: 6], "\(ending.state.nodes)")
            for (node, word) in Self.words {
                let found = try tree("\(nodes)/\(node)")
                var wanted = [
                    "word": word, "content": "a \(word) b", "template": "<\(word)>\n", "value": "word = \(word)\n",
                    "line": "word \(word)\n", "setting": word, "environment": "\(word),\(word),\(word)",
                ]
                if word == "fine" { wanted["fine"] = "" }
                for (file, text) in wanted { #expect(found[file] == text, "\(node): \(file)") }
                #expect(found["block"]?.split(separator: "\n").contains(Substring(word)) == true, "\(node)")
                #expect(Set(found.keys) == Set(wanted.keys).union(["block"]), "\(node)")
                let advice = ending.state.nodes[node]?.advice ?? []
                #expect(advice.map(\.title) == ["it says \(word)"], "\(node)")
                #expect(advice.map(\.text) == [word], "\(node)")
            }
            // `../x` led nowhere.
            #expect(Set(try FileManager.default.contentsOfDirectory(atPath: nodes)) == Set(Self.words.keys))
            #expect(try tree(site.sshd.folder.root).keys.filter { !$0.hasPrefix("nodes/") }.sorted() == before)
        }
    }

    @Test func whereItWouldSteerTheRunbookIsNotEvenLoaded() async throws {
        try await with(["steers": Self.steers]) { site, nodes in
            let before = try tree(nodes)
            let service = try await RunService(Workspace(site.settings))
            for source in ["node.facts.word", "probes['told'].stdout", "probes['told'].stderr", "causes[0]"] {
                for step in Self.steering {
                    let body = step.replacing("VALUE", with: "\"a${{ \(source) }}\"")
                        .replacing("node.facts.word\"", with: "\(source)\"")
                    let text =
                        Self.head("steered") + Self.detect + "\nsteps: [{name: act, \(body)}]\nverify: [detect]\n"
                    try site.folder.write("runbooks/steered.yaml", text.replacing("NODES", with: nodes))
                    let error = await #expect(throws: DiagnosticsError.self, "\(source): \(step)") {
                        _ = try await service.prepare(RunOrder(kind: .apply, runbook: "steered", selector: "n[1-6]"))
                    }
                    let messages = error?.diagnostics.map(\.message) ?? []
                    #expect(
                        messages.contains { message in Self.reasons.contains { message.contains($0) } },
                        "\(source): \(step): \(messages)")
                }
            }
            try await service.close()
            #expect(try tree(nodes) == before)
            #expect(!site.sshd.log.contains("Accepted"))
        }
    }

    /// What would be data on the node itself, on another machine.
    private static let elsewhere = [
        "file: {path: NODES/elsewhere, content: VALUE}", "edit: {path: NODES/elsewhere, key: k, value: VALUE}",
        "edit: {path: NODES/elsewhere, match: k, line: VALUE}", "edit: {path: NODES/elsewhere, block: VALUE}",
        "setting: {get: cat NODES/elsewhere, set: printf %s \"$VALUE\" >NODES/elsewhere, value: VALUE}",
    ]

    @Test func onAnotherMachineItIsRefused() async throws {
        for (number, step) in Self.elsewhere.enumerated() {
            let body = step.replacing("VALUE}", with: "\"${{ node.facts.word }}\"}") + ", on: controller"
            let text = Self.head("elsewhere") + Self.detect + "\nsteps: [{name: act, \(body)}]\nverify: [detect]\n"
            try await with(["elsewhere": text]) { site, nodes in
                let before = try tree(nodes)
                let ending = try await site.carryOut(RunOrder(kind: .apply, runbook: "elsewhere", selector: "n[1-6]"))
                for node in Self.words.keys {
                    let outcome = ending.state.nodes[node]?.outcome
                    #expect(outcome?.outcome == .failed, "\(number): \(String(describing: outcome))")
                    #expect(
                        outcome?.text.contains("this value came from a node") == true,
                        "\(number): \(String(describing: outcome))")
                }
                #expect(try tree(nodes) == before)
            }
        }
    }

    @Test func onlyAWordOfTheDeclaredFormSaysWhatIsActedUpon() async throws {
        try await with(["outer": Self.outer, "fits": Self.fits]) { site, nodes in
            let before = try tree(nodes)
            let ending = try await site.carryOut(RunOrder(kind: .apply, runbook: "outer", selector: "n[1-6]"))
            #expect(ending.state.counts == [.skipped: 5, .remediated: 1], "\(ending.state.nodes)")
            for node in ["n1", "n2", "n3", "n4", "n5"] {
                let text = ending.state.nodes[node]?.outcome?.text ?? ""
                #expect(text.contains("parameter 'word' of fits"), "\(node): \(text)")
            }
            var wanted = before
            wanted["n6/fine"] = "x"
            #expect(try tree(nodes) == wanted)
        }
    }
}
