import Engine
import Foundation
import Model
import Testing

extension LabVerbTests {
    /// By a repository in the node's own file system: labtool 1.0-1, 1.1-1, 2.0-1 and 1:1.5-1, which depends on labdep.
    @Suite("package, by apt", .serialized)
    struct PackageStepTests {
        let lab: LabFixture
        let node = "node02"

        static let observed = """
            dpkg-query -W -f '${Package} ${Version} ${db:Status-Abbrev}\\n' 'lab*' 2>/dev/null; apt-mark showauto | grep lab
            cat /etc/labtool.conf 2>/dev/null; true
            """

        /// apt's own files, its caches among them.
        static let files = "find /var/lib/apt /var/cache/apt /var/lib/dpkg -type f -printf '%p %s %T@\\n' | sort"

        init() throws {
            lab = try LabFixture.shared.get()
            try lab.sh(
                node,
                """
                [ -e /srv/repo/ready ] || {
                    mkdir -p /srv/repo && cd /srv/repo || exit 1
                    make() {
                        mkdir -p /tmp/p/DEBIAN /tmp/p/etc "/tmp/p/usr/share/$1"
                        echo "$2" > "/tmp/p/usr/share/$1/version"
                        printf 'Package: %s\\nVersion: %s\\nArchitecture: all\\nMaintainer: lab <lab@example.org>\\nDescription: lab\\n%s' "$1" "$2" "$3" > /tmp/p/DEBIAN/control
                        [ "$1" != labslow ] || {
                            printf '#!/bin/sh\\n: > /run/slow\\ni=0; while [ ! -e /run/go ] && [ $i -lt 600 ]; do sleep 0.1; i=$((i + 1)); done\\n' > /tmp/p/DEBIAN/postinst
                            chmod 755 /tmp/p/DEBIAN/postinst
                        }
                        [ "$1" != labtool ] || { printf 'version=%s\\n' "$2" > /tmp/p/etc/labtool.conf; echo /etc/labtool.conf > /tmp/p/DEBIAN/conffiles; }
                        dpkg-deb -b /tmp/p "$1_$(echo "$2" | sed 's/:/%3a/')_all.deb" >/dev/null && rm -rf /tmp/p
                    }
                    make labdep 1.0-1 ''
                    for v in 1.0-1 1.1-1 2.0-1; do make labtool $v 'Depends: labdep
                '; done
                    for v in 1.0-1 1.1-1; do
                        make labsuite $v "Depends: labdep, labpart (= $v), labkernel (= $v) | labkernel-open (= $v) | labmodules-$v
                "
                        make labpart $v "Pre-Depends: labcore (= $v)
                "
                        for name in labcore labkernel labkernel-open; do make $name $v ''; done
                        make labown $v "Provides: labmodules-$v
                "
                    done
                    make labslow 1.0-1 ''
                    make labepoch 1:1.5-1 ''
                    make labepoch 2:1.6-1 ''
                    make labrival 1.0-1 'Conflicts: labtool
                '
                    rm -f /etc/apt/sources.list /etc/apt/sources.list.d/*
                    echo 'deb [trusted=yes] file:/srv/repo ./' > /etc/apt/sources.list
                    : > ready
                }
                """)
            try index()
            try lab.sh(
                node,
                "apt-get -y purge 'lab*' >/dev/null 2>&1; rm -rf /var/lib/runbook-test /var/cache/apt/archives/*.deb")
        }

        /// Writes the repository's index, without some of its files.
        func index(without: String = "-") throws {
            let result = try lab.sh(
                node,
                """
                cd /srv/repo && for f in *.deb; do
                    case $f in \(without)) continue ;; esac
                    dpkg-deb -f "$f"; printf 'Filename: ./%s\\nSize: %s\\nSHA256: %s\\n\\n' "$f" "$(stat -c %s "$f")" "$(sha256sum "$f" | cut -d' ' -f1)"
                done > Packages && apt-get -q update
                """)
            #expect(result.status == 0, "\(result.errors)")
        }

