import Model

extension Share {
    /// Such as `1` or `10 %`.
    var text: String {
        switch self {
        case .count(let count): String(count)
        case .percent(let percent): percent == percent.rounded() ? "\(Int(percent)) %" : "\(percent) %"
        }
    }
}
