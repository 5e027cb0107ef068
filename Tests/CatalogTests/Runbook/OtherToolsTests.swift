import Testing

@testable import Catalog

/// Words of other tools are answered with what they are called here.
@Suite struct OtherToolsTests {
    private static let tail = "verify: [detect]\n"
    private static let head = "detect:\n  - {name: p, probe: x, healthy: {exit: 0}}\n"

    /// Holds that a runbook with `text` behind its detect is answered with the hint.
    private func expect(_ hint: String, _ text: String) throws {
        let found = try Lint.headlines(Lint.runbook(Self.head + text))
        #expect(found.contains { $0.hasSuffix("(\(hint))") }, "\(found)")
    }

    @Test(arguments: [
        ("become_user: bob", "the inventory's 'become: {user: …}' says as whom"),
        ("forks: 5", "write 'concurrency' in 'strategy'"), ("throttle: 5", "write 'concurrency' in 'strategy'"),
        ("ignore_errors: true", "write 'on_failure: continue'"), ("changed_when: false", "write 'check'"),
        ("failed_when: x", "end the script with another status, or write 'until'"),
        ("ansible.builtin.copy: {src: a}", "write 'file'"), ("yum: {name: a}", "write 'package'"),
        ("blockinfile: {path: a}", "write 'edit'"), ("wait_for: {port: 1}", "write 'wait'"),
        ("include_tasks: a", "write 'runbook: NAME'"), ("async: 5", "write 'timeout'; a step outlives its connection"),
        ("loop: [1]", "write 'each'"), ("register: a", "use steps['name'].stdout"),
        ("notify: restart", "there are no handlers: add a step with when: steps['name'].changed"),
    ])
    func ofAStep(key: String, hint: String) throws {
        try expect(hint, "steps:\n  - {name: a, run: x, undo: y, \(key)}\n" + Self.tail)
    }

    @Test(arguments: [
        ("handlers: []", "there are no handlers: add a step with when: steps['name'].changed"),
        ("pre_tasks: []", "write 'steps'"), ("gather_facts: false", "leave it out: only what probes ask is gathered"),
        ("any_errors_fatal: true", "write 'max_failures: 0' in 'strategy'"),
        ("remote_user: bob", "the inventory's 'ssh: {user: …}' says as whom"),
        ("vars_files: []", "write 'parameters', or 'vars' in the inventory"),
        ("serial: 1", "write 'canary' and 'batch' in 'strategy'"),
    ])
    func ofARunbook(key: String, hint: String) throws {
        try expect(hint, "steps:\n  - {name: a, run: x, undo: y}\n" + Self.tail + key + "\n")
    }

    @Test(arguments: [
        ("forks: 5", "write 'concurrency'"), ("serial: 1", "write 'canary' and 'batch'"),
        ("max_fail_percentage: 10", "write 'max_failures'"),
    ])
    func ofTheStrategy(key: String, hint: String) throws {
        try expect(hint, "strategy: {\(key)}\nsteps:\n  - {name: a, run: x, undo: y}\n" + Self.tail)
    }
}
