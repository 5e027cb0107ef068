import Foundation
import Testing

/// The service as a systemd unit with its hardening, on a node that boots systemd.
@Suite(.serialized) struct ServiceUnitTests {
    private static let units = Lab.root + "/Packaging/systemd"
    private static let program = Lab.root + "/.build/debug/runbook"

    private static let runbook = """
        schema_version: 1
        name: uptime
        version: 1
        title: Whether a node answers
        targets: web01
        detect: [{name: answers, probe: "true", healthy: {exit: 0}}]
        steps: [{name: say, advise: {title: Down, text: It is down}}]

        """

    private static let settings = """
        inventory: [Inventory]
        runbooks: Runbooks
        db: /var/lib/runbook/runbook.db
        known_hosts: [/var/lib/runbook/known_hosts]
        ssh_config: none
        service: /run/runbook/socket
        plugin_sandbox: required

        """

    /// A source of nodes whose names tell what it sees.
    private static let source = """
        #!/bin/sh
        cat /var/lib/runbook/runbook.db >/dev/null 2>&1 && db=seen || db=hidden
        cat /var/lib/runbook/.ssh/id_ecdsa >/dev/null 2>&1 && key=seen || key=hidden
        [ -e /run/runbook/socket ] && socket=seen || socket=hidden
        pid=$(cat /sys/fs/cgroup/system.slice/runbook.service/cgroup.procs 2>/dev/null | head -1)
        cat "/proc/${pid:-1}/root/var/lib/runbook/runbook.db" >/dev/null 2>&1 && root=seen || root=hidden
        printf '{"all": {"hosts": ["db-%s", "key-%s", "socket-%s", "root-%s"]}}' "$db" "$key" "$socket" "$root"

        """

    private func shell(_ lab: Lab, _ script: String) throws -> Lab.Result {
        try lab.node("ctl", "sh", "-c", script)
    }

    /// Puts the program with its libraries, the units, settings, keys and a user of the socket's group onto the node.
    private func install(_ lab: Lab) throws {
        let etc = lab.folder + "/etc"
        for folder in ["Inventory", "Runbooks", "Plugins"] {
            try FileManager.default.createDirectory(atPath: "\(etc)/\(folder)", withIntermediateDirectories: true)
        }
        try Self.settings.write(toFile: etc + "/runbook.yaml", atomically: true, encoding: .utf8)
        try Self.runbook.write(toFile: etc + "/Runbooks/uptime.yaml", atomically: true, encoding: .utf8)
        try FileManager.default.copyItem(
            atPath: Lab.root + "/Runbooks/security/audit-export.yaml", toPath: etc + "/Runbooks/audit-export.yaml")
        try FileManager.default.createDirectory(atPath: "\(etc)/Plugins/inventory", withIntermediateDirectories: true)
        try Self.source.write(toFile: etc + "/Plugins/inventory/look", atomically: true, encoding: .utf8)
        chmod(etc + "/Plugins/inventory/look", 0o755)
        let inventory = try String(contentsOfFile: lab.folder + "/inventory/site.yaml", encoding: .utf8)
        try (inventory + "\nsources: [{plugin: look}]\n").replacing(
            "\(lab.folder)/id_ecdsa", with: "/var/lib/runbook/.ssh/id_ecdsa"
        )
        .write(toFile: etc + "/Inventory/site.yaml", atomically: true, encoding: .utf8)
        let script = """
            set -eu
            into() { \(Lab.root)/Tests/Lab/lab node --dir \(lab.folder) ctl -- "$@"; }
            { echo \(Self.program); echo /usr/bin/bwrap; ldd \(Self.program) /usr/bin/bwrap | awk '$3 ~ /^\\// {print $3}'; } >\(lab.folder)/program
            tar -chPf - -T \(lab.folder)/program | into tar -xP
            tar -cf - -C \(etc) . | into sh -c 'mkdir /etc/runbook && tar -x --no-same-owner -C /etc/runbook && chmod -R go-w /etc/runbook'
            tar -cf - -C \(Self.units) . | into sh -c 'mkdir /root/units && tar -x -C /root/units'
            tar -cf - -C \(lab.folder) id_ecdsa known_hosts | into sh -c 'mkdir /root/keys && tar -x --no-same-owner -C /root/keys'
            into sh -euc '
                ln -s \(Self.program) /usr/bin/runbook
                cp /root/units/runbook.service /usr/lib/systemd/system/
                cp /root/units/runbook.sysusers /usr/lib/sysusers.d/runbook.conf
                systemd-sysusers
                install -d -o runbook -g runbook -m 700 /var/lib/runbook /var/lib/runbook/.ssh
                install -o runbook -g runbook -m 600 /root/keys/id_ecdsa /var/lib/runbook/.ssh/
                install -o runbook -g runbook -m 600 /root/keys/known_hosts /var/lib/runbook/
                usermod -aG runbook admin
                systemctl daemon-reload'
            """
        let installed = try Lab.run(["/bin/bash", "-c", script])
        guard installed.status == 0 else { throw Lab.Failure(text: installed.output + installed.error) }
    }

