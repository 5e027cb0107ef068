/// Keys of other tools, Ansible's above all, and what they are called here.
enum OtherTools {
    /// - Parameter noun: the block that the key stands in.
    static func hint(_ key: String, in noun: String) -> String? {
        let word = key.split(separator: ".").last.map(String.init) ?? key
        switch noun {
        case "runbook": return ofRunbooks[word] ?? ofSteps[word]
        case "step": return ofSteps[word] ?? ofRunbooks[word]
        case "strategy": return ofStrategies[word]
        default: return nil
        }
    }

    private static let handlers = "there are no handlers: add a step with when: steps['name'].changed"

    private static let ofStrategies = [
        "forks": "write 'concurrency'", "throttle": "write 'concurrency'", "serial": "write 'canary' and 'batch'",
        "max_fail_percentage": "write 'max_failures'", "any_errors_fatal": "write 'max_failures: 0'",
    ]

    private static let ofRunbooks = [
        "hosts": "write 'targets'", "tasks": "write 'steps'", "pre_tasks": "write 'steps'",
        "post_tasks": "write 'steps', or 'always' for what comes in any case", "handlers": handlers,
        "roles": "write 'runbook: NAME' as a step", "vars": "write 'parameters'",
        "vars_prompt": "write 'parameters'; what is needed is asked for with --param",
        "vars_files": "write 'parameters', or 'vars' in the inventory",
        "serial": "write 'canary' and 'batch' in 'strategy'", "forks": "write 'concurrency' in 'strategy'",
        "max_fail_percentage": "write 'max_failures' in 'strategy'",
        "any_errors_fatal": "write 'max_failures: 0' in 'strategy'",
        "gather_facts": "leave it out: only what probes ask is gathered",
        "remote_user": "the inventory's 'ssh: {user: …}' says as whom",
        "become_user": "the inventory's 'become: {user: …}' says as whom",
        "become_method": "the inventory's 'become: {method: …}' says how",
        "import_playbook": "write 'runbook: NAME' as a step",
    ]

    private static let ofSteps = [
        "shell": "write 'run'", "command": "write 'run'", "script": "write 'run'", "exec": "write 'run'",
        "raw": "write 'run'", "copy": "write 'file'", "template": "write 'file'", "lineinfile": "write 'edit'",
        "blockinfile": "write 'edit'", "replace": "write 'edit'", "ini_file": "write 'edit'",
        "apt": "write 'package'", "dnf": "write 'package'", "yum": "write 'package'", "zypper": "write 'package'",
        "systemd": "write 'service'", "systemd_service": "write 'service'", "sysctl": "write 'setting'",
        "authorized_key": "write 'user'", "reload": "write 'service: {state: reloaded}'",
        "wait_for": "write 'wait'", "pause": "write 'wait', or 'approve' for a person", "debug": "write 'collect'",
        "fail": "write 'requires' above the steps", "assert": "write 'requires' above the steps",
        "include_role": "write 'runbook: NAME'", "import_role": "write 'runbook: NAME'",
        "include_tasks": "write 'runbook: NAME'", "import_tasks": "write 'runbook: NAME'",
        "block": "write the steps one after the other; 'undo' and 'on_failure' say what follows a failure",
        "rescue": "write 'undo' and 'on_failure'", "register": "use steps['name'].stdout",
        "with_items": "write 'each'", "with_dict": "write 'each'", "loop": "write 'each'",
        "loop_control": "write 'each'", "delegate_to": "write 'on'", "local_action": "write 'on: controller'",
        "no_log": "write 'sensitive'", "vars": "write 'parameters' above the steps", "rollback": "write 'undo'",
        "environment": "write 'env'", "delay": "write 'retries: {attempts, delay}'",
        "ignore_errors": "write 'on_failure: continue'", "changed_when": "write 'check'",
        "failed_when": "end the script with another status, or write 'until'",
        "async": "write 'timeout'; a step outlives its connection",
        "poll": "write 'timeout'; a step outlives its connection", "notify": handlers, "listen": handlers,
        "throttle": "write 'concurrency' in 'strategy'", "id": "write 'name'",
        "tags": "steps have no tags: 'when' and 'for' choose them",
    ]
}
