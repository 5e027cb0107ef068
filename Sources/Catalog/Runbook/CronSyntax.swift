import Model

/// Whether five fields say a time: minute, hour, day of month, month, day of week.
enum CronSyntax {
    private static let fields: [(name: String, range: ClosedRange<Int>, words: [String])] = [
        ("minute", 0...59, []), ("hour", 0...23, []), ("day of month", 1...31, []),
        ("month", 1...12, ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]),
        ("day of week", 0...7, ["sun", "mon", "tue", "wed", "thu", "fri", "sat"]),
    ]

    /// What is wrong; nil where nothing is.
    static func problem(with text: String) -> (message: String, hint: String)? {
        let parts = text.split(separator: " ").map(String.init)
        guard parts.count == fields.count else {
            return (
                "a cron time has five fields, not \(parts.count)",
                "minute hour day month weekday: '0 3 * * 1-5' is 03:00 on weekdays"
            )
        }
        for (part, field) in zip(parts, fields) {
            for item in part.split(separator: ",", omittingEmptySubsequences: false) where !fits(String(item), field) {
                return (
                    "'\(item)' is no \(field.name)",
                    "from \(field.range.lowerBound) to \(field.range.upperBound), *, ranges a-b, steps */n"
                )
            }
        }
        if let fault = impossibleDay(parts[2], parts[3], parts[4]) { return fault }
        return nil
    }

    private static func fits(_ item: String, _ field: (name: String, range: ClosedRange<Int>, words: [String])) -> Bool
    {
        let stepped = item.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        if stepped.count == 2 {
            guard let step = Int(stepped[1]), (1...field.range.upperBound).contains(step) else { return false }
        }
        if stepped[0] == "*" { return true }
        let ends = stepped[0].split(separator: "-", omittingEmptySubsequences: false).map { number(String($0), field) }
        guard ends.count <= 2, let low = ends[0], stepped.count == 1 || ends.count == 2 else { return false }
        guard ends.count == 2 else { return field.range.contains(low) }
        guard let high = ends[1] else { return false }
        return field.range.contains(low) && field.range.contains(high) && low <= high
    }

    private static func number(
        _ text: String, _ field: (name: String, range: ClosedRange<Int>, words: [String])
    ) -> Int? {
        if let place = field.words.firstIndex(of: text.lowercased()) {
            return place + (field.range.lowerBound == 1 ? 1 : 0)
        }
        guard text.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
        return Int(text)
    }

    /// A day that no month has would never come.
    private static func impossibleDay(_ day: String, _ month: String, _ weekday: String) -> (
        message: String, hint: String
    )? {
        guard weekday == "*", let day = Int(day), let month = Int(month) else { return nil }
        let longest = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
        guard (1...12).contains(month), day > longest[month - 1] else { return nil }
        return ("there is no day \(day) in month \(month)", "choose a day that comes")
    }
}
