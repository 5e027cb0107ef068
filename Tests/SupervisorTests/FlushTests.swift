import Foundation
import Model
import Testing

@testable import Supervisor

/// What is on the disk before a step that may run once can have begun.
@Suite struct FlushTests {
    /// In the place of `dd` a script that calls it, and notes what was flushed and whether the step could have begun by
    /// then.
    private static let noting = """
        mkdir -p /var/lib/runbook-node/real
        real=$(readlink -f "$(command -v dd)")
        [ -e /var/lib/runbook-node/real/dd ] || cp "$real" /var/lib/runbook-node/real/dd
        cat >/var/lib/runbook-node/real/noting <<'END'
        #!/bin/sh
        /var/lib/runbook-node/real/dd "$@" || exit
        for word in "$@"; do
            case $word in of=*) file=${word#of=} ;; conv=*) how=${word#conv=} ;; esac
        done
        if [ -e "${file%/*}/go" ]; then when=after; else when=before; fi
        echo "$when $how ${file##*/}" >>/dev/shm/runbook-node/flushed
        END
        chmod 755 /var/lib/runbook-node/real/noting
        mount --bind /var/lib/runbook-node/real/noting "$real"
        """

    private func flushed(_ fixture: SupervisorFixture) -> [String] {
        let notes = try? String(contentsOfFile: fixture.node.memory + "/flushed", encoding: .utf8)
        return (notes ?? "").split(separator: "\n").map(String.init)
    }

    @Test(arguments: TestShell.allCases)
    func theClaimTheScriptAndTheResultsPlaceAreFlushedBeforeTheStart(shell: TestShell) async throws {
        let fixture = SupervisorFixture(shell, setup: Self.noting)
        try await fixture.with { session in
            let (result, _) = try await session.collect(
                Invocation(id: fixture.id(), mode: .guarded, script: fixture.counting("exit 4"), once: true))
            #expect(result.outcome == .exited(4))
        }
        try await eventually { flushed(fixture).contains { $0.hasPrefix("after") } }
        #expect(
            flushed(fixture) == [
                "before fsync,notrunc claim", "before fsync,notrunc c", "before fsync,notrunc rc",
                "after fsync,notrunc rc",
            ])
        #expect(fixture.count == 1)
    }

    /// A flush may take as long as all that the disk has to write.
    @Test(arguments: TestShell.allCases)
    func aStepThatMayRunAgainWaitsForNoDisk(shell: TestShell) async throws {
        let fixture = SupervisorFixture(shell, setup: Self.noting)
        try await fixture.with { session in
            let (result, _) = try await session.collect(
                Invocation(id: fixture.id(), mode: .guarded, script: fixture.counting("exit 4")))
            #expect(result.outcome == .exited(4))
        }
        #expect(flushed(fixture).isEmpty)
    }
}
