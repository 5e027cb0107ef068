import Engine
import Foundation
import Model
import Testing

extension LabVerbTests {
    @Suite("mount", .serialized)
    struct MountStepTests {
        let lab: LabFixture
        let node = "node01"

        /// Without the numbers that the kernel gives each mount anew.
        static let observed = """
            sed 's/^[0-9]* [0-9]* [0-9:]* //; s/ shared:[0-9]*//' /proc/self/mountinfo | grep -e /mnt -e /srv | sort; cat /etc/fstab 2>/dev/null; stat -c '%a %u %n' /etc/fstab; ls -d /mnt/* 2>/dev/null; true
            """

        init() throws {
            lab = try LabFixture.shared.get()
            try lab.sh(
                node,
                """
                for m in $(awk '$5 ~ "^/mnt/" { print $5 }' /proc/self/mountinfo); do umount "$(printf '%b' "$m" | sed 's/\\\\0/\\\\/g')"; done
                umount '/mnt/a b' 2>/dev/null; rm -rf /mnt/*; printf '# table\\nnone /mnt/other tmpfs noauto 0 0\\n' > /etc/fstab
                systemctl daemon-reload
                """)
        }

        func program(
            _ path: String, source: String? = "tmpfs", type: String? = "tmpfs", options: String? = nil,
            _ state: MountVerb.State = .mounted, fstab: Bool = false
        ) throws -> StepProgram {
            try Lowered.program(
                .mount(
                    MountVerb(
                        path: Lowered.text(path), source: source.map(Lowered.text), type: type.map(Lowered.text),
                        options: options.map(Lowered.text), state: state, fstab: fstab)))
        }

        @Test("is mounted, with its folder and its line, and all of that goes again")
        func mounted() throws {
            let program = try program("/mnt/a b", options: "size=1m,noexec", fstab: true)
            #expect(
                try lab.predict(program, on: node).diff?.contains("+tmpfs /mnt/a\\040b tmpfs size=1m,noexec 0 0\n")
                    == true)
            try lab.live(program, on: node, observed: Self.observed) { () throws in
                #expect(try lab.text(node, "findmnt -n -o FSTYPE,OPTIONS '/mnt/a b'").contains("noexec"))
                #expect(
                    try lab.text(node, "tail -n 2 /etc/fstab")
                        == "none /mnt/other tmpfs noauto 0 0\ntmpfs /mnt/a\\040b tmpfs size=1m,noexec 0 0\n")
            }
        }

        @Test("is unmounted and mounted again as it was")
        func unmounted() throws {
            try lab.sh(
                node,
                "mkdir /mnt/x; mount -t tmpfs -o size=1m,nosuid,mode=700 scratch /mnt/x; echo 'scratch /mnt/x tmpfs size=1m 0 0' >> /etc/fstab"
            )
            try lab.live(
                try program("/mnt/x", source: nil, type: nil, .unmounted, fstab: true), on: node,
                observed: Self.observed
            ) { () throws in
                #expect(try lab.sh(node, "findmnt /mnt/x").status != 0)
                #expect(try lab.sh(node, "grep scratch /etc/fstab").status != 0)
            }
        }

        @Test("is mounted with other options, and back")
        func remounted() throws {
            try lab.sh(node, "mkdir /mnt/x; mount -t tmpfs -o rw,size=1m scratch /mnt/x")
            try lab.live(
                try program("/mnt/x", source: "scratch", options: "ro,noexec"), on: node, observed: Self.observed)
        }

        @Test("another file system at the path is not mounted over")
        func occupied() throws {
            try lab.sh(node, "mkdir /mnt/x; mount -t tmpfs theirs /mnt/x")
            let report = try lab.predict(try program("/mnt/x"), on: node)
            #expect(report.kind == .unknown)
            #expect(report.reason.contains("mounted from theirs already"))
            #expect(try lab.run(try program("/mnt/x").apply, on: node).status == 1)
        }

        @Test("a Lustre file system is known by its servers' addresses, which the kernel has")
        func byAddress() throws {
            try lab.sh(
                node,
                "echo 192.0.2.7 mds1 >>/etc/hosts; mkdir /mnt/x; mount -t tmpfs 192.0.2.7@tcp:192.0.2.8@tcp:/scratch /mnt/x"
            )
            defer { _ = try? lab.sh(node, "umount /mnt/x; sed -i '/192.0.2.7 mds1/d' /etc/hosts") }
            func report(_ source: String) throws -> PredictionReport {
                try lab.predict(try program("/mnt/x", source: source), on: node)
            }
            #expect(try report("mds1@tcp:192.0.2.8@tcp:/scratch").kind == .noChange)
            #expect(try report("mds1@tcp:192.0.2.8@tcp:/other").reason.contains("mounted from 192.0.2.7@tcp"))
            #expect(try report("mds1@tcp:/scratch").kind == .unknown)
        }

        @Test("the trigger of an automount is no mount, and what it stands for is mounted over it")
        func automount() throws {
            // Nobody serves it: the first who asks gets SIGPIPE, and nobody waits after that.
            try lab.sh(
                node,
                "mkdir /mnt/x; mount -t autofs -o fd=1,pgrp=1,minproto=5,maxproto=5,direct systemd-1 /mnt/x | :; stat -f /mnt/x >/dev/null 2>&1 || :"
            )
            defer { _ = try? lab.sh(node, "umount /mnt/x; umount /mnt/x") }
            try lab.live(try program("/mnt/x", options: "size=1m"), on: node, observed: Self.observed) { () throws in
                #expect(try lab.text(node, "findmnt -rn -o FSTYPE /mnt/x | tail -n 1") == "tmpfs\n")
            }
        }

        @Test("a busy one is a failure, not a lazy unmount")
        func busy() throws {
            try lab.sh(
                node,
                "mkdir /mnt/x; mount -t tmpfs scratch /mnt/x; cd /mnt/x && setsid sleep 300 </dev/null >/dev/null 2>&1 & echo $! > /run/busy"
            )
            defer { _ = try? lab.sh(node, "kill $(cat /run/busy); umount /mnt/x") }
            let result = try lab.run(try program("/mnt/x", source: nil, type: nil, .unmounted).apply, on: node)
            #expect(result.status == 1)
            #expect(try lab.sh(node, "findmnt /mnt/x").status == 0)
        }
    }
}
