import Model

extension Share {
    /// The share of `whole` as a size of a wave: rounded up, at least 1.
    func waveSize(of whole: Int) -> Int {
        switch self {
        case .count(let count): max(1, count)
        case .percent(let percent): max(1, Int((Double(whole) * percent / 100).rounded(.up)))
        }
    }

    /// The share of `whole` as something that is tolerated: rounded down, but at least 1 when above 0 %.
    func tolerance(of whole: Int) -> Int {
        switch self {
        case .count(let count): max(0, count)
        case .percent(let percent):
            percent > 0 ? max(1, Int((Double(whole) * percent / 100).rounded(.down))) : 0
        }
    }

    /// The share of `whole` as a limit: rounded down, at least 1.
    func limit(of whole: Int) -> Int {
        switch self {
        case .count(let count): max(0, count)
        case .percent(let percent): max(1, Int((Double(whole) * percent / 100).rounded(.down)))
        }
    }
}
