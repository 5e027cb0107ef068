/// What a calendar may ask for at most, so that no file can keep the program busy.
package enum WindowLimits {
    /// Bytes of one recurrence rule.
    static let ruleBytes = 2048
    /// Times that one rule may yield at one time, and the greatest `COUNT`.
    package static let instances = 20_000
    /// Days, hours and minutes that are looked at for them.
    static let steps = 400_000
    /// The greatest `INTERVAL`.
    static let interval = 10_000
    /// Bytes of one ICS file.
    package static let icsBytes = 4 << 20
    /// Events of one ICS file.
    static let events = 5000
    /// Dates of one event that are named one by one.
    static let dates = 5000
    /// The longest window or blackout, in seconds.
    static let longest = 366 * 86_400
}
