import Model

extension Plan {
    /// What one node is told of these steps.
    static func staged(_ steps: [PlannedStep], _ predictions: [Prediction], survey: Survey, gate: GateKind) -> Plan {
        let target = PlannedTarget(
            name: FakeSite.node, address: "10.0.0.1", user: "root", jump: [], hostKeys: [], becomeUser: nil,
            survey: survey, parameters: [:], predictions: predictions)
        let strategy = PlannedStrategy(
            order: .nodeFirst, concurrency: 1, stopsAtFailure: 1, canaryWaves: 0, limits: [:], soak: 0)
        return Plan(
            runbook: RunbooksFixture.name, runbookVersion: 1, sources: [:], selector: "@*", program: "1",
            supervisor: "1", created: 0, expires: 0, approve: nil, window: nil, gate: gate, steps: steps,
            targets: [target], waves: [[FakeSite.node]], strategy: strategy, notes: [])
    }
}
