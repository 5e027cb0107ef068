/// A span of time for people: `4 s`, `2 min 10 s`, `1 h 5 min`.
struct DurationText: CustomStringConvertible {
    let description: String

    init(milliseconds: Int) {
        let seconds = milliseconds / 1000
        switch seconds {
        case ..<10 where milliseconds % 1000 != 0 && milliseconds >= 0:
            description = "\(seconds).\((milliseconds % 1000) / 100) s"
        case ..<60: description = "\(seconds) s"
        case ..<3600: description = "\(seconds / 60) min \(seconds % 60) s"
        default: description = "\(seconds / 3600) h \(seconds % 3600 / 60) min"
        }
    }
}