        func program(
            _ names: [String], _ state: PackageVerb.State = .present, insteadOf: [String] = [],
            version: String? = nil, downgrade: Bool = false
        ) throws -> StepProgram {
            try Lowered.program(
                .package(
                    PackageVerb(
                        names: names.map { .same(Lowered.text($0)) },
                        insteadOf: insteadOf.map { .same(Lowered.text($0)) }, state: state,
                        version: version.map(Lowered.text), allowDowngrade: downgrade)))
        }

        func install(_ words: String) throws {
            let result = try lab.sh(
                node, "DEBIAN_FRONTEND=noninteractive apt-get -y -q --allow-downgrades install \(words)")
            #expect(result.status == 0, "\(result.errors)")
        }

        func version(_ name: String) throws -> String {
            try lab.sh(node, "dpkg-query -W -f '${Version}' \(name) 2>/dev/null").text
        }

        @Test("is installed with what it needs, and all of that goes again")
        func install() throws {
            try lab.live(try program(["labtool"]), on: node, observed: Self.observed, untouched: Self.files) {
                () throws in
                #expect(try version("labtool") == "2.0-1")
                #expect(try version("labdep") == "1.0-1")
            }
        }

        @Test("a version fits when it goes on with a revision")
        func version() throws {
            let program = try program(["labtool"], version: "1.1")
            let report = try lab.predict(program, on: node)
            #expect(report.after?.contains("install labtool 1.1-1") == true)
            #expect(report.after?.contains("install labdep 1.0-1") == true)
            #expect(report.grade == .exact)
            try lab.live(program, on: node, observed: Self.observed, untouched: Self.files) { () throws in
                #expect(try version("labtool") == "1.1-1")
            }
            #expect(
                try lab.predict(try self.program(["labtool"], version: "1.1-2"), on: node).reason.contains(
                    "offers labtool 1.1-2"))
            #expect(try lab.predict(try self.program(["labtool"], version: "1"), on: node).kind == .unknown)
        }

        @Test("an epoch is ignored")
        func epoch() throws {
            try lab.live(
                try program(["labepoch"], version: "1.5"), on: node, observed: Self.observed, untouched: Self.files
            ) { () throws in
                #expect(try version("labepoch") == "1:1.5-1")
            }
        }

        @Test("is brought to the latest version and back to the former, which keeps its changed settings")
        func upgrade() throws {
            try install("labtool=1.0-1")
            try lab.sh(node, "echo mine > /etc/labtool.conf")
            try lab.live(try program(["labtool"], .latest), on: node, observed: Self.observed, untouched: Self.files) {
                () throws in
                #expect(try version("labtool") == "2.0-1")
                #expect(try lab.text(node, "cat /etc/labtool.conf") == "mine\n")
            }
            #expect(try lab.predict(try program(["labtool"]), on: node).kind == .noChange)
        }

        @Test("an older version needs the word for it")
        func downgrade() throws {
            try install("labtool=2.0-1")
            let refused = try program(["labtool"], version: "1.0")
            let report = try lab.predict(refused, on: node)
            #expect(report.kind == .unknown)
            #expect(report.reason.contains("allow_downgrade"))
            #expect(try lab.run(refused.apply, on: node).status == 1)
            #expect(try version("labtool") == "2.0-1")
            try lab.live(
                try program(["labtool"], version: "1.0", downgrade: true), on: node, observed: Self.observed,
                untouched: Self.files
            ) { () throws in
                #expect(try version("labtool") == "1.0-1")
            }
        }

        @Test("what another version than the newest needs in just that version comes with it, asked for by nobody")
        func tied() throws {
            let program = try program(["labsuite"], version: "1.0", downgrade: true)
            try lab.live(program, on: node, observed: Self.observed, untouched: Self.files) { () throws in
                #expect(try version("labkernel") == "1.0-1")
                #expect(try lab.text(node, "apt-mark showmanual | grep lab") == "labsuite\n")
            }
            try install("labsuite=1.1-1 labkernel-open=1.1-1")
            let report = try lab.predict(program, on: node)
            #expect(report.after?.contains("labcore 1.1-1 to 1.0-1") == true)
            try lab.live(program, on: node, observed: Self.observed, untouched: Self.files) { () throws in
                for name in ["labsuite", "labpart", "labcore", "labkernel-open"] {
                    #expect(try version(name) == "1.0-1", "\(name)")
                }
                #expect(try version("labkernel") == "")
                #expect(try lab.text(node, "apt-mark showmanual | grep lab") == "labkernel-open\nlabsuite\n")
            }
        }

