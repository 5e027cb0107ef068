import ArgumentParser
import Controller
import Foundation
import Model

/// A time as an operator gives it: a day, a time in UTC, or how long ago.
struct PointInTime {
    /// Since 1970.
    let milliseconds: Int

    init(_ text: String) throws {
        if let ago = Duration(parsing: text) {
            milliseconds = WallClock().wallTime() - ago.wholeMilliseconds
            return
        }
        var whole = text
        if !whole.contains("T") { whole += "T00:00" }
        if whole.hasSuffix("Z") { whole.removeLast() }
        if whole.split(separator: ":").count == 2 { whole += ":00" }
        let style = Date.ISO8601FormatStyle().year().month().day().time(includingFractionalSeconds: false)
        guard let date = try? Date(whole, strategy: style) else {
            throw ValidationError("'\(text)' is no time: write 2026-11-28, 2026-11-28T21:40Z (UTC) or 24h.")
        }
        milliseconds = Int(date.timeIntervalSince1970 * 1000)
    }
}
