import Model
import Testing

@testable import Engine

@Suite struct ArithmeticTests {
    @Test(arguments: [
        (Share.percent(5), 32, 2), (.percent(25), 32, 8), (.percent(1), 3, 1), (.percent(34), 3, 2), (.count(0), 5, 1),
        (.count(7), 5, 7), (.percent(100), 5, 5),
    ])
    func wavesAreRoundedUp(share: Share, whole: Int, size: Int) {
        #expect(share.waveSize(of: whole) == size)
    }

    @Test(arguments: [
        (Share.percent(10), 32, 3), (.percent(10), 9, 1), (.percent(10), 19, 1), (.percent(0), 100, 0),
        (.count(4), 2, 4),
    ])
    func toleranceIsRoundedDownButAtLeastOne(share: Share, whole: Int, tolerated: Int) {
        #expect(share.tolerance(of: whole) == tolerated)
    }

    static func nodes(_ count: Int, racks: Int = 1) -> [Node] {
        (0..<count).map { Node(name: "n\($0)", labels: ["rack": "r\($0 * racks / max(1, count))"]) }
    }

    @Test func canariesComeFirstThenBatches() {
        let waves = Waves(
            Self.nodes(32), strategy: Strategy(canary: [.count(1), .percent(5)], batch: .percent(25)))
        #expect(waves.waves.map(\.count) == [1, 2, 8, 8, 8, 5])
        #expect(waves.canaries == 2)
    }

    @Test func aCanaryThatTakesAllIsTheOnlyWave() {
        let waves = Waves(Self.nodes(1), strategy: Strategy(canary: [.count(1), .percent(5)], batch: .percent(25)))
        #expect(waves.waves.map(\.count) == [1])
        #expect(waves.canaries == 1)
    }

    @Test func spreadTakesFromEveryRackBeforeASecondOfOne() {
        let waves = Waves(Self.nodes(12, racks: 4), strategy: Strategy(batch: .count(4), spread: "rack"))
        for wave in waves.waves {
            let racks = wave.map { (Int($0.dropFirst()) ?? -1) * 4 / 12 }
            #expect(Set(racks).count == 4)
        }
    }

    @Test func everyNodeIsInExactlyOneWaveWhateverTheStrategy() {
        var random = SystemRandomNumberGenerator.seeded(7)
        for _ in 0..<300 {
            let count = Int.random(in: 0...60, using: &random)
            func share() -> Share {
                Bool.random(using: &random)
                    ? .count(Int.random(in: 0...9, using: &random))
                    : .percent(Double.random(in: 0...100, using: &random))
            }
            let strategy = Strategy(
                canary: (0..<Int.random(in: 0...3, using: &random)).map { _ in share() },
                batch: Bool.random(using: &random) ? share() : nil, spread: Bool.random(using: &random) ? "rack" : nil)
            let waves = Waves(Self.nodes(count, racks: 3), strategy: strategy)
            #expect(waves.waves.joined().sorted() == Self.nodes(count).map(\.name).sorted())
            #expect(waves.waves.allSatisfy { !$0.isEmpty })
        }
    }

    @Test func roomIsTakenOnceAndGivenBackOnlyAfterAGoodEnd() {
        let nodes = (1...4).map { Node(name: "n\($0)", labels: ["rack": "r"]) }
        var room = ServiceRoom(limits: ["rack": ["r": 2]], nodes: nodes, out: ["n4"])
        #expect(room.fits("n1"))
        room.enter("n1")
        #expect(!room.fits("n2"))
        #expect(room.fits("n4"), "a node out of service already can always be repaired")
        room.leave("n1", .failed, wasOut: false)
        #expect(!room.fits("n2"))
        room.leave("n4", .remediated, wasOut: true)
        #expect(room.fits("n2"))
        room.enter("n2")
        room.leave("n2", .notStarted, wasOut: false)
        #expect(room.fits("n3"))
    }

    @Test func theBudgetCountsANodeOnce() {
        var budget = FailureBudget(stopsAt: 2)
        budget.note("n1", .failed, isCanary: false)
        budget.note("n1", .rolledBack, isCanary: false)
        #expect(budget.stopReason == nil)
        budget.note("n2", .healthy, isCanary: true)
        #expect(budget.stopReason == nil)
        budget.note("n3", .unreachable, isCanary: false)
        #expect(budget.stopReason != nil)
    }
}

/// A generator that gives the same numbers for the same seed.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(_ seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var word = state
        word = (word ^ (word >> 30)) &* 0xBF58_476D_1CE4_E5B9
        word = (word ^ (word >> 27)) &* 0x94D0_49BB_1331_11EB
        return word ^ (word >> 31)
    }
}

extension SystemRandomNumberGenerator {
    static func seeded(_ seed: UInt64) -> SeededGenerator { SeededGenerator(seed) }
}
