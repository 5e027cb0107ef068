/// Waits until the condition holds, and looks often; false if it does not for minutes, which only keeps a test from
/// hanging.
package func becomes(_ condition: () async throws -> Bool) async throws -> Bool {
    for _ in 0..<6000 {
        if try await condition() { return true }
        try await Task.sleep(for: .milliseconds(20))
    }
    return false
}