        @Test(
            "of alternatives the one that the step names, or that what it names provides, comes with another version",
            arguments: ["labkernel-open", "labown"])
        func named(_ choice: String) throws {
            let program = try program(["labsuite", choice], version: "1.0", downgrade: true)
            try lab.live(program, on: node, observed: Self.observed, untouched: Self.files) { () throws in
                #expect(try version(choice) == "1.0-1")
                #expect(try version("labkernel") == "")
            }
        }

        @Test("one goes in the transaction in which another takes its place, with all else left at its version")
        func exchanged() throws {
            try install("labsuite=1.0-1 labpart=1.0-1 labcore=1.0-1 labkernel=1.0-1")
            let program = try program(
                ["labsuite", "labown"], insteadOf: ["labkernel", "labkernel-open", "labsuite"], version: "1.0")
            #expect(try lab.predict(program, on: node).after == "remove labkernel 1.0-1, install labown 1.0-1")
            try lab.live(program, on: node, observed: Self.observed, untouched: Self.files) { () throws in
                #expect(try version("labown") == "1.0-1")
                #expect(try version("labkernel") == "")
                #expect(try version("labsuite") == "1.0-1")
            }
        }

        @Test("is removed, with its settings kept, and comes back at its version")
        func absent() throws {
            try install("labtool=1.1-1")
            try lab.sh(node, "echo mine > /etc/labtool.conf")
            try lab.live(
                try program(["labtool", "labepoch"], .absent), on: node, observed: Self.observed, untouched: Self.files
            ) { () throws in
                #expect(try version("labtool") == "1.1-1")
                #expect(try lab.text(node, "dpkg-query -W -f '${db:Status-Status}' labtool") == "config-files")
            }
            #expect(try version("labdep") == "1.0-1")
        }

        @Test("several names are one transaction; what it removes is told")
        func several() throws {
            try install("labtool=1.0-1")
            let program = try program(["labrival", "labepoch"])
            let report = try lab.predict(program, on: node)
            #expect(report.after?.contains("remove labtool 1.0-1") == true, "\(report)")
            try lab.live(program, on: node, observed: Self.observed, untouched: Self.files) { () throws in
                #expect(try version("labrival") == "1.0-1")
            }
        }

        @Test("a former version that no source has any more makes it irreversible, unless its file was kept")
        func gone() throws {
            try install("labtool=1.0-1")
            try index(without: "labtool_1.0-1_all.deb")
            let program = try program(["labtool"], .latest)
            let report = try lab.predict(program, on: node)
            #expect(report.kind == .change)
            #expect(report.grade == .irreversible)
            #expect(report.undo?.contains("labtool 1.0-1") == true)
            try lab.sh(node, "cp /srv/repo/labtool_1.0-1_all.deb /var/cache/apt/archives/")
            #expect(try lab.predict(program, on: node).grade == .exact)
            try lab.live(program, on: node, observed: Self.observed, untouched: Self.files)
        }

        @Test("the former version's file is kept before the change, for when the source has lost it afterwards")
        func kept() throws {
            try install("labtool=1.0-1")
            let program = try program(["labtool"], .latest)
            let captured = try lab.run(program.capture, on: node)
            #expect(captured.status == 0, "\(captured.errors)")
            #expect(try lab.run(program.apply, on: node).status == 0)
            try index(without: "labtool_1.0-1_all.deb")
            try lab.sh(node, "rm -f /var/cache/apt/archives/*.deb")
            let undone = try lab.run(program.undo, on: node, input: captured.output)
            #expect(undone.status == 0, "\(undone.errors)")
            #expect(try version("labtool") == "1.0-1")
        }

