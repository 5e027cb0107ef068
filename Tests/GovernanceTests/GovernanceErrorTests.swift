import Testing

@testable import Governance

@Suite struct GovernanceErrorTests {
    @Test func itsDescriptionEndsWithTheMend() {
        let error = GovernanceError(.refused, "The window is closed.", hint: "Next: tomorrow, 02:00.")
        #expect("\(error)" == "The window is closed. Next: tomorrow, 02:00.")
    }
}
