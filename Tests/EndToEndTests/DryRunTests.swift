import Foundation
import Testing

/// A dry run leaves the whole node as it was.
@Suite(.serialized) struct DryRunTests {
    /// A step of each kind that works on the node itself, each with something to change.
    private static let runbook = """
        schema_version: 1
        name: many
        version: 1
        title: Steps of many kinds
        targets: "@*"
        detect:
          - name: done
            probe: grep -qx 'level = 3' /etc/many.conf
            healthy: {exit: 0}
            causes: [{id: undone, when: {exit: 1}}]
        diagnose:
          - {name: configuration, collect: cat /etc/many.conf}
        steps:
          - {name: written, file: {path: /srv/many/new, content: "new\\n", owner: admin, mode: "0640"}}
          - {name: removed, file: {path: /srv/old, absent: true}}
          - {name: edited, edit: {path: /etc/many.conf, key: level, separator: " = ", value: "3"}}
          - {name: stopped, service: {name: many, state: stopped, enabled: false}}
          - {name: uninstalled, package: {name: lsof, state: absent}}
          - {name: set, setting: {get: cat /srv/value, set: 'echo "$VALUE" >/srv/value', value: "2"}}
          - {name: mounted, mount: {path: /mnt/many, source: tmpfs, type: tmpfs, fstab: true}}
          - {name: let in, user: {name: admin, key: ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIKq1 many}}
          - {name: run, check: test -e /srv/ran, run: touch /srv/ran, undo: rm -f /srv/ran}
        verify: [detect]
        """

    private static let setup = #"""
        set -e
        echo 'level = 1' >/etc/many.conf
        echo old >/srv/old
        echo 1 >/srv/value
        printf '[Service]\nExecStart=/bin/sleep infinity\n[Install]\nWantedBy=multi-user.target\n' >/etc/systemd/system/many.service
        systemctl enable --quiet --now many
        """#

    /// All files with their kind, mode, owner, size, time, link and digest, but for what belongs to the kernel, and to the
    /// service manager and its log.
    private static let tree = #"""
        set -- -path /proc -o -path /sys -o -path /dev -o -path /run -o -path /tmp -o -path /var/log \
            -o -path /var/lib/systemd
        {
            find / -xdev \( "$@" \) -prune -o -printf '%p %y %m %U:%G %s %T@ %l\n'
            find / -xdev \( "$@" \) -prune -o -type f -exec sha256sum -- {} +
            echo "many $(systemctl is-active many) $(systemctl is-enabled many)"
            findmnt /mnt/many
        } | sort
        """#

    private func look(_ lab: Lab) throws -> Set<Substring> {
        let tree = try lab.node("node01", "sh", "-c", Self.tree)
        #expect(tree.error.isEmpty, "\(tree.error)")
        return Set(tree.output.split(separator: "\n"))
    }

    @Test func nothingOnTheNodeDiffersAfterwards() throws {
        try Lab.with(["--nodes", "node01"], runbooks: ["many": Self.runbook]) { lab in
            let prepared = try lab.node("node01", "sh", "-c", Self.setup)
            #expect(prepared.status == 0, "\(prepared.error)")
            let before = try look(lab)
            #expect(before.count > 1_000)
            let preview = try lab.runbook("apply", "many", "--nodes", "node01", "--dry-run")
            #expect(preview.status == 0, "\(preview.output)\(preview.error)")
            // Each step was asked what it would do; of two the answer may be another after the package is gone.
            let lines = preview.output.split(separator: "\n")
            #expect(lines.count { $0.hasPrefix("       change: node01") } == 7, "\(preview.output)")
            #expect(lines.count { $0.hasPrefix("       unknown: node01") } == 2, "\(preview.output)")
            let after = try look(lab)
            #expect(after.symmetricDifference(before).sorted() == [])

            // What the steps do would have been seen.
            let mended = try lab.runbook("apply", "many", "--nodes", "node01", "--yes", "--output", "jsonl")
            #expect(mended.counts == ["remediated": 1], "\(mended.output)\(mended.error)")
            let changed = try look(lab).symmetricDifference(before)
            for place in [
                "/srv/many/new ", "/srv/old ", "/etc/many.conf ", "many inactive disabled", "/usr/bin/lsof ",
                "/srv/value ", "/mnt/many ", "/etc/fstab ", "/home/admin/.ssh/authorized_keys ", "/srv/ran ",
            ] {
                #expect(changed.contains { "\($0) ".contains(place) }, "\(place)")
            }
        }
    }
}
