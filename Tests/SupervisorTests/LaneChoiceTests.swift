import Testing

@testable import Supervisor

@Suite struct LaneChoiceTests {
    private func load(_ frames: Int, _ milliseconds: Int = 0, isBroken: Bool = false) -> LaneChoice.Load {
        LaneChoice.Load(frames: frames, oldest: .milliseconds(milliseconds), isBroken: isBroken)
    }

    @Test func aFreeSupervisorIsUsed() {
        #expect(LaneChoice.choose([load(1, 9000), load(0)], limit: 4) == .use(1))
    }

    @Test func shortWorkIsSentBehindOther() {
        #expect(LaneChoice.choose([load(3, 100)], limit: 4) == .use(0))
        #expect(LaneChoice.choose([load(3, 100), load(1, 9000)], limit: 4) == .use(1))
    }

    @Test func longWorkOpensAnotherOneUpToTheLimit() {
        #expect(LaneChoice.choose([load(1, 9000)], limit: 4) == .open)
        #expect(LaneChoice.choose([load(2, 9000), load(1, 9000)], limit: 2) == .use(1))
    }

    @Test func aBrokenOneIsNotUsed() {
        #expect(LaneChoice.choose([load(0, isBroken: true), load(5, 100)], limit: 4) == .use(1))
        #expect(LaneChoice.choose([load(0, isBroken: true)], limit: 4) == .open)
        #expect(LaneChoice.choose([], limit: 4) == .open)
    }
}
