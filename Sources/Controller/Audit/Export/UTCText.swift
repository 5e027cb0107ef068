import Foundation

/// Times as records and reports have them.
package enum UTCText {
    /// `2026-11-28T21:40:07.123Z`, from milliseconds since 1970.
    package static func milliseconds(_ time: Int) -> String {
        Date(timeIntervalSince1970: Double(time) / 1000).formatted(
            .iso8601.year().month().day().time(includingFractionalSeconds: true).timeZone(separator: .omitted))
    }

    /// `2026-11-28 21:40:07`, for people.
    package static func seconds(_ time: Int) -> String {
        String(milliseconds(time).prefix(19)).replacing("T", with: " ")
    }
}
