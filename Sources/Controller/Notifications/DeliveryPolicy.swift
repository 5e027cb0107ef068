import Foundation
import Model

/// When a message that could not be delivered is tried again.
enum DeliveryPolicy {
    /// So many tries, over about two and a half hours, are enough.
    static let tries = 12
    private static let first = 5.0
    private static let longest = 3600.0

    /// What becomes of a message after its `attempts`th try has failed; `jitter` is from 0 to 1, so that receivers that
    /// were down are not asked by everybody at one moment.
    static func delivery(afterFailure error: String, attempts: Int, mayRetry: Bool, jitter: Double) -> Delivery {
        guard mayRetry else { return .givenUp(error: error) }
        guard attempts < tries else { return .givenUp(error: "\(error) (after \(attempts) tries)") }
        let seconds = min(longest, first * pow(2, Double(attempts - 1)))
        return .postponed(by: .milliseconds(Int(seconds * (0.5 + jitter) * 1000)), error: error)
    }
}
