import Model

/// How long a wave may take, judged by the waves of this run and of earlier ones.
struct WaveForecast: Sendable, Hashable {
    /// Nodes that are worked on at one time.
    var concurrency: Int
    /// Of earlier runs of the runbook.
    var past: [WaveRecord] = []
    /// Of this run so far.
    var own: [WaveRecord] = []

    /// Milliseconds for a wave of so many nodes: so many rounds as `concurrency` makes of it, each as long as the longest
    /// of this run, or as all but the longest twentieth of the earlier ones. Nil where nothing is known.
    func milliseconds(nodes: Int) -> Int? {
        let rounds = own.map(round).max().map { [$0] } ?? []
        guard let longest = (rounds + [percentile95].compactMap(\.self)).max() else { return nil }
        return longest * self.rounds(nodes)
    }

    /// By nearest rank.
    private var percentile95: Int? {
        let sorted = past.filter { $0.nodes > 0 }.map(round).sorted()
        guard !sorted.isEmpty else { return nil }
        return sorted[(sorted.count * 95 + 99) / 100 - 1]
    }

    private func round(_ wave: WaveRecord) -> Int { wave.milliseconds / rounds(wave.nodes) }

    private func rounds(_ nodes: Int) -> Int {
        let size = max(1, concurrency)
        return max(1, (nodes + size - 1) / size)
    }
}
