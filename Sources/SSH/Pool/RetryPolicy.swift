/// When a failed connection is tried again: pure, the randomness is given.
struct RetryPolicy: Sendable {
    var attempts = 5
    var firstDelay = Duration.milliseconds(200)
    var longestDelay = Duration.seconds(5)

    /// Nil if it is not to be tried again. Attempts count from 1; `jitter` is in 0..<1.
    ///
    /// The delay doubles and is spread over its second half, so that nodes that failed together do not return together.
    func delay(after error: SSHError, attempt: Int, jitter: Double) -> Duration? {
        guard error.isRetryable, attempt < attempts else { return nil }
        let doubled = min(firstDelay * (1 << min(attempt - 1, 20)), longestDelay)
        return doubled / 2 + (doubled / 2) * jitter
    }
}
