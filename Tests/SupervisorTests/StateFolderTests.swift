import Foundation
import Model
import Testing

@testable import Supervisor

@Suite struct StateFolderTests {
    /// What another user of the node may have planted, as user 65534 finds it in /var/tmp and as root in /var/lib.
    private static let plants = [
        "ln -s /tmp/planted PLACE; mkdir -p -m 700 /tmp/planted; chown OWNER /tmp/planted",
        "mkdir -m 777 PLACE; chown OWNER PLACE; chmod 777 PLACE",
        "mkdir -m 750 PLACE; chown OWNER PLACE",
        "mkdir -m 700 PLACE; chown 1234 PLACE",
        "mkfifo PLACE",
        "ln -s /dev/null PLACE",
        "echo x >PLACE; chown OWNER PLACE",
    ]

    @Test(arguments: TestShell.allCases, plants)
    func aPlantedStateFolderIsRefusedAndNothingRun(shell: TestShell, plant: String) async throws {
        for user in [nil, 65534] {
            let place = user == nil ? "/var/lib/runbook-node" : "/var/tmp/rb-65534"
            let setup = """
                mount -t tmpfs -o mode=1777 tmpfs /tmp
                umount /var/lib/runbook-node; mount -t tmpfs tmpfs /var/lib; mount -t tmpfs -o mode=1777 tmpfs /var/tmp
                \(plant.replacingOccurrences(of: "PLACE", with: place).replacingOccurrences(of: "OWNER", with: user == nil ? "0" : "65534"))
                """
            let fixture = SupervisorFixture(shell, setup: setup, user: user)
            try await fixture.with { session in
                let error = await #expect(throws: SessionError.self) {
                    try await session.collect(Invocation(id: fixture.id(), mode: .guarded, script: fixture.counting()))
                }
                #expect(error?.kind == .unusable)
                #expect(error?.message.contains("not safe") == true)
            }
            #expect(fixture.count == 0)
        }
    }

    /// Another user's loop: a link, a device by a link, a FIFO, and an open folder in which a forged end, a FIFO or a device
    /// stands for a claim, take turns at one name.
    private static func planter(at place: String, id: String) -> String {
        """
        mkdir -m 777 /tmp/planted
        setpriv --reuid 1234 --regid 1234 --clear-groups /bin/sh -c '
            umask 0
            while [ -d "/proc/$1" ]; do
                ln -s /tmp/planted "$2"; rm -f "$2"
                mkdir "$2" && mkdir "$2/\(id)" && echo "E 0 -" >"$2/\(id)/rc" && : >"$2/\(id)/go"; rm -rf "$2"
                mkfifo "$2"; rm -f "$2"
                ln -s /dev/null "$2"; rm -f "$2"
                mkdir "$2" && mkfifo "$2/\(id)"; rm -rf "$2"
                mkdir "$2" && ln -s /dev/null "$2/\(id)"; rm -rf "$2"
            done' sh $$ \(place) </dev/null >/dev/null 2>&1 &
        """
    }

    @Test(arguments: TestShell.allCases)
    func whatAnotherUserPlantsAtAnyInstantIsNeverTakenForOurs(shell: TestShell) async throws {
        let setup = """
            mount -t tmpfs -o mode=1777 tmpfs /tmp; mount -t tmpfs -o mode=1777 tmpfs /var/tmp
            mount -t tmpfs -o mode=1777 tmpfs /dev/shm
            """
        for step in 0..<12 {
            let name = SupervisorFixture(.dash)
            let fixture = SupervisorFixture(
                shell, setup: setup + "\n" + Self.planter(at: "/var/tmp/rb-65534", id: "\(name.id(step: step))"),
                user: 65534)
            try await fixture.with { session in
                do {
                    let (result, printed) = try await session.collect(
                        Invocation(
                            id: name.id(step: step), mode: .guarded, script: "stat -c '%a %u' /var/tmp/rb-65534; exit 6"
                        ))
                    #expect(result.outcome == .exited(6))
                    #expect(printed.text() == "700 65534\n")
                } catch let error as SessionError {
                    #expect(error.kind == .unusable)
                }
            }
        }
        // The check alone, often enough to meet every instant.
        let check = try #require(
            SupervisorScript.text.range(of: "\nprivate() {").map { SupervisorScript.text[$0.lowerBound...] })
        let body = try #require(check.range(of: "\n}\n").map { check[..<$0.upperBound] })
        let fixture = SupervisorFixture(
            shell, setup: setup + "\n" + Self.planter(at: "/var/tmp/rb-65534", id: "x"), user: 65534)
        let loop = """
            umask 077; set -f; USERID=65534 i=0 taken=0 refused=0
            \(body)
            while [ $i -lt 1000 ] || { [ $i -lt 30000 ] && { [ $taken = 0 ] || [ $refused = 0 ]; }; }; do
                i=$((i + 1))
                if private /var/tmp/rb-65534; then
                    taken=$((taken + 1))
                    [ "$(stat -c '%F %a %u' /var/tmp/rb-65534)" = 'directory 700 65534' ] || echo foreign
                    rmdir /var/tmp/rb-65534 || echo full
                else refused=$((refused + 1)); fi
            done
            [ $taken -gt 0 ] && [ $refused -gt 0 ] && echo both
            """
        let channel = try await fixture.node.opener.openChannel(command: loop)
        var printed: [UInt8] = []
        reading: while true {
            switch try await channel.receive() {
            case .standardOutput(let bytes): printed += bytes
            case .standardError: continue
            case .closed: break reading
            }
        }
        await channel.close()
        #expect(String(decoding: printed, as: UTF8.self) == "both\n")
    }

    @Test(arguments: TestShell.allCases)
    func aPlantedFolderInMemoryIsRefusedToo(shell: TestShell) async throws {
        let setup = """
            mount -t tmpfs -o mode=1777 tmpfs /dev/shm; mount -t tmpfs tmpfs /run
            for folder in /run /dev/shm; do mkdir -m 777 $folder/rb-65534; chown 65534 $folder/rb-65534; chmod 777 $folder/rb-65534; done
            """
        let fixture = SupervisorFixture(shell, setup: setup, user: 65534)
        try await fixture.with { session in
            let error = await #expect(throws: SessionError.self) {
                try await session.collect(Invocation(id: fixture.id(), mode: .plain, script: "echo hello"))
            }
            #expect(error?.kind == .unusable)
        }
    }

    @Test(arguments: TestShell.allCases)
    func anotherUserThanRootHasAFolderOfItsOwn(shell: TestShell) async throws {
        let setup = "mount -t tmpfs -o mode=1777 tmpfs /var/tmp; mount -t tmpfs -o mode=1777 tmpfs /dev/shm"
        let fixture = SupervisorFixture(shell, setup: setup, user: 65534)
        try await fixture.with { session in
            #expect(session.identity.userID == 65534)
            for (step, mode) in [Invocation.Mode.plain, .guarded].enumerated() {
                let (result, printed) = try await session.collect(
                    Invocation(
                        id: fixture.id(step: step), mode: mode,
                        script: "id -u; stat -c '%a %u' /var/tmp/rb-65534 /dev/shm/rb-65534 2>&1; cat \"$key_file\"",
                        secrets: ["key": SecretBytes(Array("k".utf8))]))
                #expect(result.outcome == .exited(0))
                #expect(printed.text().hasPrefix("65534\n"))
                #expect(printed.text().hasSuffix("700 65534\nk"))
            }
        }
    }

    @Test(arguments: TestShell.allCases)
    func targetsThatShareAStateFolderRunTheirOwnStep(shell: TestShell) async throws {
        let fixture = SupervisorFixture(shell)
        try await fixture.with { first in
            try await fixture.with { second in
                for (target, session) in [first, second].enumerated() {
                    let (result, _) = try await session.collect(
                        Invocation(
                            id: fixture.id(target: target), mode: .guarded, script: fixture.counting("exit \(target)")))
                    #expect(result.outcome == .exited(Int32(target)))
                }
            }
        }
        #expect(fixture.count == 2)
    }

    @Test(arguments: TestShell.allCases)
    func aClaimOfAnotherMachineIsAMismatch(shell: TestShell) async throws {
        let fixture = SupervisorFixture(shell)
        let invocation = Invocation(id: fixture.id(), mode: .guarded, script: fixture.counting())
        try await fixture.with { _ = try await $0.collect(invocation) }
        let claim = fixture.folder(fixture.id()) + "/claim"
        let words = try String(contentsOfFile: claim, encoding: .utf8).split(separator: " ").map(String.init)
        #expect(words.count == 5)
        let copied = (words[..<3] + [String(repeating: "0", count: 32), words[4]]).joined(separator: " ")
        try copied.write(toFile: claim, atomically: false, encoding: .utf8)
        try await fixture.with { session in
            let error = await #expect(throws: SessionError.self) { try await session.collect(invocation) }
            #expect(error?.kind == .violation)
        }
        #expect(fixture.count == 1)
    }

    @Test(arguments: TestShell.allCases)
    func aTombstoneIsLeftAndStillAnswers(shell: TestShell) async throws {
        let fixture = SupervisorFixture(shell)
        let invocation = Invocation(
            id: fixture.id(), mode: .guarded, script: fixture.counting("echo output; exit 8"), environment: ["a": "b"],
            input: [1, 2])
        try await fixture.with { session in
            _ = try await session.collect(invocation)
            try await session.acknowledge(fixture.id(), become: true)
            #expect(
                Set(try FileManager.default.contentsOfDirectory(atPath: fixture.folder(fixture.id()))) == [
                    "claim", "go", "rc",
                ])
            let (again, printed) = try await session.collect(invocation)
            #expect(again.outcome == .exited(8))
            #expect(printed.text().isEmpty)
        }
        #expect(fixture.count == 1)
    }

    @Test(arguments: TestShell.allCases)
    func aStepsStateFolderIsSharedByItsAttemptsAndItsUndo(shell: TestShell) async throws {
        let fixture = SupervisorFixture(shell)
        try await fixture.with { session in
            let step = fixture.id(step: 3)
            _ = try await session.collect(
                Invocation(
                    id: step, mode: .guarded,
                    script: "stat -c %a \"$RUNBOOK_STATE\"; printf 'a\\0b' >\"$RUNBOOK_STATE/before\""))
            let undo = Invocation(
                id: fixture.id(step: 90), mode: .guarded, script: "wc -c <\"$RUNBOOK_STATE/before\"", stateOwner: step)
            #expect(try await session.collect(undo).1.text() == "3\n")
            let probe = Invocation(
                id: fixture.id(step: 91), mode: .plain, script: "wc -c <\"$RUNBOOK_STATE/before\"",
                stateOwner: fixture.id(step: 3, attempt: 2))
            #expect(try await session.collect(probe).1.text() == "3\n")
            #expect(try await session.captured("before", of: step, become: true) == [0x61, 0, 0x62])
            #expect(try await session.captured("after", of: step, become: true) == nil)
            #expect(try await session.captured("../../claim", of: step, become: true) == nil)
        }
        let mode =
            try FileManager.default.attributesOfItem(
                atPath: fixture.node.state + "/state/\(fixture.run).0.3")[.posixPermissions] as? Int
        #expect(mode == 0o700)
    }
}