    @Test func itStartsAnswersReloadsAndStopsUnderItsHardening() throws {
        try Lab.with(["--nodes", "ctl,web01"]) { lab in
            try install(lab)
            // With Type=notify this comes back once the service has said that it is ready.
            let started = try shell(lab, "systemctl start runbook || journalctl -u runbook --no-pager; exit 0")
            #expect(started.output.isEmpty, "\(started.output)")
            let shown = try shell(lab, "systemctl show runbook -P ActiveState -P User -P WatchdogUSec")
            #expect(Set(shown.output.split(separator: "\n")) == ["active", "runbook", "3min"])

            // A user of the socket's group gets a node looked at, and neither database nor keys.
            let looked = try shell(lab, "runuser -u admin -- runbook diagnose uptime --nodes web01")
            #expect(looked.status == 0, "\(looked.output)\(looked.error)")
            #expect(looked.output.contains("healthy"))
            #expect(try shell(lab, "runuser -u admin -- cat /var/lib/runbook/runbook.db").status != 0)
            let refused = try shell(lab, "runuser -u nobody -- runbook runs")
            #expect(refused.status == 2)
            #expect(refused.error.contains("Ask to be added to the group of the socket"))

            // A plugin runs in its sandbox, under the hardening too, and sees nothing of the service's.
            let nodes = try shell(lab, "runuser -u admin -- runbook nodes list")
            for name in ["db-hidden", "key-hidden", "socket-hidden", "root-hidden"] {
                #expect(nodes.output.contains(name), "\(nodes.output)\(nodes.error)")
            }

            // What is wrong is not taken over, and the unit goes on.
            _ = try shell(
                lab, "echo 'targets: [' >>/etc/runbook/Runbooks/uptime.yaml; systemctl reload runbook; sleep 2")
            #expect(try shell(lab, "systemctl is-active runbook").output == "active\n")
            let journal = try shell(lab, "journalctl -u runbook --no-pager -o cat")
            #expect(journal.output.contains("uptime.yaml:"), "\(journal.output)")
            #expect(!journal.output.contains("thread priority"))

            let stopped = try shell(lab, "systemctl stop runbook; systemctl show runbook -P ActiveState -P Result")
            #expect(Set(stopped.output.split(separator: "\n")) == ["inactive", "success"])
        }
    }

    /// What a job runs on the controller is under the service's limits, and calls the program itself.
    @Test func theAuditTrailIsExportedUnderItsHardening() throws {
        try Lab.with(["--nodes", "ctl,web01"]) { lab in
            try install(lab)
            _ = try shell(lab, "systemctl start runbook")
            let applied = try shell(
                lab, "runuser -u admin -- runbook apply audit-export --yes --param until=2099-01-01")
            #expect(applied.status == 0, "\(applied.output)\(applied.error)")
            let found = try shell(lab, "stat -c '%U %a %n' /var/lib/runbook/export/*")
            #expect(
                found.output.split(separator: "\n") == [
                    "runbook 700 /var/lib/runbook/export/audit-2099-01-01",
                    "runbook 600 /var/lib/runbook/export/runbook-2099-01-01.db",
                ], "\(found.output)\(found.error)")
        }
    }
}
