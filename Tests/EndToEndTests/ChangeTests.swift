import Foundation
import Testing

/// A whole change, from the plan to the auditor's check, by people who only have the service's socket.
@Suite(.serialized) struct ChangeTests {
    /// `Change/change` fails at whatever does not go as it must, and says what.
    @Test func aChangeIsPlannedApprovedCarriedOutAndProved() throws {
        let program = Lab.root + "/.build/debug/runbook"
        let played = try Lab.run([Lab.root + "/Tests/EndToEndTests/Change/change", program])
        #expect(played.status == 0, "\(played.output)\(played.error)")
        #expect(played.output.contains("The whole change went as it must"))
    }
}