        @Test("a kept file that was changed since is not installed, and one that is gone comes from a source")
        func tampered() throws {
            // Its scripts would run as root, and apt takes a file as it is.
            let evil = """
                cd /tmp && rm -rf evil && dpkg-deb -R /srv/repo/labtool_1.0-1_all.deb evil &&
                printf '#!/bin/sh\\necho evil > /run/evil\\n' > evil/DEBIAN/postinst && chmod 755 evil/DEBIAN/postinst &&
                dpkg-deb -b evil /tmp/evil.deb >/dev/null && rm -f /run/evil
                """
            #expect(try lab.sh(node, evil).status == 0)
            let kept = "/var/lib/runbook-test/labtool_1.0-1_all.deb"
            for (tampering, reason) in [
                ("cat /tmp/evil.deb > \(kept)", "labtool 1.0-1 is not the one that was kept"),
                ("rm \(kept) && ln -s /tmp/evil.deb \(kept)", "labtool 1.0-1 is not the one that was kept"),
                // A name that a search finds before it.
                ("cp /tmp/evil.deb /var/lib/runbook-test/labtool_1.0-1_aaa.deb", "labtool 1.0-1 is not the one"),
                ("truncate -s 100 \(kept)", "labtool 1.0-1 is not the one that was kept"), ("rm \(kept)", nil),
            ] {
                try lab.sh(node, "apt-get -y purge 'lab*' >/dev/null 2>&1; rm -rf /var/lib/runbook-test")
                try install("labtool=1.0-1")
                try lab.sh(node, "rm -f /var/cache/apt/archives/*.deb")
                let program = try program(["labtool"], .latest)
                let captured = try lab.run(program.capture, on: node)
                #expect(captured.status == 0, "\(captured.errors)")
                #expect(try lab.run(program.apply, on: node).status == 0)
                #expect(try lab.sh(node, tampering).status == 0, "\(tampering)")
                let undone = try lab.run(program.undo, on: node, input: captured.output)
                #expect(try lab.sh(node, "test -e /run/evil").status == 1, "\(tampering)")
                if let reason {
                    #expect(undone.status == 1, "\(tampering)")
                    #expect(undone.errors.contains(reason), "\(tampering): \(undone.errors)")
                    #expect(try version("labtool") == "2.0-1", "\(tampering)")
                } else {
                    #expect(undone.status == 0, "\(undone.errors)")
                    #expect(try version("labtool") == "1.0-1")
                }
            }
        }

        @Test("another transaction than the planned one is not carried out")
        func drift() throws {
            try install("labtool=1.0-1")
            try index(without: "labtool_2.0-1_all.deb")
            let program = try program(["labtool"], .latest)
            let planned = try lab.predict(program, on: node)
            #expect(planned.after?.contains("1.1-1") == true)
            try index()
            let result = try lab.run(program.apply, on: node, adding: ["RUNBOOK_EXPECT": planned.beforeDigest ?? ""])
            #expect(result.status == StepProgram.driftStatus)
            #expect(try version("labtool") == "1.0-1")
        }

        @Test("a held lock is waited for")
        func lock() throws {
            // Another apt-get is at work, in a postinst that ends only once somebody waits for the lock.
            try lab.sh(
                node,
                """
                rm -f /run/slow /run/go
                setsid apt-get -y -q install labslow </dev/null >/dev/null 2>&1 &
                i=0; while [ ! -e /run/slow ] && [ $i -lt 300 ]; do sleep 0.1; i=$((i + 1)); done
                setsid sh -c 'i=0; while [ $i -lt 600 ]; do i=$((i + 1)); sleep 0.1
                    cat /proc/[0-9]*/cmdline 2>/dev/null | tr "\\0" " " | grep -q "apt-get [^;]*Lock::Timeout=[3]00" && break
                done; sleep 1; : > /run/go' </dev/null >/dev/null 2>&1 &
                """)
            #expect(try lab.sh(node, "test -e /run/slow -a ! -e /run/go").status == 0)
            let result = try lab.run(try program(["labtool"]).apply, on: node)
            #expect(result.status == 0, "\(result.text)\(result.errors)")
            #expect(try lab.sh(node, "test -e /run/go").status == 0)
            #expect(try version("labtool") == "2.0-1")
            #expect(try version("labslow") == "1.0-1")
        }

        @Test("a name that no source knows is told")
        func unknown() throws {
            let report = try lab.predict(try program(["lab-no-such-thing"]), on: node)
            #expect(report.kind == .unknown)
            #expect(report.reason.contains("offers lab-no-such-thing"))
            #expect(try lab.predict(try program(["lab-no-such-thing"], .absent), on: node).kind == .noChange)
        }
    }
}
