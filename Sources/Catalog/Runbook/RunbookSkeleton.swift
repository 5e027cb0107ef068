import Model

/// The text that `runbook new` begins with: a runbook that loads, with what an author has to fill in.
package enum RunbookSkeleton {
    /// A runbook named `name`, or nil where that can't be a name.
    package static func text(name: String) -> String? {
        guard WordForm.runbookName.fits(name) else { return nil }
        return """
            schema_version: 1
            name: \(name)
            version: 1
            title: What it mends, in one line
            description: >-
              How the fault shows, and what is done about it.
            owners: [your-team]
            platforms: [debian, ubuntu]
            targets: "@all-of-them"                  # the widest set that it may touch

            parameters:
              unit: {type: string, pattern: '[a-z][a-z0-9@._-]*', default: cron, description: The unit to look after}

            strategy:
              canary: [1]
              batch: 25%
              max_failures: 10%

            # Read-only. A node where every probe is healthy is left alone. Scripts find parameters as $unit.
            detect:
              - name: unit runs
                probe: systemctl is-active --quiet "$unit"
                healthy: {exit: 0}
                causes:
                  - {id: stopped, when: {exit: 3}}

            # Read-only evidence that is kept with the run.
            diagnose:
              - name: log
                collect: journalctl -u "$unit" -n 100 --no-pager || true

            steps:
              - name: start the unit
                for: [stopped]
                service: {name: "${{ params.unit }}", state: started}

            verify:
              - detect

            on_failure: rollback

            """
    }

    /// The test that goes beside it as `NAME.faults.yaml`.
    package static func faults(name: String) -> String {
        """
        schema_version: 1
        runbook: \(name)

        # Throwaway nodes. `runbook test \(name)` boots them and holds the whole protocol for each fault.
        nodes:
          node01:
            setup: |
              printf '%s\\n' '[Service]' 'ExecStart=/bin/sleep infinity' >/etc/systemd/system/example.service
              systemctl daemon-reload
              systemctl start example

        # Compared before and after.
        watch: ["unit:example", /etc/systemd/system/example.service]

        parameters: {unit: example}

        faults:
          - id: stopped
            title: The unit does not run
            cause: stopped
            on: node01
            inject: systemctl stop example
            independent: pgrep -f '^/bin/sleep infinity'
            blind: systemctl

        """
    }
}
