import Model
import Testing

@testable import Catalog

@Suite struct BadRunbookTests {
    /// What is added to a right runbook, and the one line that lint then says.
    struct Case: Sendable, CustomTestStringConvertible {
        var text: String
        var expected: String
        var testDescription: String { expected }

        init(_ text: String, _ expected: String) {
            self.text = text
            self.expected = expected
        }
    }

    private static let verify = "\nverify:\n  - {name: v, probe: 'true', healthy: {exit: 0}}"

    @Test func theDiagnosticOfTheFormatIsExactlyThat() throws {
        let text = Lint.runbook(
            """
            detect:
              - {name: p, probe: 'true', healthy: {exit: 0}}
            steps:
              - name: drain
                retires: 3
                drain: {reason: x}
            verify: [detect]
            """)
        #expect(
            try Lint.diagnostics(text).map(\.description) == [
                """
                x.yaml:11:5: error: unknown key 'retires' in step 'drain' (did you mean 'retries'?)
                 11 |     retires: 3
                    |     ^
                """
            ])
    }

    @Test func everyProblemIsListedAtOnceAndSorted() throws {
        let text = """
            schema_version: 2
            name: y
            version: one
            targets: "gpu[1-"
            hosts: all
            steps:
              - name: a
                run: echo ${{ params.x }}
                timeout: 5
              - name: a
                frobnicate: {}
            """
        let actual = try Lint.headlines(text)
        #expect(
            actual == [
                "x.yaml:1:1: error: runbook 'y' has no 'title' (it is text)",
                "x.yaml:1:17: error: 'schema_version' in runbook 'y' must be 1, not 2",
                "x.yaml:2:7: error: the runbook is named 'y', but its file 'x' (name both the same)",
                "x.yaml:3:10: error: 'version' in runbook 'y' must be a whole number, not 'one'",
                "x.yaml:4:14: error: this '[' is not closed (put ']' after the numbers: gpu[01-32])",
                "x.yaml:5:1: error: unknown key 'hosts' in runbook 'y' (write 'targets')",
                "x.yaml:7:5: error: nothing says how to take back step 'a' (add an 'undo' script, or irreversible: true)",
                "x.yaml:8:15: error: 'run' in step 'a' is a script, and an expression in it would become code (use the environment variable: \"$x\")",
                "x.yaml:9:14: error: 'timeout' in step 'a' must be a duration such as 30s or 1h30m, not '5' (add a unit: s, m, h)",
                "x.yaml:10:5: error: step 'a' does nothing (it needs one of run, file, edit, service, package, setting, mount, user, drain, undrain, reboot, wait, approve, collect, runbook, plugin, advise, escalate)",
                "x.yaml:10:11: error: there are two of the name 'a' (the first step is on line 7)",
                "x.yaml:11:5: error: unknown key 'frobnicate' in step 'a'",
            ])
    }

    static let schemaCases = [
        Case(
            "steps: []\nverify: detect",
            "x.yaml:8:9: error: 'verify' in runbook 'x' must be a list, not text (write [detect])"),
        Case(
            "detect:\n  - {name: p, probe: 'true', healthy: {exit: 0}, flap: 99}",
            "x.yaml:8:56: error: 'flap' in probe 'p' must be from 1 to 10, not 99"),
        Case(
            "detect:\n  - {name: p, probe: 'true', healthy: {exit: [0, 300]}}",
            "x.yaml:8:50: error: an item of 'exit' in healthy must be from 0 to 255, not 300"),
        Case(
            "steps: []\non_failure: rolback",
            "x.yaml:8:13: error: 'on_failure' in runbook 'x' must be one of rollback, stop, continue, ask, not 'rolback' (did you mean 'rollback'?)"
        ),
        Case(
            "steps: []\nbecome: yes",
            "x.yaml:8:9: error: 'become' in runbook 'x' must be true or false, not 'yes' (write true)"),
        Case(
            "steps: []\ntimeout: 30",
            "x.yaml:8:10: error: 'timeout' in runbook 'x' must be a duration such as 30s or 1h30m, not '30' (add a unit: s, m, h)"
        ),
        Case(
            "steps: []\ndescription:",
            "x.yaml:8:13: error: 'description' in runbook 'x' is empty (expected text; leave the key out if it has none)"
        ),
        Case("steps: []\ntags: gpu", "x.yaml:8:7: error: 'tags' in runbook 'x' must be a list, not text (write [gpu])"),
        Case(
            "steps: []\ncase: 12",
            "x.yaml:8:7: error: 'case' in runbook 'x' must be text, not a number (put it in quotes: \"12\")"),
        Case(
            "steps: []\ncovers: [\"4.1\"]",
            "x.yaml:8:10: error: an item of 'covers' in runbook 'x' must be an id of a support step, not '4.1' (for example 4.1/3)"
        ),
        Case(
            "steps: []\ncase: |\n  two\n  lines",
            "x.yaml:8:7: error: 'case' in runbook 'x' must be one line (write it behind the key, or use >-)"),
        Case(
            "steps: []\nstrategy: {max_failures: 10 %}",
            "x.yaml:8:26: error: 'max_failures' in strategy must be a number of nodes, or a percentage such as 10%, not '10 %'"
        ),
        Case("steps: []\nstrategy: {batch: 0}", "x.yaml:8:19: error: a wave of no nodes never ends"),
        Case(
            "steps:\n  - {name: a}",
            "x.yaml:8:5: error: step 'a' does nothing (it needs one of run, file, edit, service, package, setting, mount, user, drain, undrain, reboot, wait, approve, collect, runbook, plugin, advise, escalate)"
        ),
        Case(
            "steps:\n  - {name: a, reboot: {}, drain: {}}" + verify,
            "x.yaml:8:27: error: step 'a' can't have 'drain' and 'reboot' together (keep one of them)"),
        Case(
            "steps:\n  - {name: a, shell: echo, run: x, irreversible: true}" + verify,
            "x.yaml:8:22: error: 'shell' in step 'a' must be one of sh, bash, python3, not 'echo'"),
        Case(
            "steps:\n  - {name: a, command: reboot, wait: {probe: 'true'}}",
            "x.yaml:8:15: error: unknown key 'command' in step 'a' (write 'run')"),
        Case(
            "diagnose:\n  - {name: e, collect: 'true', findings: [{when: {exit: 0}}]}",
            "x.yaml:8:43: error: a finding says nothing (it needs one of cause, advice)"),
        Case(
            "requires:\n  - {command: a, file: /b}\nsteps: []",
            "x.yaml:8:18: error: a requirement can't have 'command' and 'file' together (keep one of them)"),
        Case(
            "requires:\n  - free_space: {path: /var, at_least: 2}\nsteps: []",
            "x.yaml:8:40: error: 'at_least' in free_space must be a size such as 2GiB, not '2' (add a unit: MiB, GiB)"),
        Case(
            "steps:\n  - drain",
            "x.yaml:8:5: error: an item of 'steps' in runbook 'x' must be a block of keys, not text (it begins with 'name:')"
        ),
        Case(
            "steps:\n  - {name: a, file: {path: /a, content: x, mode: rw}}" + verify,
            "x.yaml:8:50: error: 'mode' in file must be a file mode, not 'rw' (for example \"0644\")"),
    ]

    @Test(arguments: schemaCases)
    func whatTheSchemaSays(badCase: Case) throws {
        let actual = try Lint.headlines(Lint.runbook(badCase.text)).joined(separator: "\n")
        #expect(actual == badCase.expected)
    }

    static let probe = "detect:\n  - {name: p, probe: 'true', healthy: {exit: 0}, cause: c}\n"

    static let stepCases = [
        Case(
            probe + "steps:\n  - {name: a, run: x}" + verify,
            "x.yaml:10:5: error: nothing says how to take back step 'a' (add an 'undo' script, or irreversible: true)"),
        Case(
            probe + "steps:\n  - {name: a, run: x, undo: y, irreversible: true}" + verify,
            "x.yaml:10:46: error: step 'a' has an 'undo' and is called irreversible (keep one of them)"),
        Case(
            probe + "steps:\n  - {name: a, run: x, capture: y, irreversible: true}" + verify,
            "x.yaml:10:32: error: nothing reads what step 'a' captures (add an 'undo' that reads standard input)"),
        Case(
            probe + "steps:\n  - {name: a, for: [d], reboot: {}}" + verify,
            "x.yaml:10:21: error: no probe finds the cause 'd' (did you mean 'c'?)"),
        Case(
            probe + "steps:\n  - {name: a, gate: window, reboot: {}}" + verify,
            "x.yaml:10:21: error: step 'a' waits for a window, but the runbook names none (add window: {calendar: NAME})"
        ),
        Case(
            probe + "steps:\n  - {name: a, gate: none, wait: {probe: x}}",
            "x.yaml:10:21: error: 'wait' changes nothing, so it has no 'gate'"),
        Case(
            probe + "steps:\n  - {name: a, reboot: {}, guard: 2m}" + verify,
            "x.yaml:10:34: error: 'guard' arms an undo, and step 'a' has none"),
        Case(
            probe + "steps:\n  - {name: a, reboot: {}}\n  - {name: a, drain: {}}" + verify,
            "x.yaml:11:12: error: there are two of the name 'a' (the first step is on line 10)"),
        Case(
            probe + "steps:\n  - {name: a, advise: {title: t, text: t, evidence: [q]}}",
            "x.yaml:10:54: error: there is no probe, evidence or step 'q' (did you mean 'a'?)"),
        Case(
            probe + "steps:\n  - {name: a, setting: {get: g, set: s, value: v}, depends: [b]}" + verify,
            "x.yaml:10:62: error: there is no step 'b' (did you mean 'a'?)"),
        Case(
            probe + "steps:\n  - {name: a, reboot: {}}",
            "x.yaml:10:3: warning: nothing proves that the steps helped (add verify: [detect])"),
        Case(
            probe + "steps:\n  - {name: a, edit: {path: /a, key: k}}" + verify,
            "x.yaml:10:21: error: 'key' needs a 'value' (add 'value', or absent: true to remove it)"),
        Case(
            probe + "steps:\n  - {name: a, edit: {path: /a, block: k, line: l}}" + verify,
            "x.yaml:10:48: error: 'line' goes with 'match' (add 'match')"),
        Case(
            probe + "steps:\n  - {name: a, edit: {path: etc/a, block: k}}" + verify,
            "x.yaml:10:28: error: 'etc/a' is no absolute path without '..'"),
        Case(
            probe + "steps:\n  - {name: a, edit: {path: /etc/../a, block: k}}" + verify,
            "x.yaml:10:28: error: '/etc/../a' is no absolute path without '..'"),
        Case(
            probe + "steps:\n  - {name: a, edit: {path: /a, key: k, value: \"v\\nw\"}}" + verify,
            "x.yaml:10:47: error: 'value' in edit must be one line"),
        Case(
            probe + "steps:\n  - {name: a, user: {name: root, key: \"k\\nk2\"}}" + verify,
            "x.yaml:10:39: error: 'key' in user 'root' must be one line"),
        Case(
            probe + "steps:\n  - {name: a, edit: {path: /a, match: '(', line: l}}" + verify,
            "x.yaml:10:39: error: '(' is not closed in the pattern, at character 2"),
        Case(
            probe + "steps:\n  - {name: a, package: {name: x, state: absent, version: '1'}}" + verify,
            "x.yaml:10:58: error: a version goes with state: present, not with absent (leave one of them out)"),
        Case(
            probe + "steps:\n  - {name: a, package: {name: {rhel: x}}}" + verify,
            "x.yaml:10:31: error: the package has no name for debian (add one, or take it out of 'platforms')"),
        Case(
            probe + "steps:\n  - {name: a, service: {name: {debain: x}, state: started}}" + verify,
            "x.yaml:10:31: error: the service has no name for debian (add one, or take it out of 'platforms')\nx.yaml:10:32: error: there is no family 'debain' (did you mean 'debian'?)"
        ),
        Case(
            probe + "steps:\n  - {name: a, run: x, undo: y, on: rolle:x}" + verify,
            "x.yaml:10:36: error: 'on' in step 'a' must be a place to run on, not 'rolle:x' (for example controller, role:slurm-controller or group:login)"
        ),
        Case(
            probe + "steps:\n  - {name: a, run: x, undo: y, env: {RUNBOOK_X: z}}" + verify,
            "x.yaml:10:38: error: variables that begin with RUNBOOK_ are the program's own (choose another name)"),
        Case(
            probe + "steps:\n  - {name: a, run: x, undo: y, env: {LD_PRELOAD: '${{ node.name }}'}}" + verify,
            "x.yaml:10:50: error: 'LD_PRELOAD' changes what programs do, so its value must be fixed text (choose another name)"
        ),
        Case(
            probe + "steps: []\napprove: {approvers: [a, a], min_approvals: 2}",
            "x.yaml:10:45: error: 2 approvals are needed, but only 1 may give one"),
        Case(
            probe + "steps:\n  - {name: a, run: x, undo: y, until: 'true'}" + verify,
            "x.yaml:10:39: warning: step 'a' is tried once, so 'until' can only fail it (add retries: {attempts: N})"),
        Case(
            probe + "steps: []\nschedule: {cron: '0 25 * * *'}",
            "x.yaml:10:18: error: '25' is no hour (from 0 to 23, *, ranges a-b, steps */n)"),
        Case(
            probe + "steps: []\nschedule: {cron: '0 0 30 2 *'}",
            "x.yaml:10:18: error: there is no day 30 in month 2 (choose a day that comes)"),
        Case(
            probe + "steps: []\nschedule: {cron: '@daily'}",
            "x.yaml:10:18: error: a cron time has five fields, not 1 (minute hour day month weekday: '0 3 * * 1-5' is 03:00 on weekdays)"
        ),
        Case(
            probe + "steps: []\nschedule: {cron: '0 0 * * *', timezone: Europe/Berln}",
            "x.yaml:10:41: error: there is no time zone 'Europe/Berln' (did you mean 'Europe/Berlin'?)"),
    ]

    @Test(arguments: stepCases)
    func whatStepsSay(badCase: Case) throws {
        let actual = try Lint.headlines(Lint.runbook(badCase.text)).joined(separator: "\n")
        #expect(actual == badCase.expected)
    }

    static let ladderCases = [
        Case(
            probe + "steps:\n  - {name: a, escalate: {rungs: [{name: b, escalate: {rungs: []}}]}}" + verify,
            "x.yaml:10:34: error: 'escalate' can't be a rung (put it before or after the ladder)"),
        Case(
            probe + "steps:\n  - {name: a, gate: none, escalate: {rungs: [{name: b, run: x, undo: y}]}}" + verify,
            "x.yaml:10:21: error: 'escalate' holds steps and has no 'gate' itself (give it to those steps)"),
        Case(
            probe + "steps:\n  - {name: a, each: node.facts.list, service: {name: x, state: started}}" + verify,
            "x.yaml:10:21: error: 'each' needs a list, but 'node.facts.list' is text\nx.yaml:10:21: error: 'node.facts.list' is only known when the node was asked, but 'each' must be known before (loop in the script)"
        ),
    ]

    @Test(arguments: ladderCases)
    func laddersAndLoopsAreLimited(badCase: Case) throws {
        let actual = try Lint.headlines(Lint.runbook(badCase.text)).joined(separator: "\n")
        #expect(actual == badCase.expected)
    }

    static let warningCases = [
        Case(
            probe + "steps:\n  - {name: a, for: [c], reboot: {}}",
            "x.yaml:10:3: warning: nothing proves that the steps helped (add verify: [detect])"),
        Case(
            "detect:\n  - {name: p, probe: 'true', healthy: {exit: 0}, causes: [{id: c, when: {exit: 1}}, {id: d, when: {exit: 2}}]}\nsteps:\n  - {name: a, for: [c], reboot: {}}"
                + verify,
            "x.yaml:8:90: warning: nothing is done about the cause 'd' (add a step or an advise with for: [d])"),
    ]

    @Test(arguments: warningCases)
    func whatIsDoubtfulIsWarnedOf(badCase: Case) throws {
        let actual = try Lint.headlines(Lint.runbook(badCase.text)).joined(separator: "\n")
        #expect(actual == badCase.expected)
    }

    static let probeCases = [
        Case(
            "detect:\n  - {name: p, probe: 'true'}",
            "x.yaml:8:5: error: no answer of probe 'p' is healthy (add healthy: {exit: 0}, or answer: lines)"),
        Case(
            "detect:\n  - {name: p, probe: 'true', answer: lines, healthy: {exit: 0}}",
            "x.yaml:8:54: error: probe 'p' answers in lines, so it has no 'healthy' (let it print 'healthy' or 'cause ID')"
        ),
        Case(
            "detect:\n  - {name: p, probe: 'true', healthy: {exit: 0}, cause: c, causes: []}",
            "x.yaml:8:60: error: probe 'p' can't have 'causes' and 'cause' together (keep one of them)"),
        Case(
            "detect:\n  - {name: p, probe: 'true', healthy: {exit: 0}, needs: q}\n  - {name: q, probe: 'true', healthy: {exit: 0}}",
            "x.yaml:8:57: error: the probe 'q' is asked later (put it before this one)"),
        Case(
            "detect:\n  - {name: p, probe: 'true', healthy: {exit: 0}, needs: qq}",
            "x.yaml:8:57: error: there is no probe 'qq'"),
        Case(
            "detect:\n  - {name: p, probe: 'true', healthy: {exit: 0}}\n  - {name: q, probe: 'true', healthy: {exit: 0}, needs: [p, qq]}",
            "x.yaml:9:61: error: there is no probe 'qq' (did you mean 'q'?)"),
        Case(
            probe
                + "steps:\n  - {name: a, reboot: {}}\nverify:\n  - {name: v, probe: 'true', healthy: {exit: 0}, needs: p}",
            "x.yaml:12:57: error: 'needs' is for probes of detect and for evidence only (probes of verify are asked in order, up to one that does not hold)"
        ),
        Case(
            "steps:\n  - {name: a, plugin: {name: q}, undo: x}",
            "x.yaml:8:40: error: 'plugin' runs on the controller and has no 'undo'"),
        Case(
            "detect:\n  - {name: p, probe: 'true', healthy: {exit: 0}, within: 5s}",
            "x.yaml:8:58: error: 'within' is for probes of verify only"),
        Case(
            "detect:\n  - {name: p, probe: 'true', healthy: {exit: 0}, cause: c, unless: c}",
            "x.yaml:8:68: error: 'unless' is for probes of verify only"),
        Case(
            "detect:\n  - {name: p, probe: 'true', healthy: {exit: 0}, cause: c, for: c}",
            "x.yaml:8:65: error: 'for' is for probes of verify only"),
        Case(
            probe
                + "steps:\n  - {name: a, reboot: {}}\nverify:\n  - {name: v, probe: 'true', healthy: {exit: 0}, unless: [d]}",
            "x.yaml:12:59: error: no probe finds the cause 'd' (did you mean 'c'?)"),
        Case(
            "detect:\n  - {name: p, probe: 'true', gather: p}",
            "x.yaml:8:38: error: 'gather' reads the answers of all nodes (add on: controller and run_once: true)"),
        Case(
            "detect:\n  - {name: p, probe: 'true', healthy: {stdout: {matches: '(?=x)'}}}",
            "x.yaml:8:58: error: looking ahead or behind is not supported in the pattern, at character 2 (patterns run in linear time; say it with plain groups, classes and repeats)"
        ),
        Case(
            "detect:\n  - {name: p, probe: 'true', healthy: {stdout: {at_least: many}}}",
            "x.yaml:8:59: error: 'many' is no number"),
        Case(
            "detect:\n  - {name: p, probe: 'true', healthy: {exits: 0}}",
            "x.yaml:8:39: error: healthy says nothing (it needs one of exit, stdout, stderr, when)\nx.yaml:8:40: error: unknown key 'exits' in healthy (did you mean 'exit'?)"
        ),
        Case("verify: [detect]\nsteps: []", "x.yaml:7:9: error: verify asks the probes of detect, and there are none"),
        Case(
            "use: [probes/none]",
            "x.yaml:7:7: error: there is no file of shared probes 'probes/none' (it would be probes/none.yaml below the runbooks' folder)"
        ),
        Case("use: [../x]", "x.yaml:7:7: error: shared probes are named probes/NAME, not '../x'"),
    ]

    @Test(arguments: probeCases)
    func whatProbesSay(badCase: Case) throws {
        let actual = try Lint.headlines(Lint.runbook(badCase.text)).joined(separator: "\n")
        #expect(actual == badCase.expected)
    }
}
