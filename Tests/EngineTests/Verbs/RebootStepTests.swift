import Engine
import Foundation
import Glibc
import Model
import Testing

extension LabVerbTests {
    @Suite("reboot", .serialized)
    struct RebootStepTests {
        @Test("the script ends well before the node goes down, and the node comes up anew", .timeLimit(.minutes(3)))
        func reboot() throws {
            let lab = try LabFixture.shared.get()
            guard case .reboot(let program, _)? = try Lowered.action(of: Lowered.step(.reboot(RebootVerb()))) else {
                throw LoweringTestError(text: "no reboot")
            }
            #expect(try lab.predict(program, on: "node02").kind == .change)
            let started = "systemctl show --value -p UserspaceTimestamp"
            let before = try lab.text("node02", started)
            let result = try lab.run(program.apply, on: "node02")
            #expect(result.status == 0, "\(result.errors)")
            while true {
                let now = try lab.sh("node02", started)
                if now.status == 0, now.text != before, !now.text.isEmpty { break }
                usleep(200_000)
            }
            // The next test finds it up.
            while try lab.sh("node02", "systemctl is-system-running --wait").status == 255 { usleep(200_000) }
        }
    }
}
